// A plan: which test first, and after each kind of result which next, as a tree.

import { fill, h, unique } from "./dom.js";
import { named, percent, plain, sentence, stateName } from "./words.js";

const BUDGETS = { 20: "20 (about one MRI)", 60: "60", 200: "200", "": "no limit" };
const ABSENT = "absent";

/** A plan on request, in `element`. `ask(options)` is a promise of the document. */
export class PlanTree {
  #ask;
  #labels;
  #turn = 0;
  #body = h("div", { role: "status" });
  #budget;
  element;

  constructor(labels, ask) {
    this.#ask = ask;
    this.#labels = labels;
    const id = unique("budget");
    this.#budget = h("select", { id }, ...Object.entries(BUDGETS).map(([value, text]) => h("option", { value, selected: value === "20" }, text)));
    this.element = h("section", { class: "ng-plan", "aria-label": "Plan" },
      h("h3", {}, "A plan, step by step"),
      h("p", {}, h("label", { for: id }, "All tests together may cost "), this.#budget, " blood tests. ",
        h("button", { type: "button", class: "ng-button", onclick: () => this.#plan() }, "Draw the plan")),
      this.#body);
  }

  /** The case has changed. */
  clear() {
    this.#turn += 1;
    fill(this.#body);
  }

  async #plan() {
    const turn = ++this.#turn;
    fill(this.#body, h("p", { class: "ng-quiet" }, "Planning …"));
    try {
      const answer = await this.#ask(this.#budget.value ? { cost: this.#budget.value } : {});
      if (turn === this.#turn) this.#show(answer);
    } catch (refusal) {
      if (turn === this.#turn) fill(this.#body, h("p", { class: "ng-refusal", role: "alert" }, sentence(refusal.message)));
    }
  }

  #show({ tree, expected }) {
    fill(this.#body,
      h("ul", { class: "ng-tree" }, this.#node(tree)),
      h("p", { class: "ng-quiet" }, `On average it costs ${plain(expected.cost)} and takes ${plain(expected.days)} days; `,
        `the diagnosis that leads in the end is right with probability ${percent(expected.correct)}.`));
  }

  #node(node) {
    const line = [this.#result(node), h("strong", {}, named(this.#labels.diseases, node.leading)), ` ${percent(node.posterior)}`, this.#step(node)];
    if (node.branches.length === 0) return h("li", {}, h("p", {}, ...line));
    return h("li", {}, h("details", { open: node.probability > 0.05 }, h("summary", {}, ...line),
      h("ul", {}, ...node.branches.map((branch) => this.#node(branch)))));
  }

  /** What the test above showed, findings that were not seen last. */
  #result({ shows, probability }) {
    const all = Object.entries(shows);
    if (all.length === 0) return null;
    const seen = all.filter(([, state]) => state !== ABSENT).map(([finding, state]) => this.#seen(finding, state));
    const absent = all.filter(([, state]) => state === ABSENT).map(([finding]) => named(this.#labels.findings, finding));
    const words = [...seen, absent.length > 0 && `not: ${absent.join(", ")}`].filter(Boolean).join("; ");
    return h("span", { class: "ng-soft" }, `${percent(probability)} ${words} → `);
  }

  #seen(finding, state) {
    const label = named(this.#labels.findings, finding);
    if (state === "present") return label;
    const states = typeof state === "string" ? [state] : Object.entries(state).filter(([, weight]) => weight > 0).map(([one]) => one);
    return `${label}: ${states.map(stateName).join(" or ")}`;
  }

  #step({ test, action, ends }) {
    if (test) return [": next ", h("em", {}, named(this.#labels.tests, test))];
    return h("span", { class: "ng-soft" }, `: ${stateName(action)}${ends ? ` (${ends})` : ""}`);
  }
}
