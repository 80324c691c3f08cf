// One finding: its name, what it is, its control and how sure the reader is.

import { CERTAIN, reading, stateOf, surenessOf } from "./case.js";
import { controlOf, slider } from "./controls.js";
import { fill, h, unique } from "./dom.js";
import { said, stateName } from "./words.js";

/** Facts, not readings: they have no slider. They stand first. */
export const FACTS = ["age", "sex"];
const NOT_ASSESSED = ["n", "0", "Delete", "Backspace"];
const SIGNS = { "+": "present", "-": "absent" };

/** A row. `say(value, merge)` is called with what is chosen, undefined to unsay; `merge` where it goes
 * on from the last. */
export class FindingRow {
  #control;
  #slider;
  #sure = h("div", { class: "ng-extra", hidden: true });
  #about;
  #matched = h("small", { class: "ng-matched" });
  #say;
  #name;
  isSet = false;

  constructor(finding, say) {
    this.finding = finding;
    this.#say = say;
    const id = unique("finding");
    this.#control = controlOf(finding, id, (state) => this.#choose(state, false));
    this.#slider = FACTS.includes(finding.key) ? null : slider(finding, () => this.#choose(this.#control.state, true));
    if (this.#slider) this.#sure.append(this.#slider.element);
    this.#about = h("p", { class: "ng-about", hidden: true }, finding.definition, finding.definition && ".");
    this.#name = this.#nameOf(finding, id);
    this.element = h("div", { class: "ng-finding", "data-finding": finding.key },
      h("div", { class: "ng-name" }, this.#name, this.#matched), this.#control.element, this.#about, this.#sure);
  }

  /** The name; a click or `?` shows what it is. */
  #nameOf(finding, id) {
    if (!finding.definition) return h("span", { id }, finding.label);
    return h("button", {
      type: "button", class: "ng-what", tabindex: -1, id, "aria-expanded": "false", title: finding.definition,
      onclick: () => this.explain(this.#about.hidden),
    }, finding.label);
  }

  /** Show what the finding is, or not. */
  explain(yes) {
    this.#about.hidden = !yes || !this.finding.definition;
    if (this.finding.definition) this.#name.setAttribute("aria-expanded", !this.#about.hidden);
  }

  /** Show by which name a search found it. */
  matched(name) {
    fill(this.#matched, name && name !== this.finding.label && `also: ${name}`);
  }

  /** Mark it as the one that Enter takes. */
  mark(yes) {
    this.element.classList.toggle("ng-marked", yes);
    this.explain(yes);
  }

  focus() {
    this.#control.focus();
  }

  /** Choose a state by name. */
  choose(state) {
    this.#choose(state, false);
  }

  /** What a key says: the first letter of a state, or not assessed. Returns whether it said anything. */
  press(key) {
    if (key === "?") {
      this.explain(this.#about.hidden);
      return true;
    }
    const state = NOT_ASSESSED.includes(key) ? "" : this.#keyed(key);
    if (state === undefined || this.finding.states.includes("number")) return false;
    this.#choose(state, false);
    this.#control.focus();
    return true;
  }

  #keyed(key) {
    const { states } = this.finding;
    if (key in SIGNS) return states.find((state) => state === SIGNS[key]);
    const starting = states.filter((state) => key.length === 1 && state.startsWith(key));
    return starting.length === 1 ? starting[0] : undefined;
  }

  show(value) {
    const state = stateOf(value);
    this.isSet = value !== undefined && value !== null;
    this.element.classList.toggle("ng-set", this.isSet);
    this.#control.show(typeof value === "number" ? value : state);
    const several = Array.isArray(value);
    const sureness = surenessOf(value);
    this.#slider?.show(sureness);
    this.element.classList.toggle("ng-unsure", several || sureness < CERTAIN);
    this.#sure.hidden = !(several || (this.#slider && state));
    // The slider stays where it is while it is dragged.
    if (several) fill(this.#sure, `Several readers: ${said(value)}`);
    else if (this.#slider && this.#sure.firstChild !== this.#slider.element) fill(this.#sure, this.#slider.element);
  }

  #choose(state, merge) {
    if (state === "" || state === undefined) this.#say(undefined, merge);
    else if (typeof state === "number") this.#say(state, merge);
    else this.#say(reading(state, merge ? this.#slider.value : CERTAIN, this.finding.states), merge);
  }

  /** What entering a state would be called. */
  wordsFor(state) {
    return `${this.finding.label}: ${stateName(state)}`;
  }
}
