/*
 * Runs inside the page around a screenshot of it: marks what shows a number or a code.
 *
 * Evaluated on the document's root with the mark, an attribute's name, and the secrets, each a list
 * of characters and whether it stands alone (a code: no digit before or after it). Without secrets
 * it only takes the marks away.
 */
(_root, [mark, secrets]) => {
  const SEPARATORS = "[^\\p{L}\\p{N}]{0,3}";
  const patterns = secrets.map(([characters, alone]) => {
    const spelled = characters.join(SEPARATORS);
    return new RegExp(alone ? `(?<!\\p{N})${spelled}(?!\\p{N})` : spelled, "u");
  });
  const tells = (text) =>
    patterns.some((pattern) => pattern.test((text ?? "").replace(/\s+/g, " ")));

  function* within(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* within(element.shadowRoot);
    }
  }

  /** The innermost elements whose text tells: a paragraph, or all the boxes of a drawn code. */
  function* tellingTexts(node) {
    const own = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
    const inner = [...node.children].filter((child) => tells(child.textContent));
    const ownText = own.map((text) => text.data).join("");
    if (inner.length === 0 || tells(ownText)) yield node.host ?? node;
    for (const child of inner) yield* tellingTexts(child);
  }

  /** Fields whose value tells, alone or as a row of boxes. */
  function* tellingFields(fields) {
    const spelled = secrets.map(([characters]) => characters.join(""));
    for (const [start, field] of fields.entries()) {
      if (tells(field.value)) yield field;
      for (const secret of spelled) {
        const row = [];
        let held = "";
        for (const { value } of fields.slice(start)) {
          if (!value || !secret.startsWith(held + value)) break;
          held += value;
          row.push(fields[start + row.length]);
        }
        if (held === secret) yield* row;
      }
    }
  }

  const elements = [...within(document)];
  for (const element of elements) element.removeAttribute(mark);
  if (secrets.length === 0) return;

  const roots = [
    document.documentElement,
    ...elements.map((element) => element.shadowRoot).filter(Boolean),
  ];
  const telling = [
    ...(window[Symbol.for("pytest-otp.typed")] ?? []),
    ...tellingFields(elements.filter((element) => element.matches("input, textarea"))),
    ...roots.filter((root) => tells(root.textContent)).flatMap((root) => [...tellingTexts(root)]),
  ];
  for (const element of telling) element.setAttribute(mark, "");
}
