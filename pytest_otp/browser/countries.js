/*
 * Runs inside the page beside agent.js: where a form asks for a phone number's country.
 *
 * Evaluated on the agent with a field's index, the country's ISO 3166-1 code, its dial code and
 * what iso3166.json says of it, it returns an object for that one field. A form asks in one of
 * four ways: by a <select>, by a field to type into, by a control that opens a list, or not at all;
 * and it may show a dial code beside the field.
 */
(agent, [index, country, dialCode, [alpha3, ...isoNames]]) => {
  const { ancestors, isTyped, labelOf, textOf, within } = agent.tools;
  const field = agent.element(index);
  const ABOUT_COUNTRIES = /countr|\bnation|flag|dial|calling|prefix|area.?code|phone.?code/i;
  const ABOUT_DIAL_CODES = /country.?code|dial|calling.?code|phone.?code|prefix|vorwahl|indicatif/i;
  const IS_DIAL_CODE = /^\D*\+(\d{1,4})\D*$/;
  const HOLDS_DIAL_CODE = /(?:^|[\s(])(?:\+|00)([1-9]\d{0,3})\b/;
  const OPENS = 'button, [role="button"], [role="combobox"], [aria-haspopup]';
  const OPTIONS =
    '[role="option"], [role^="menuitem"], [role="treeitem"], li, [data-country-code], ' +
    '[data-country], [data-iso2], ' +
    '[class*="-option"], [class*="_option"], :is(a, button)[class*="countr" i]';

  const folded = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();

  function isDisplayed(element) {
    const { width, height } = element.getBoundingClientRect();
    const isVisible = element.checkVisibility?.({ visibilityProperty: true }) ?? true;
    return width > 2 && height > 2 && isVisible;
  }

  const lettersOf = (text) => folded(text).replace(/[^\p{L}]+/gu, " ").trim();

  const speakersOf = (languages, style) => languages.flatMap((language) => {
    try {
      return [new Intl.DisplayNames([language], { type: "region", fallback: "none", style })];
    } catch {
      return []; // No such language, so no names in it.
    }
  });

  /** Region names in English, in the page's language and in the browser's. */
  const speakers = speakersOf(["en", document.documentElement.lang, navigator.language], "long");
  const namesOf = (code) => speakers.flatMap((speaker) => speaker.of(code) ?? []);
  const names = [...namesOf(country), ...isoNames];
  const foldedNames = names.map(lettersOf);

  /** Its name in other languages: a page need not say which one it is in. */
  const foreignNames = speakersOf(
    ("ar bg ca cs da de el es et fa fi fr he hi hr hu id it ja ko lt lv ms nb nl pl pt ro ru sk " +
      "sl sr sv th tr uk vi zh zh-Hant").split(" "), "long",
  ).map((speaker) => lettersOf(speaker.of(country) ?? ""));
  const anyNames = new Set([...foldedNames, ...foreignNames].filter(Boolean));

  /** US and USA; GB, GBR and UK. */
  const abbreviated = speakersOf(["en"], "short").map((speaker) => speaker.of(country) ?? country);
  const codes = new Set([country, alpha3, ...abbreviated.filter((name) => /^[A-Z]+$/.test(name))]);
  const foldedCodes = new Set([...codes].map(folded));

  /** The countries whose flags stand in a text as emoji: a pair of letters each. */
  const flagsIn = (text) =>
    (text.match(/[\u{1f1e6}-\u{1f1ff}]{2}/gu) ?? []).map((flag) =>
      [...flag].map((half) => String.fromCharCode(half.codePointAt(0) - 0x1f1e6 + 65)).join(""),
    );

  /** The names of all regions, folded: 676 pairs of letters, most of them unassigned. */
  function allNames() {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    const pairs = letters.flatMap((one) => letters.map((other) => one + other));
    return new Set(pairs.flatMap(namesOf).map(lettersOf));
  }

  /** All that an element says of itself, by text, attribute or flag. */
  function said(element) {
    const flags = [element, ...within(element)].flatMap((part) => [
      ...(/flag|\bfi\b/.test(part.className) ? part.className.split(/[\s_-]+/) : []),
      part.getAttribute("alt") ?? "",
    ]);
    const attributes = ["aria-label", "title", "value", "label"];
    return [
      textOf(element),
      ...attributes.map((name) => element.getAttribute(name) ?? ""),
      ...[element, ...within(element)]
        .map((part) => (part.localName === "input" ? part.value : "")),
      ...[element, ...within(element)].flatMap((part) => Object.values(part.dataset ?? {})),
      ...flags,
    ].filter(Boolean);
  }

  /** How well an element stands for the country: by code or flag 5, name 4, dial code only 1. */
  function rankOf(element) {
    if (element.disabled || element.getAttribute("aria-disabled") === "true") return 0;
    const texts = said(element).map(folded);
    const letters = texts.map(lettersOf);
    const inside = (text) => foldedNames.some((name) => ` ${text} `.includes(` ${name} `));
    const flags = said(element).flatMap(flagsIn);
    if (flags.includes(country) || texts.some((text) => foldedCodes.has(text))) return 5;
    if (letters.some((text) => anyNames.has(text))) return 4;
    const parts = said(element).flatMap((text) => text.split(/[^\p{L}\d]+/u));
    if (parts.some((part) => codes.has(part))) return 3;
    if (letters.some((text) => inside(text))) return 2;
    const numbers = texts
      .flatMap((text) => text.replace(/\b00(?=[1-9])/g, "+").match(/\+?\d+/g) ?? []);
    // A bare number may be a dial code, or an entry's place in the list.
    return numbers.includes(dialCode) ? 1.5 : numbers.includes(dialCode.slice(1)) ? 1 : 0;
  }

  function best(elements) {
    const ranks = elements.map(rankOf);
    const top = Math.max(0, ...ranks);
    const fitting = top > 0 ? elements.filter((_, place) => ranks[place] === top) : [];
    // "United States of America" before "United States Minor Outlying Islands".
    if (top === 2) fitting.sort((one, other) => textOf(one).length - textOf(other).length);
    return { element: fitting[0] ?? null, rank: top };
  }

  const isAboutCountries = (element) =>
    ABOUT_COUNTRIES.test(
      ["name", "id", "class", "autocomplete", "aria-label", "title", "placeholder", "data-testid"]
        .map((name) => element.getAttribute(name)).join(" "),
    );

  /** A list that says that it is one of countries, or of which half the entries are. */
  function listsCountries(element, { options }) {
    if (isAboutCountries(element) || ABOUT_COUNTRIES.test(labelOf(element))) return true;
    const known = allNames();
    const telling = [...options].filter(
      ({ text, value }) => HOLDS_DIAL_CODE.test(text) || known.has(lettersOf(text || value)),
    );
    return telling.length > 1 && telling.length * 2 >= options.length;
  }

  /** What is around the field and belongs to it, the nearest first: no further than its form. */
  const around = ancestors(field).filter((node) => node.localName !== "slot").slice(0, 6);
  const form = around.findIndex((node) => node.matches("form, dialog, [role='dialog'], body"));
  const surroundings = form < 0 ? around : around.slice(0, form + 1);

  function nearest(matches) {
    for (const node of surroundings) {
      for (const element of within(node)) {
        if (element !== field && !element.contains(field) && matches(element)) return element;
      }
    }
    return null;
  }

  const select = () =>
    nearest((element) => element.localName === "select" && listsCountries(element, element));

  /** A field that suggests countries as one types. */
  const suggesting = () =>
    nearest((element) => element.list && isDisplayed(element) && listsCountries(element, element.list));

  /** A field of its own for the dial code. */
  const dialField = () =>
    nearest((element) => {
      if (element.localName !== "input" || !isTyped(element) || !isDisplayed(element)) return false;
      if (element.disabled || element.readOnly || element.type === "search") return false;
      const isSaid = ABOUT_DIAL_CODES.test(`${element.name} ${element.id} ${labelOf(element)}`);
      const isShort = element.maxLength > 0 && element.maxLength <= 6;
      const isShown = /^(\+|00)\d{0,4}$/.test(element.value.trim() || element.placeholder.trim());
      // A second phone number's field may hold no more than a dial code yet.
      const isNarrow = element.offsetWidth * 1.5 < field.offsetWidth;
      return /tel-country-code/.test(element.autocomplete) || (isSaid && (isShort || isShown)) ||
        (isShown && isNarrow);
    });

  const ownField = dialField() ?? suggesting();

  /** What a person sees of a control: an input that filters a list is drawn over by its choice. */
  function faceOf(element) {
    let face = element;
    for (const node of element.localName === "input" ? ancestors(element).slice(0, 4) : []) {
      if (node.contains(field) || node.localName === "form") break;
      face = node;
    }
    return face;
  }

  const control = () =>
    nearest((element) => {
      const submits = element.type === "submit" && !element.hasAttribute("aria-haspopup");
      const opens = element.matches(OPENS) && !submits;
      if (!opens || !isDisplayed(element)) return false;
      const face = faceOf(element);
      return HOLDS_DIAL_CODE.test(textOf(face)) || ABOUT_COUNTRIES.test(labelOf(element)) ||
        [element, ...within(element)].some(isAboutCountries);
    });

  /** Whether a control shows a country, but another one. */
  function showsAnother(face) {
    const dial = HOLDS_DIAL_CODE.exec(textOf(face));
    if (dial) return `+${dial[1]}` !== dialCode;
    const known = allNames();
    const chunks = said(face).flatMap((text) => text.split(/[,:;()|+\d]/)).map(lettersOf);
    return chunks.some((chunk) => known.has(chunk) && !foldedNames.includes(chunk));
  }

  /** What shows a dial code beside the field, as in `+1 [          ]`. */
  function dialShown() {
    const opener = control();
    for (const node of surroundings.slice(0, 4)) {
      const parts = [...within(node)].filter((part) => part.localName !== "option");
      const others = parts.filter((part) => part !== field && isTyped(part) && isDisplayed(part));
      if (others.some((other) => other !== opener)) return null;
      for (const part of parts) {
        const text = part.childElementCount ? "" : textOf(part);
        const found = text.length <= 16 && isDisplayed(part) && IS_DIAL_CODE.exec(text);
        if (found) return { element: part, code: `+${found[1]}` };
      }
    }
    return null;
  }

  const shownOptions = () => {
    const opener = control();
    const found = [...within(document)].filter(
      (element) => element.matches(OPTIONS) && element !== opener && !element.contains(field) &&
        isDisplayed(element),
    );
    // What holds two alike is their list, whatever it calls itself.
    const alike = (one, other) =>
      other?.matches(OPTIONS) && one.localName === other.localName && one.className === other.className;
    const lists = new Set(
      found.filter((element) => alike(element, element.nextElementSibling)).flatMap(ancestors),
    );
    return found.filter((element) => !lists.has(element));
  };

  const scrolls = (node) =>
    node.scrollHeight > node.clientHeight + 2 && node.clientHeight > 0 &&
    getComputedStyle(node).overflowY !== "visible";

  return {
    select: select(),
    name: names[0] ?? country,

    /** What there is around the field now. */
    look() {
      const opener = control();
      return {
        hasDialField: ownField !== null,
        hasControl: opener !== null,
        showsCountry: opener !== null && rankOf(faceOf(opener)) >= 2,
        showsAnother: opener !== null && showsAnother(faceOf(opener)),
        dialBeside: dialShown()?.code ?? null,
      };
    },

    /** Index of the <select>'s option for the country, or -1. */
    optionIndex() {
      const options = [...this.select.options];
      return options.indexOf(best(options).element);
    },

    field: () => ownField,

    /** What to type into that field, or null if the form asks in another way. */
    typed() {
      if (this.select || !ownField) return null;
      if (ownField.list) return best([...ownField.list.options]).element?.value ?? null;
      const isPlain = ownField.type === "number" || /^\d+$/.test(ownField.value || ownField.placeholder);
      return isPlain ? dialCode.slice(1) : dialCode;
    },

    /** What opens the list; failing all else, the dial code that is shown. */
    opener: () => control() ?? dialShown()?.element ?? null,

    /** The best entry of an opened list; of a mere dial code only in a list of nothing else. */
    entry() {
      const { element, rank } = best(shownOptions());
      return rank >= 2 || (rank >= 1 && lettersOf(textOf(element)) === "") ? element : null;
    },

    /** Scroll an opened list, which may hold no more entries than it shows: did that move it? */
    scroll(toStart) {
      const list = shownOptions().flatMap((option) => ancestors(option).find(scrolls) ?? [])[0];
      const before = list?.scrollTop;
      if (list) list.scrollTop = toStart ? 0 : before + list.clientHeight;
      return list !== undefined && (toStart || list.scrollTop > before);
    },

    /** The search field of an opened list, if the list has one. */
    search() {
      const opener = control();
      const popups = '[role="dialog"], [role="listbox"], [class*="countr" i], ' +
        '[class*="dropdown" i], [class*="popover" i]';
      const isSearch = (element) =>
        element.localName === "input" && element !== field && isDisplayed(element) &&
        !element.readOnly && (element === opener || element.closest(popups));
      return [...within(document)].find(isSearch) ?? null;
    },
  };
}
