// Boxes that move on by themselves, and an application that takes what they hold.
const boxes = [...document.querySelectorAll(".box")];
boxes.forEach((box, i) => box.addEventListener("input", () => {
  if (box.value) boxes[i + 1]?.focus();
  window.got = boxes.map((each) => each.value).join("");
}));
