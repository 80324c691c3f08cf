// The panels: why, how the first compare, what next and how sure. Each is filled once all that it needs is
// there, and looks stale while it waits.

import { Compare } from "./compare.js";
import { fill, h } from "./dom.js";
import { Flip } from "./flip.js";
import { Next } from "./next.js";
import { PlanTree } from "./plan.js";
import { Tabs } from "./tabs.js";
import { Why } from "./why.js";
import { sentence } from "./words.js";

const FINDINGS = "sensitivity/findings";
const TORNADO = "sensitivity/tornado";
export const UNCERTAINTY = "sensitivity/uncertainty";

/** In `element`; `does` has reexplain(), retry(), sources(), plan(options), enter(label, keys), apply(findings),
 * say(member, test) and explained(disease). */
export class Panels {
  #tabs;
  #does;
  why;
  plan;

  constructor(labels, does) {
    this.#does = does;
    const bodies = Array.from({ length: 4 }, () => h("div", { hidden: true }));
    const [why, compare, next, sure] = bodies;
    this.why = new Why(why, labels, does.reexplain);
    this.plan = new PlanTree(labels, does.plan);
    const table = new Compare(compare, labels);
    const tests = new Next(next, labels, does, this.plan.element);
    const flip = new Flip(sure, labels, does.sources);
    this.#tabs = new Tabs([
      { title: "Why", needs: ["explain"], show: ({ explain }) => this.#explained(explain) },
      { title: "Compare", needs: ["explain"], show: ({ explain }) => table.show(explain) },
      { title: "What next", needs: ["next-tests"], show: (answers) => tests.show(answers["next-tests"]) },
      // What takes longest is asked first: the server works on two at a time.
      { title: "How sure", needs: [UNCERTAINTY, TORNADO, FINDINGS],
        show: (answers) => flip.show({ readings: answers[FINDINGS], tornado: answers[TORNADO], uncertainty: answers[UNCERTAINTY] }) },
    ].map((panel, place) => {
      const notice = h("div", {}, h("p", { class: "ng-quiet ng-working" }, "Working …"));
      return { ...panel, notice, body: bodies[place], element: h("div", {}, notice, bodies[place]) };
    }));
    this.element = this.#tabs.element;
  }

  /** What is asked for them, what is looked at first. */
  get questions() {
    const needed = [this.#tabs.open, ...this.#tabs.panels].flatMap(({ needs }) => needs);
    return [...new Set(["explain", ...needed])].map((name) => [name, name === "explain" ? this.why.pair : {}]);
  }

  /** Whether they wait for answers. */
  busy(yes) {
    for (const { element } of this.#tabs.panels) element.setAttribute("aria-busy", yes);
  }

  /** An answer has come, or is refused. */
  heard(name, answers, refusal) {
    for (const panel of this.#tabs.panels.filter(({ needs }) => needs.includes(name))) {
      if (refusal) this.#refuse(panel, refusal);
      else if (panel.needs.every((need) => need in answers)) this.#fill(panel, answers);
    }
  }

  /** Explain again, of the same case: the panel waits for `answer`, a promise. */
  async reexplain(answer) {
    const [why] = this.#tabs.panels;
    this.#tabs.select(why);
    why.element.setAttribute("aria-busy", true);
    await answer.then((explain) => explain && this.#fill(why, { explain }), (refusal) => this.#refuse(why, refusal));
  }

  focus() {
    this.#tabs.focus();
  }

  #fill(panel, answers) {
    fill(panel.notice);
    panel.body.hidden = false;
    panel.show(answers);
    panel.element.removeAttribute("aria-busy");
  }

  #refuse(panel, refusal) {
    fill(panel.notice, h("p", { class: "ng-refusal", role: "alert" }, sentence(refusal.message), " ",
      h("button", { type: "button", class: "ng-button", onclick: () => this.#does.retry() }, "Retry")));
    panel.body.hidden = true;
    panel.element.removeAttribute("aria-busy");
  }

  #explained(answer) {
    this.why.show(answer);
    this.#does.explained(answer.disease);
  }
}
