// The question that comes first: which of the two pictures the list of diseases is for does the patient
// have? The answer is a finding like any other.

import { stateOf, withFinding } from "./case.js";
import { fill, h } from "./dom.js";

/** The question, in `element`, for the `patterns` of a gamut, labels by finding; `enter(case, finding)` is
 * told of an answer. Hidden where there are none. */
export class Pattern {
  element;
  #buttons;
  #neither;
  #case = {};
  #enter;

  constructor(patterns, enter) {
    this.#enter = enter;
    this.#buttons = Object.entries(patterns).map(([key, label]) => [key, button(label, () => this.#toggle(key))]);
    this.#neither = button("Neither", () => this.#deny());
    this.element = h("div", { class: "ng-pattern", role: "group", "aria-label": "What does the scan show?", hidden: this.#buttons.length === 0 },
      h("h2", {}, "What does the scan show?"),
      h("p", {}, ...this.#buttons.map(([, made]) => made), this.#neither));
  }

  show(found) {
    this.#case = found;
    for (const [key, made] of this.#buttons) made.setAttribute("aria-pressed", stateOf(found[key]) === "present");
    this.#neither.setAttribute("aria-pressed", this.#isNeither(found));
  }

  #isNeither(found) {
    return this.#buttons.every(([key]) => stateOf(found[key]) === "absent");
  }

  #toggle(key) {
    const present = stateOf(this.#case[key]) === "present";
    this.#enter(withFinding(this.#case, key, present ? undefined : "present"), present ? null : key);
  }

  #deny() {
    const said = this.#isNeither(this.#case) ? undefined : "absent";
    this.#enter(this.#buttons.reduce((found, [key]) => withFinding(found, key, said), this.#case), null);
  }
}

function button(label, pressed) {
  return h("button", { type: "button", class: "ng-button", "aria-pressed": "false", onclick: pressed }, label);
}

/** Whether the list of diseases is for such a patient at all, in words, in `element`. */
export class Premise {
  element = h("div", { class: "ng-premise", role: "status" });
  #patients;

  constructor(patients) {
    this.#patients = patients;
  }

  show(found) {
    const { scope, outside, patterns } = this.#patients;
    const said = Object.keys(patterns).map((key) => stateOf(found[key]));
    const denied = said.length > 0 && said.every((state) => state === "absent");
    const open = said.length > 0 && !said.includes("present") && !denied && Object.keys(found).length > 0;
    fill(this.element,
      denied && h("p", { class: "ng-warning ng-loud" }, `The list of diseases is for patients ${scope}. For this one the list does not fit: the answer holds only of patients who have one of these. ${outside}`),
      open && h("p", { class: "ng-warning" }, `The answer holds only of patients ${scope}. Neither has been entered: say first what the scan shows. ${outside}`));
  }
}
