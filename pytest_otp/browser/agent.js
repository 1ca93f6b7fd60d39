/*
 * Runs inside the page, once per frame: finds what could be typed into and reports on it.
 *
 * Evaluated with a list of elements that the test pointed at, or null for the whole document, it
 * returns an object that lives only as long as its handle; the page itself is left untouched.
 * Values leave the page as lists of single characters: the trace of a run then holds no string
 * that a search for the number or the code would find.
 */
(roots) => {
  const UNTYPED = new Set(
    ["hidden", "checkbox", "radio", "submit", "button", "reset", "file", "image", "range", "color"],
  );
  let elements = [];

  const parentOf = (node) =>
    node.assignedSlot ?? node.parentElement ?? (node.getRootNode().host ?? null);

  function* within(root) {
    if (root.shadowRoot) yield* within(root.shadowRoot);
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* within(element.shadowRoot);
    }
  }

  const isEditable = (element) =>
    element.isContentEditable && !(element.parentElement?.isContentEditable ?? false);

  /** A drawn box, or a whole drawn widget, that takes keys itself. */
  function isDrawn(element) {
    if (!element.matches('[tabindex]:not([tabindex^="-"], a, button, [role="link"])')) return false;
    const spoken = ["id", "class", "role", "aria-label"].map((name) => element.getAttribute(name));
    if (!/otp|one.?time|pin|passcode|verif|code|textbox/i.test(`${element.localName} ${spoken}`)) {
      return false;
    }
    // A button is a box only where it is one of several, with a character in it or none.
    const twins = [...(element.parentElement?.children ?? [])].filter(
      (other) => other.className === element.className && [...textOf(other)].length <= 1,
    );
    if (element.getAttribute("role") === "button" && twins.length < 3) return false;
    return ![...within(element)].some((inner) => isTyped(inner) || inner.tabIndex >= 0);
  }

  const isTyped = (element) =>
    (element.localName === "input" && !UNTYPED.has(element.type)) ||
    element.localName === "textarea" ||
    isEditable(element);

  const isField = (element) => isTyped(element) || isDrawn(element);

  function ancestors(element) {
    const found = [];
    for (let node = parentOf(element); node; node = parentOf(node)) found.push(node);
    return found;
  }

  const textOf = (node) => (node?.textContent ?? "").replace(/\s+/g, " ").trim();

  function labelOf(element) {
    const scope = element.getRootNode();
    const named = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    return [
      element.getAttribute("aria-label") ?? "",
      ...named.map((id) => textOf(scope.getElementById?.(id))),
      ...[...(element.labels ?? [])].map(textOf),
      element.getAttribute("placeholder") ?? "",
      element.getAttribute("title") ?? "",
    ].join(" ").trim().slice(0, 200);
  }

  /** Why a person could not see the field, or "". */
  function concealment(element, chain, rect) {
    if (element.checkVisibility && !element.checkVisibility({ visibilityProperty: true })) {
      return "not displayed";
    }
    if ([element, ...chain].some((node) => node.inert)) return "inert";
    if (rect.width <= 2 || rect.height <= 2) return "smaller than 2 by 2 pixels";
    if ([element, ...chain].some((node) => node.getAttribute("aria-hidden") === "true")) {
      return "aria-hidden";
    }
    return "";
  }

  /** Text of the widest surroundings that hold no other field: `<p>Code</p><input>`. */
  function nearText(element, chain) {
    let text = "";
    for (const node of chain) {
      let count = 0;
      for (const other of within(node)) if (isField(other) && ++count > 1) return text;
      const wider = textOf(node);
      if (wider.length > 200 || node === document.body) return text;
      text = wider;
    }
    return text;
  }

  /** What a label stands for is what the test pointed at. */
  const pointedAt = () => (roots ?? [document.documentElement]).map((root) => root.control ?? root);

  /** Steps up from the nearest root until the field is inside: 0 when it is within. */
  function stepsTo(element, chain, pointed) {
    const above = [element, ...chain];
    let least = Infinity;
    for (const root of pointed) {
      const path = [root, ...ancestors(root)];
      const steps = path.findIndex((node) => above.includes(node));
      if (steps >= 0) least = Math.min(least, steps);
    }
    return Number.isFinite(least) ? least : 999;
  }

  function report(element, index, pointed) {
    const chain = ancestors(element);
    const rect = element.getBoundingClientRect();
    const attribute = (name) => element.getAttribute(name) ?? "";
    return {
      index,
      tag: element.localName,
      type: element.localName === "input" ? element.type : "",
      name: attribute("name"),
      id: element.id,
      autocomplete: attribute("autocomplete").toLowerCase(),
      inputmode: attribute("inputmode").toLowerCase(),
      maxlength: element.maxLength > 0 ? element.maxLength : null,
      label: labelOf(element),
      hints: [element, ...chain.slice(0, 4)]
        .map((node) => `${node.localName} ${node.id} ${node.getAttribute("class") ?? ""}`)
        .join(" ").slice(0, 400),
      near: nearText(element, chain).slice(0, 200),
      x: rect.x,
      y: rect.y,
      width: rect.width,
      height: rect.height,
      concealed: concealment(element, chain, rect),
      disabled: element.disabled ?? false,
      readonly: element.readOnly ?? false,
      steps: roots === null ? 0 : stepsTo(element, chain, pointed),
      pointed: roots !== null && pointed.includes(element),
      drawn: !isTyped(element),
    };
  }

  /** One-character texts around the fields, for widgets that draw what they hold. */
  function drawnAround(indices) {
    const fields = indices.map((index) => elements[index]);
    let around = fields[0];
    for (const node of ancestors(fields[0]).slice(0, 4)) {
      const others = [...within(node)].filter((other) => isTyped(other) && !fields.includes(other));
      if (others.length > 0) break;
      around = node;
    }
    const parts = [...within(around)];
    return parts.length > 300 ? [] : parts
      .filter((element) => element.childElementCount === 0 && element.getClientRects().length > 0)
      .map(textOf)
      .filter((text) => [...text].length === 1);
  }

  /** Custom elements that show something and let nobody in: so a closed shadow root looks. */
  const sealed = () =>
    [...within(document)]
      .filter((element) =>
        element.localName.includes("-") &&
        customElements.get(element.localName) &&
        !element.shadowRoot &&
        ![...element.querySelectorAll("*")].some(isField) &&
        element.getBoundingClientRect().height > 10)
      .map((element) => element.localName);

  const deepestFocus = () => {
    let focus = document.activeElement;
    while (focus?.shadowRoot?.activeElement) focus = focus.shadowRoot.activeElement;
    return focus;
  };

  const valueOf = (element) =>
    element.value ?? textOf(element).replace(/[\u200b\ufeff]/g, "");

  return {
    /** Facts on every field of the document, in document order. */
    look() {
      elements = [...within(document)].filter(isField);
      const pointed = pointedAt();
      return {
        ready: document.readyState === "complete",
        fields: elements.map((element, index) => report(element, index, pointed)),
        sealed: sealed(),
      };
    },

    /** What the given fields hold now, and what is drawn around them. */
    state(indices) {
      const focus = deepestFocus();
      const boxes = indices.map((index) => {
        const element = elements[index];
        return {
          characters: [...valueOf(element)],
          focused: element === focus,
          gone: !element.isConnected || element.getClientRects().length === 0,
          disabled: element.disabled ?? false,
          invalid: element.validity ? !element.validity.valid : false,
        };
      });
      return { boxes, drawn: drawnAround(indices) };
    },

    /** Select all that a field holds, so that one key empties it. */
    select(index) {
      const element = elements[index];
      if (element.select) element.select();
      else element.ownerDocument.getSelection().selectAllChildren(element);
    },

    element: (index) => elements[index],

    /** Tools that countries.js builds on. */
    tools: { ancestors, isTyped, labelOf, textOf, within },
  };
}
