/*
 * Runs inside the page: the control that has the code sent again, and whether it is cooling down.
 */
() => {
  const RESENDS = new RegExp(
    "re-?send|send (it |the code |code |sms )?again|(new|another) (one|code)|" +
      "(did ?n.?t|not) (get|receive)|request (a )?(new )?code|erneut|nochmal|reenv|renvoy|" +
      "invia di nuovo|opnieuw|ponownie|yeniden|повторно|снова|ещё раз|إعادة|重新|重发|再送|다시",
    "i",
  );
  const OTHER_WAYS = /call|voice|whats|e-?mail|anruf|appel|llama/i;
  const COUNTS_DOWN = new RegExp(
    "\\b\\d{1,2}:\\d{2}\\b|\\b\\d{1,3}\\s*(s|secs?|seconds?|sek\\w*|min\\w*)\\b|" +
      "\\d\\s*(сек|秒|초)|\\(\\s*\\d{1,3}\\s*\\)|\\bin \\d{1,3}\\b",
    "i",
  );
  const CONTROLS =
    'button, a, [role="button"], [role="link"], input[type="button"], input[type="submit"]';

  function* within(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* within(element.shadowRoot);
    }
  }

  const textOf = (element) =>
    [element.value, element.textContent, element.getAttribute("aria-label")]
      .filter((text) => typeof text === "string").join(" ").replace(/\s+/g, " ").trim();

  const isDisplayed = (element) =>
    element.getClientRects().length > 0 &&
    (element.checkVisibility?.({ visibilityProperty: true }) ?? true);

  const isOff = (element) =>
    element.disabled || element.closest('[aria-disabled="true"], [inert], fieldset:disabled') ||
    getComputedStyle(element).pointerEvents === "none";

  const all = [...within(document)].filter(isDisplayed);
  const controls = all.filter((element) => element.matches(CONTROLS));
  const rank = (element) => {
    const text = textOf(element);
    return (OTHER_WAYS.test(text) ? 1000 : 0) + text.length;
  };
  const [control] = controls
    .filter((element) => RESENDS.test(textOf(element)))
    .sort((one, other) => rank(one) - rank(other));
  // A cool-down is often a plain text, which gives way to the control when it is over, or stands
  // beside it. There one sentence has to say all: "Your code expires in 4:59. Resend" does not.
  const counts = (text) => RESENDS.test(text) && COUNTS_DOWN.test(text);
  const countsApart = (element) =>
    !element.contains(control) &&
    textOf(element).split(/[.!?。！？]/).some((part) => counts(part) && !OTHER_WAYS.test(part));
  const counters = all.filter((element) => textOf(element).length < 200)
    .filter(control ? countsApart : (element) => counts(textOf(element)))
    .map(textOf);
  const cooling = control
    ? isOff(control) || COUNTS_DOWN.test(textOf(control)) || counters.length > 0
    : counters.length > 0;
  return {
    control: control ?? null,
    cooling: Boolean(cooling),
    said: control ? textOf(control).slice(0, 60) : (counters.at(-1) ?? "").slice(0, 60),
    seen: controls.map(textOf).filter(Boolean).map((text) => text.slice(0, 30)).slice(0, 12),
  };
}
