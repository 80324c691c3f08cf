// The findings: grouped as one works, searchable, each present, absent or not assessed.

import { CERTAIN, reading, stateOf, surenessOf, withFinding } from "./case.js";
import { fill, h, hidden, unique } from "./dom.js";
import { folded, said, stateName } from "./words.js";

/** The least that a slider can say; at half and half a finding says nothing. */
const LEAST = 55;
/** Facts, not readings: they have no slider. They stand first. */
const FACTS = ["age", "sex"];
/** More states than this do not fit a row of buttons. */
const BUTTONS = 2;
const KEYS = { p: 0, "+": 0, a: 1, "-": 1, n: -1, 0: -1 };

const GROUPS = {
  context: "Who",
  clinical: "Symptoms",
  systemic: "Body",
  mri: "MRI",
  ct: "CT",
  csf: "CSF",
  blood: "Blood",
  other: "Other",
};
const OPEN = new Set(["mri"]);

/** Where a finding is looked for. */
function groupOf({ key, group, revealed_by }) {
  if (FACTS.includes(key)) return "first";
  if (group === "laboratory") {
    return revealed_by === "lumbar_puncture" || revealed_by.startsWith("csf_") ? "csf" : "blood";
  }
  return group in GROUPS ? group : "other";
}

/** The picker in `root`. `change(case)` is called with each new case. */
export class Picker {
  #root;
  #case = {};
  #rows;
  #groups;
  #change;
  #search;
  #nothing;
  #focusBar = h("div", { class: "ng-only", hidden: true });
  #only = null;

  constructor(root, findings, change) {
    this.#root = root;
    this.#change = change;
    this.#rows = findings.map((finding) => new Row(finding, (value) => this.#say(finding.key, value)));
    this.#groups = Object.entries(GROUPS).map(([key, label]) => this.#group(key, label));
    this.#search = this.#searchField();
    this.#nothing = h("p", { class: "ng-quiet", hidden: true }, "No finding is called that.");
    fill(
      root,
      h("div", { class: "ng-search" }, this.#search),
      this.#focusBar,
      this.#nothing,
      h("div", { class: "ng-first" }, ...this.#rowsOf("first").map((row) => row.element)),
      ...this.#groups.map(({ element }) => element),
      h("p", { class: "ng-quiet ng-keys" }, "Keys: ", key("/"), " search, ", key("Tab"), " next finding, ",
        key("p"), " present, ", key("a"), " absent, ", key("n"), " not assessed."),
    );
    root.addEventListener("keydown", (event) => this.#shortcut(event));
    this.show({});
  }

  /** Show what a case says. */
  show(found) {
    const before = this.#case;
    this.#case = found;
    for (const row of this.#rows) {
      const value = found[row.finding.key];
      if (row.isTyped || value !== before[row.finding.key]) row.show(value);
    }
    for (const group of this.#groups) group.count();
  }

  /** Move the keyboard to the search field. */
  focusSearch() {
    this.#search.focus();
  }

  /** Show only what a test reveals, to enter its result. */
  only(label, keys) {
    this.#only = new Set(keys);
    this.#search.value = "";
    const rest = h("button", { type: "button", class: "ng-button", onclick: () => this.#restAbsent() },
      "Mark the rest absent");
    const all = h("button", { type: "button", class: "ng-button", onclick: () => this.#showAll() },
      "All findings");
    fill(this.#focusBar, h("p", {}, "What did it show? ", h("strong", {}, label)), h("p", {}, rest, all));
    this.#focusBar.hidden = false;
    this.#filter();
    this.#visible()[0]?.focus();
  }

  #showAll() {
    this.#only = null;
    this.#focusBar.hidden = true;
    this.#filter();
    this.focusSearch();
  }

  #restAbsent() {
    let next = this.#case;
    for (const { finding } of this.#visible()) {
      const open = next[finding.key] === undefined && finding.states.includes("absent");
      if (open) next = withFinding(next, finding.key, "absent");
    }
    this.#change(next);
  }

  #say(finding, value) {
    this.#change(withFinding(this.#case, finding, value));
  }

  #searchField() {
    return h("input", {
      type: "search", placeholder: "Search findings", "aria-label": "Search findings by word or synonym",
      oninput: () => this.#filter(),
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === "ArrowDown") {
          event.preventDefault();
          this.#visible()[0]?.focus();
        }
      },
    });
  }

  #visible() {
    return this.#rows.filter((row) => !row.element.hidden);
  }

  #filter() {
    const words = folded(this.#search.value).split(/\s+/).filter(Boolean);
    this.#root.classList.toggle("ng-searching", words.length > 0);
    const filtered = words.length > 0 || this.#only !== null;
    for (const row of this.#rows) {
      const asked = this.#only === null || this.#only.has(row.finding.key);
      row.element.hidden = !(asked && row.matches(words));
    }
    for (const group of this.#groups) group.filter(filtered);
    this.#nothing.hidden = this.#visible().length > 0;
  }

  #rowsOf(group) {
    return this.#rows.filter((row) => groupOf(row.finding) === group);
  }

  #group(key, label) {
    const rows = this.#rowsOf(key);
    const entered = h("span", { class: "ng-count" });
    const element = h("details", { class: "ng-group", open: OPEN.has(key), "data-group": key },
      h("summary", {}, h("h2", {}, label), entered), ...rows.map((row) => row.element));
    let openBefore = null;
    return {
      element,
      count: () => {
        const set = rows.filter((row) => row.isSet).length;
        fill(entered, set ? `${set} of ${rows.length}` : `${rows.length}`);
        entered.classList.toggle("ng-some", set > 0);
      },
      filter: (filtered) => {
        if (filtered && openBefore === null) openBefore = element.open;
        element.hidden = rows.every((row) => row.element.hidden);
        element.open = filtered || (openBefore ?? element.open);
        if (!filtered) openBefore = null;
      },
    };
  }

  #shortcut(event) {
    const row = this.#rows.find(({ element }) => element.contains(event.target));
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.target.type === "number") return;
    if (event.target.tagName === "SELECT" || !(event.key in KEYS)) return;
    event.preventDefault();
    row.press(KEYS[event.key]);
  }
}

function key(name) {
  return h("kbd", {}, name);
}

/** One finding with its control. `say(value)` is called with what is chosen, undefined to unsay. */
class Row {
  #control;
  #slider;
  #extra = h("div", { class: "ng-extra", hidden: true });
  #words;
  #say;
  isSet = false;

  constructor(finding, say) {
    this.finding = finding;
    this.#say = say;
    const id = unique("finding");
    this.#control = controlOf(finding, id, (state) => this.#choose(state));
    this.#slider = slider(finding, () => this.#choose(this.#control.state));
    this.#words = folded([finding.label, ...finding.synonyms, finding.key.replaceAll("_", " ")].join(" "));
    const synonyms = finding.synonyms.length > 0 && h("small", { class: "ng-synonyms" }, finding.synonyms.join(", "));
    this.element = h("div", { class: "ng-finding", "data-finding": finding.key },
      h("div", { class: "ng-name", id }, finding.label, synonyms), this.#control.element, this.#extra);
  }

  /** What is typed may be nothing that was entered. */
  get isTyped() {
    return this.finding.states.includes("number");
  }

  matches(words) {
    return words.every((word) => this.#words.includes(word));
  }

  focus() {
    this.#control.focus();
  }

  /** Choose a state by its place, -1 for not assessed. */
  press(place) {
    this.#choose(place < 0 ? "" : this.finding.states[place]);
  }

  show(value) {
    const state = stateOf(value);
    this.isSet = value !== undefined && value !== null;
    this.element.classList.toggle("ng-set", this.isSet);
    this.#control.show(typeof value === "number" ? value : state);
    this.#slider?.show(surenessOf(value));
    const several = Array.isArray(value);
    this.#extra.hidden = !(several || (this.#slider && state));
    if (!this.#extra.hidden) fill(this.#extra, several ? `Several readers: ${said(value)}` : this.#slider.element);
  }

  #choose(state) {
    if (state === "" || state === undefined) this.#say(undefined);
    else if (typeof state === "number") this.#say(state);
    else this.#say(reading(state, this.#slider?.value ?? CERTAIN, this.finding.states));
  }
}

function controlOf(finding, id, choose) {
  if (finding.states.includes("number")) return number(id, choose);
  return finding.states.length > BUTTONS ? list(finding, id, choose) : buttons(finding, id, choose);
}

/** Radio buttons: one per state, and not assessed. */
function buttons(finding, id, choose) {
  const name = unique("state");
  const inputs = ["", ...finding.states].map((state) =>
    h("input", { type: "radio", name, value: state, checked: state === "", onchange: () => choose(state) }));
  const [none, ...chosen] = inputs.map((input) =>
    h("label", { class: input.value ? "" : "ng-none" }, input,
      input.value ? h("span", {}, stateName(input.value)) : [hidden("not assessed"), h("span", { "aria-hidden": "true" }, "–")]));
  return {
    element: h("div", { class: "ng-states", role: "radiogroup", "aria-labelledby": id }, ...chosen, none),
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0]).focus(),
    show: (state) => { for (const input of inputs) input.checked = input.value === state; },
    get state() { return inputs.find((input) => input.checked)?.value; },
  };
}

/** A list, for findings with many states. */
function list(finding, id, choose) {
  const options = ["", ...finding.states].map((state) =>
    h("option", { value: state }, state ? stateName(state) : "not assessed"));
  const element = h("select", { "aria-labelledby": id, onchange: () => choose(element.value) }, ...options);
  return {
    element,
    focus: () => element.focus(),
    show: (state) => { element.value = state; },
    get state() { return element.value; },
  };
}

/** Years. A number that is none is not sent. */
function number(id, choose) {
  const element = h("input", {
    type: "number", min: 0, max: 120, step: "any", inputmode: "decimal", placeholder: "years", "aria-labelledby": id,
    oninput: () => {
      if (element.validity.valid) choose(element.value === "" ? "" : Number(element.value));
    },
  });
  return {
    element,
    focus: () => element.focus(),
    show: (value) => {
      if (String(value) !== element.value) element.value = value;
    },
    get state() { return element.value; },
  };
}

/** How sure the reader is; null for a fact. */
function slider(finding, choose) {
  if (FACTS.includes(finding.key)) return null;
  const words = h("output", {});
  const input = h("input", {
    type: "range", min: LEAST, max: CERTAIN, step: 5, value: CERTAIN,
    "aria-label": `How sure: ${finding.label}`,
    oninput: () => { describe(); choose(); },
  });
  const describe = () => {
    const shown = Number(input.value) >= CERTAIN ? "certain" : `probably, ${input.value}\u202f%`;
    input.setAttribute("aria-valuetext", shown);
    fill(words, shown);
  };
  describe();
  return {
    element: h("label", { class: "ng-sure" }, h("span", {}, "How sure?"), input, words),
    get value() { return Number(input.value); },
    show: (sureness) => { input.value = sureness; describe(); },
  };
}
