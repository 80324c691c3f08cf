// The differential: a bar for each disease, its credible interval, and its change from before.

import { bar, fill, h, hidden, place } from "./dom.js";
import { percent, points, sentence, wholePercent } from "./words.js";

const DISEASES_SHOWN = 8;
/** Changes smaller than this are not worth an eye. */
const NEGLIGIBLE_CHANGE = 0.0005;
/** How the warning begins that no disease explains the case. */
const FITS_NOTHING = "fits no disease";

/** Bars in `root`. `choose(disease)` is called where one is clicked. */
export class Differential {
  #rows;
  #list = h("ol", { class: "ng-diseases" });
  #warnings = h("div", { class: "ng-warnings", role: "status" });
  #spoken = h("p", { class: "ng-hidden", "aria-live": "polite" });
  #more;
  #all = false;

  constructor(root, labels, choose) {
    this.#rows = new Map(Object.entries(labels).map(([disease, label]) => [disease, new Bar(disease, label, choose)]));
    this.#more = h("button", { type: "button", class: "ng-button ng-more", onclick: () => this.#toggle() });
    fill(root, this.#warnings, this.#list, this.#more, this.#spoken);
    this.#show();
  }

  /** A posterior, and the one before it (or null). */
  show(answer, before) {
    const order = Object.keys(answer.posterior).map((disease) => this.#rows.get(disease));
    const moved = order.some((row, place) => row.element !== this.#list.children[place]);
    if (moved) fill(this.#list, ...order.map((row) => row.element));
    for (const row of order) row.show(answer.posterior[row.disease], before?.posterior[row.disease]);
    this.#warn(answer.warnings);
    const [first, second] = order;
    fill(this.#spoken, `${first.spoken}, then ${second.spoken}.`);
  }

  /** Credible intervals; null while they are worked out. */
  showIntervals(uncertainty) {
    for (const row of this.#rows.values()) row.showInterval(null);
    for (const entry of uncertainty?.diseases ?? []) this.#rows.get(entry.disease).showInterval(entry);
  }

  /** Mark the disease that is being explained. */
  mark(chosen) {
    for (const row of this.#rows.values()) row.mark(row.disease === chosen);
  }

  /** Whether a click asks why. */
  explainable(yes) {
    for (const row of this.#rows.values()) row.explainable(yes);
  }

  /** Say why there is no answer. */
  refuse(message) {
    fill(this.#warnings, h("p", { class: "ng-refusal", role: "alert" }, sentence(message)));
  }

  #warn(warnings) {
    fill(this.#warnings, ...warnings.map((text) =>
      h("p", { class: text.startsWith(FITS_NOTHING) ? "ng-warning ng-loud" : "ng-warning" },
        sentence(text.startsWith(FITS_NOTHING) ? `This case ${text}` : text))));
  }

  #toggle() {
    this.#all = !this.#all;
    this.#show();
  }

  #show() {
    this.#list.classList.toggle("ng-all", this.#all);
    this.#more.setAttribute("aria-expanded", this.#all);
    fill(this.#more, this.#all ? `The first ${DISEASES_SHOWN} only` : `All ${this.#rows.size} diagnoses`);
  }
}

class Bar {
  #button;
  #probability = h("span", { class: "ng-number" });
  #change = h("span", { class: "ng-change" });
  #interval = h("span", { class: "ng-interval" });
  #fill = bar(0, 0, "ng-posterior");
  #ghost = h("span", { class: "ng-ghost", hidden: true });
  #whisker = h("span", { class: "ng-whisker", hidden: true });

  constructor(disease, label, choose) {
    this.disease = disease;
    this.label = label;
    this.#button = h("button", { type: "button", "aria-pressed": "false", onclick: () => choose(disease) },
      h("span", { class: "ng-disease" }, label),
      h("span", { class: "ng-track" }, this.#fill, this.#ghost, this.#whisker),
      this.#probability, this.#change, this.#interval);
    this.element = h("li", { "data-disease": disease }, this.#button);
  }

  get spoken() {
    return `${this.label} ${this.#probability.textContent}`;
  }

  show(probability, before) {
    place(this.#fill, 0, probability);
    fill(this.#probability, percent(probability));
    const change = before === undefined ? 0 : probability - before;
    const moved = Math.abs(change) >= NEGLIGIBLE_CHANGE;
    this.#ghost.hidden = !moved;
    if (moved) place(this.#ghost, before, before);
    fill(this.#change, moved && [hidden("change: "), points(change)]);
    this.#change.classList.toggle("ng-up", moved && change > 0);
  }

  showInterval(entry) {
    this.#whisker.hidden = entry === null;
    if (entry) place(this.#whisker, entry.lower, entry.upper);
    fill(this.#interval, entry && [
      hidden("95 % credible interval: "), `${wholePercent(entry.lower)}–${wholePercent(entry.upper)}\u202f%`,
    ]);
  }

  mark(chosen) {
    this.#button.setAttribute("aria-pressed", chosen);
  }

  explainable(yes) {
    this.#button.disabled = !yes;
    this.#button.title = yes ? `Why ${this.label}?` : "";
  }
}
