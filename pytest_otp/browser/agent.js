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
  let pad = null;

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

  const ownText = (element) =>
    [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.data : ""))
      .join("").trim();

  const isKey = (element) =>
    /^\d$/.test(ownText(element)) && !element.isContentEditable &&
    element.getClientRects().length > 0;

  /** What holds ten keys, one for each digit, and no other: an on-screen keypad. */
  function keypad() {
    const keys = [...within(document)].filter(isKey);
    for (const zero of keys.filter((key) => ownText(key) === "0")) {
      for (const node of ancestors(zero)) {
        const inside = keys.filter((key) => node.contains(key));
        const digits = new Set(inside.map(ownText));
        if (digits.size === 10 && inside.length === 10) return node;
        if (inside.length > digits.size) break;
      }
    }
    return null;
  }

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

  const isTiny = ({ width, height }) => width <= 2 || height <= 2;

  /** Beyond the page's edges, where no scrolling leads. */
  function isOutside(rect, chain) {
    const page = document.documentElement;
    if (chain.some((node) => node !== page && (node.scrollTop || node.scrollLeft))) return false;
    const isRtl = getComputedStyle(page).direction === "rtl";
    const left = isRtl ? Math.min(0, page.clientWidth - page.scrollWidth) : 0;
    return rect.right + scrollX <= left || rect.bottom + scrollY <= 0;
  }

  /** Inside something that has no room for it and hides what overflows. */
  function isCutOff(element, chain) {
    let { position } = getComputedStyle(element);
    for (const node of chain) {
      if (node === document.body || position === "fixed") return false;
      const style = getComputedStyle(node);
      if (position === "absolute" && style.position === "static") continue;
      if (style.overflow !== "visible" && isTiny(node.getBoundingClientRect())) return true;
      position = style.position;
    }
    return false;
  }

  /** The dialog that keeps everything else from being used, if one is open. */
  const modalDialog = () =>
    [...within(document)].findLast((node) => node.localName === "dialog" && node.matches(":modal"));

  /** Why a person could not see the field, or "". */
  function concealment(element, chain, rect, modal) {
    if (element.checkVisibility && !element.checkVisibility({ visibilityProperty: true })) {
      return "not displayed";
    }
    if ([element, ...chain].some((node) => node.inert)) return "inert";
    if (modal && !chain.includes(modal)) return "behind a modal dialog";
    if (isTiny(rect)) return "smaller than 2 by 2 pixels";
    if (isCutOff(element, chain)) return "cut off by what is around it";
    if (isOutside(rect, chain)) return "outside the page";
    if ([element, ...chain].some((node) => node.getAttribute("aria-hidden") === "true")) {
      return "aria-hidden";
    }
    return "";
  }

  /** What is around a field, widening: how many fields a person sees there, and its text. */
  function surroundings(chain, counts) {
    const found = [];
    for (const node of chain) {
      const text = textOf(node);
      if (text.length > 200 || node === document.body) break;
      found.push([counts.get(node) ?? 0, text]);
    }
    return found;
  }

  /** How many boxes that hold a character or none are drawn beside a field: the longest row. */
  function cellsBeside(chain) {
    for (const node of chain.slice(0, 4)) {
      const parts = [...within(node)];
      if (parts.length > 300) return 0;
      const sizes = new Map();
      let cell = null;
      for (const part of parts) {
        const { width, height } = part.getBoundingClientRect();
        const isBox = width >= 12 && height >= 12 && width <= 120;
        if (!isBox || cell?.contains(part) || [...textOf(part)].length > 1) continue;
        if (isField(part) || [...within(part)].some(isField)) continue;
        const kind = `${part.localName} ${Math.round(width)} ${Math.round(height)}`;
        sizes.set(kind, (sizes.get(kind) ?? 0) + 1);
        cell = part;
      }
      const longest = Math.max(0, ...sizes.values());
      if (longest >= 3) return longest;
    }
    return 0;
  }

  /** What a label stands for is what the test pointed at. */
  const pointedAt = () => (roots ?? []).map((root) => root.control ?? root);

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

  function report({ element, chain, rect, concealed }, index, pointed, counts) {
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
      around: surroundings(chain, counts),
      group: [...counts.keys()].indexOf(chain.find((node) => counts.get(node) > 1)),
      cells: isTyped(element) && concealed ? cellsBeside(chain) : 0,
      x: rect.x,
      y: rect.y,
      width: rect.width,
      height: rect.height,
      concealed,
      disabled: element.disabled ?? false,
      readonly: element.readOnly ?? false,
      steps: roots === null ? 0 : stepsTo(element, chain, pointed),
      pointed: roots !== null && pointed.includes(element),
      drawn: !isTyped(element),
      keypad: element === pad,
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
      pad = keypad();
      elements = [...within(document)].filter((element) => isField(element) || element === pad);
      const pointed = pointedAt();
      const modal = modalDialog();
      const counts = new Map();
      const places = elements.map((element) => {
        const chain = ancestors(element);
        const rect = element.getBoundingClientRect();
        const concealed = concealment(element, chain, rect, modal);
        if (!concealed) for (const node of chain) counts.set(node, (counts.get(node) ?? 0) + 1);
        return { element, chain, rect, concealed };
      });
      return {
        ready: document.readyState === "complete",
        fields: places.map((place, index) => report(place, index, pointed, counts)),
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

    /** The keypad's key for a digit, wherever it is by now. */
    key: (digit) =>
      [...within(keypad() ?? document.createElement("div"))]
        .find((key) => isKey(key) && ownText(key) === digit) ?? null,

    /** What the page shows beside the keypad: held characters, and looks; null once it is gone. */
    beside() {
      const keys = keypad();
      if (!keys) return null;
      const outside = [...within(document)].filter((element) => !keys.contains(element));
      const held = outside.map((element) => (isTyped(element) ? valueOf(element) : ownText(element)));
      const looks = outside.filter((element) => element.childElementCount === 0)
        .map((element) => `${element.className} ${element.getAttribute("style")}`);
      return { held: held.map((text) => [...text]), looks };
    },

    /** Tools that countries.js builds on. */
    tools: { ancestors, isTyped, labelOf, textOf, within },
  };
}
