// The first few diagnoses side by side: how probable each reading of the case is in each of them.

import { bar, fill, h } from "./dom.js";
import { named, percent, said } from "./words.js";

const COMPARED = 3;
/** The disease that stands for all that the network does not know. */
const UNLISTED = "other";

/** A table in `root`. */
export class Compare {
  #root;
  #labels;

  constructor(root, labels) {
    this.#root = root;
    this.#labels = labels;
  }

  /** Of an explanation, which has every finding's likelihood in every disease. */
  show(why) {
    const diseases = Object.entries(why.posterior).map(([disease]) => disease).filter((disease) => disease !== UNLISTED).slice(0, COMPARED);
    const head = h("tr", {}, h("th", { scope: "col" }, "Finding"),
      ...diseases.map((disease) => h("th", { scope: "col" }, named(this.#labels.diseases, disease))));
    const rows = why.weights.map((weight) => this.#row(weight, diseases, why));
    const foot = h("tr", { class: "ng-foot" }, h("th", { scope: "row" }, "Probability of the diagnosis"),
      ...diseases.map((disease) => h("td", {}, percent(why.posterior[disease]))));
    fill(this.#root,
      h("p", { class: "ng-quiet" }, "How probable is what was found in each of the first three, given the other findings? The highest of a row is in bold; a row of equals tells nothing apart."),
      h("div", { class: "ng-scroll", tabindex: 0, role: "region", "aria-label": "Comparison" },
        h("table", { class: "ng-compare" }, h("thead", {}, head), h("tbody", {}, ...rows), h("tfoot", {}, foot))));
  }

  #row({ finding, state }, diseases, why) {
    const rates = diseases.map((disease) => 10 ** why.likelihoods[finding][disease]);
    const most = Math.max(...rates);
    return h("tr", { "data-finding": finding },
      h("th", { scope: "row" }, named(this.#labels.findings, finding), ": ", h("em", {}, said(state))),
      ...rates.map((rate) => h("td", { class: rate === most && diseases.length > 1 ? "ng-most" : "" },
        h("span", { class: "ng-track", "aria-hidden": "true" }, bar(0, Math.min(rate, 1), "ng-for")), percent(Math.min(rate, 1)))));
  }
}
