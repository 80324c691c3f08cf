// What a finding is entered with: buttons, a list, an age, and how sure the reader is. Each has an
// `element`, `focus()`, `show(value)` and `state`.

import { CERTAIN } from "./case.js";
import { fill, h, hidden, unique } from "./dom.js";
import { stateName } from "./words.js";

/** The least that a slider can say; at half and half a finding says nothing. */
const LEAST = 55;
/** More states than this do not fit a row of buttons. */
const BUTTONS = 2;
const OLDEST = 120;
/** Milliseconds after the last digit of an age. */
const COMPLETE = 1200;
const YEARS = { "": 1, y: 1, yr: 1, yrs: 1, year: 1, years: 1, mo: 1 / 12, month: 1 / 12, months: 1 / 12, w: 7 / 365.25, week: 7 / 365.25, weeks: 7 / 365.25 };
const AGE = /^(\d+(?:[.,]\d+)?)\s*([a-z]*)$/i;

/** The control of a finding. `choose(state)` is called with what is chosen, "" to unsay. */
export function controlOf(finding, id, choose) {
  if (finding.states.includes("number")) return age(id, choose);
  return finding.states.length > BUTTONS ? list(finding, id, choose) : buttons(finding, id, choose);
}

/** Radio buttons: one per state, and not assessed. Up and down belong to the list of findings. */
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

/** An age, entered once it is complete: with Enter, on leaving, or a moment after the last digit. What
 * is none is named, and the age that was entered stays. */
function age(id, choose) {
  const wrong = h("small", { class: "ng-wrong", role: "status", id: unique("age") });
  let entered = "", waiting = 0;
  const take = () => {
    clearTimeout(waiting);
    const read = years(input.value);
    tell(read === null && `${input.value.trim()} is no age from 0 to ${OLDEST} years (or 6 mo, 3 w)${entered === "" ? "" : `; still ${entered}`}.`);
    if (read !== null && read !== entered) choose(read);
  };
  const tell = (text) => {
    fill(wrong, text || null);
    input.setAttribute("aria-invalid", text ? "true" : "false");
  };
  const input = h("input", {
    type: "text", inputmode: "decimal", placeholder: "years", autocomplete: "off", "aria-labelledby": id, "aria-describedby": wrong.id,
    oninput: () => { clearTimeout(waiting); waiting = setTimeout(take, COMPLETE); },
    onchange: take,
    onkeydown: (event) => { if (event.key === "Enter") take(); },
  });
  return {
    element: h("div", { class: "ng-age" }, input, wrong),
    focus: () => { input.focus(); input.select(); },
    show: (value) => {
      if (value === entered && document.activeElement === input) return;
      clearTimeout(waiting);
      entered = value;
      if (years(input.value) !== value) input.value = typeof value === "number" ? Number(value.toPrecision(4)) : value;
      tell("");
    },
    get state() { return entered; },
  };
}

/** Years that a text says, "" for none, null for what is no age. */
function years(text) {
  if (text.trim() === "") return "";
  const [, number, unit] = AGE.exec(text.trim()) ?? [];
  const share = Object.hasOwn(YEARS, (unit ?? "").toLowerCase()) ? YEARS[(unit ?? "").toLowerCase()] : undefined;
  if (number === undefined || share === undefined) return null;
  const found = Number((Number(number.replace(",", ".")) * share).toPrecision(6));
  return found <= OLDEST ? found : null;
}

/** How sure the reader is. `choose()` is called while it is dragged or stepped. */
export function slider(finding, choose) {
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
    show: (sureness) => {
      if (Number(input.value) !== sureness) input.value = sureness;
      describe();
    },
  };
}
