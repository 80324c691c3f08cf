// Where several diseases may be present: how many, and which together.

import { bar, fill, h } from "./dom.js";
import { named, percent } from "./words.js";

const SETS_SHOWN = 6;
/** The disease that stands for all that the network does not know. */
const UNLISTED = "other";

/** What goes together, in `element`. */
export class Together {
  element = h("div", { class: "ng-together", hidden: true });
  #labels;

  constructor(labels) {
    this.#labels = labels;
  }

  show({ number_present: counts, sets, pairs }) {
    fill(this.element,
      h("h2", {}, "How many diseases"), this.#counts(Object.entries(counts)),
      h("h2", {}, "Exactly these"), this.#sets(sets),
      h("h2", {}, "These two, whatever else is present"), this.#sets(pairs),
      h("p", { class: "ng-quiet" }, "Why, what next and how sure are answered for a single disease."));
  }

  #counts(counts) {
    return list(counts.map(([count, probability], place) => {
      const more = place === counts.length - 1 ? " or more" : "";
      return [`${count}${more}`, probability];
    }));
  }

  #sets(sets) {
    return list(sets.slice(0, SETS_SHOWN).map(({ diseases, probability }) =>
      [diseases.map((disease) => this.#label(disease, diseases)).join(" and "), probability]));
  }

  /** Beside another, "none of these" is one more. */
  #label(disease, diseases) {
    return disease === UNLISTED && diseases.length > 1 ? "an unlisted disease" : named(this.#labels.diseases, disease);
  }
}

function list(rows) {
  return h("ul", { class: "ng-sets" }, ...rows.map(([name, probability]) => h("li", { class: "ng-row" },
    h("span", {}, name),
    h("span", { class: "ng-track" }, bar(0, probability, "ng-for")),
    h("span", { class: "ng-number" }, percent(probability)))));
}
