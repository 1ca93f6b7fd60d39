// The six boxes behave as one field. Without this script they still are a form that works.

const form = document.querySelector('form[action="/verify"]');
const boxes = [...form.querySelectorAll('input[name="code"]')];

/** Puts the digits of a text into the boxes from one box on; submits when the last one is filled. */
function enter(text, from) {
  const digits = text.replace(/\D/g, "");
  boxes[from].value = "";
  [...digits].slice(0, boxes.length - from).forEach((digit, i) => { boxes[from + i].value = digit; });
  boxes[Math.min(from + digits.length, boxes.length - 1)].focus();
  if (digits && boxes.every((box) => box.value)) form.requestSubmit();
}

boxes.forEach((box, at) => {
  box.addEventListener("focus", () => box.select());
  box.addEventListener("click", () => box.select());
  // Also what a phone offers from its messages: it may put the whole code into the first box.
  box.addEventListener("input", () => enter(box.value, at));
  box.addEventListener("paste", (event) => {
    event.preventDefault();
    enter(event.clipboardData.getData("text"), at);
  });
  box.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1 }[event.key];
    if (boxes[to]) {
      event.preventDefault();
      boxes[to].focus();
    } else if (event.key === "Backspace" && !box.value && at > 0) {
      event.preventDefault();
      boxes[at - 1].value = "";
      boxes[at - 1].focus();
    }
  });
});

const typedBeforeThisScriptCame = boxes.map((box) => box.value).join("");
if (typedBeforeThisScriptCame) enter(typedBeforeThisScriptCame, 0);

const resend = document.querySelector("[data-cooldown]");
const readyAt = performance.now() + Number(resend.dataset.cooldown) * 1000;

/** Shows the seconds until the server will take another request. */
function countDown() {
  const left = Math.ceil((readyAt - performance.now()) / 1000);
  resend.disabled = left > 0;
  resend.textContent = left > 0 ? `Resend in ${left} s` : "Resend";
  if (left > 0) setTimeout(countDown, 250);
}
countDown();
