// The differential: a bar for each disease, its credible interval, its change from before, and what must
// not be missed.

import { bar, fill, h, hidden, place } from "./dom.js";
import { around, percent, points, sentence, wholePercent } from "./words.js";

const DISEASES_SHOWN = 8;
/** Changes smaller than this are not worth an eye. */
const NEGLIGIBLE_CHANGE = 0.0005;
/** From this probability on a disease that cannot wait is named. */
const STILL_POSSIBLE = 0.01;
/** A form is named from this share of its disease, a neighbour from this probability, and so many at most. */
const [FORM_SHOWN, NEIGHBOUR_SHOWN, FORMS_SHOWN] = [0.05, 0.03, 3];
const OTHER = "other";
/** How the warning begins that no disease explains the case. */
const FITS_NOTHING = "fits no disease";

/** Bars in `root` of `diseases`, the records of the knowledge base. `explain(disease)` is called where a
 * bar is clicked, `about(disease)` for its card, `retry()` to ask again and `takeOut(finding)` for one of
 * several findings that do not go together. */
export class Differential {
  #rows;
  #labels;
  #list = h("ol", { class: "ng-diseases" });
  #warnings = h("div", { class: "ng-warnings", role: "status" });
  #urgent = h("p", { class: "ng-urgent" });
  #spoken = h("p", { class: "ng-hidden", "aria-live": "polite" });
  #more;
  #all = false;
  #does;

  constructor(root, labels, diseases, does) {
    this.#does = does;
    this.#labels = labels;
    this.#rows = new Map(diseases.map((disease) => [disease.key, new DiseaseBar(disease, does)]));
    this.#more = h("button", { type: "button", class: "ng-button ng-more", onclick: () => this.#toggle() });
    fill(root, this.#warnings, this.#list, this.#more, this.#urgent, this.#spoken);
    this.#show();
  }

  /** A posterior, and the one before it (or null). */
  show(answer, before) {
    const order = Object.keys(answer.posterior).map((disease) => this.#rows.get(disease));
    const moved = order.some((row, at) => row.element !== this.#list.children[at]);
    if (moved) this.#sort(order);
    for (const row of order) row.show(answer.posterior[row.key], before?.posterior[row.key]);
    this.#warn(answer.warnings, answer.conflicting ?? []);
    const [first, second] = order;
    for (const row of order) row.showForms(row === first || row.key === OTHER ? answer.forms?.[row.key] : null);
    fill(this.#spoken, [first, second].filter(Boolean).map((row) => row.spoken).join(", then "), ".");
  }

  /** In order, with the keyboard where it was. */
  #sort(order) {
    const focused = this.#list.getRootNode().activeElement;
    fill(this.#list, ...order.map((row) => row.element));
    if (this.#list.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** Credible intervals; null while they are worked out. */
  showIntervals(uncertainty) {
    for (const row of this.#rows.values()) row.showInterval(null);
    for (const entry of uncertainty?.diseases ?? []) this.#rows.get(entry.disease).showInterval(entry);
  }

  /** Mark the disease that is being explained. */
  mark(chosen) {
    for (const row of this.#rows.values()) row.mark(row.key === chosen);
  }

  /** Whether a click asks why. */
  explainable(yes) {
    for (const row of this.#rows.values()) row.explainable(yes);
  }

  /** Say why there is no answer, and offer a way on. */
  refuse(message, conflict = []) {
    fill(this.#warnings, h("div", { class: "ng-refusal", role: "alert" }, h("p", {}, sentence(message)),
      h("p", {}, ...this.#ways(conflict), h("button", { type: "button", class: "ng-button", onclick: () => this.#does.retry() }, "Retry"))));
  }

  #warn(warnings, conflicting) {
    fill(this.#warnings, ...warnings.map((text) => {
      const loud = text.startsWith(FITS_NOTHING);
      return h("div", { class: loud ? "ng-warning ng-loud" : "ng-warning" },
        h("p", {}, sentence(loud ? `This case ${text}` : text)),
        /conflict/.test(text) && conflicting.length > 0 && h("p", {}, ...this.#ways(conflicting)));
    }));
  }

  #ways(findings) {
    return findings.map((finding) => h("button", { type: "button", class: "ng-button", onclick: () => this.#does.takeOut(finding) },
      `Take out ${Object.hasOwn(this.#labels, finding) ? this.#labels[finding] : finding}`));
  }

  /** Diseases below the first that cannot wait, as long as they are possible; null names none. */
  nameUrgent(answer) {
    const [, ...others] = Object.keys(answer?.posterior ?? {}).map((disease) => this.#rows.get(disease));
    const found = others.filter((row) => row.urgent && answer.posterior[row.key] >= STILL_POSSIBLE).slice(0, DISEASES_SHOWN);
    fill(this.#urgent, found.length > 0 && [h("strong", {}, "Not to be missed, as treatment cannot wait: "),
      ...found.flatMap((row, at) => [at > 0 && ", ", h("button", { type: "button", class: "ng-link", onclick: () => this.#does.about(row.key) },
        `${row.label} ${percent(answer.posterior[row.key])}`)]), "."]);
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

class DiseaseBar {
  #button;
  #probability = h("span", { class: "ng-number" });
  #change = h("span", { class: "ng-change" });
  #interval = h("span", { class: "ng-interval" });
  #fill = bar(0, 0, "ng-posterior");
  #ghost = h("span", { class: "ng-ghost", hidden: true });
  #whisker = h("span", { class: "ng-whisker", hidden: true });
  #forms = h("p", { class: "ng-forms" });
  #now = 0;

  constructor({ key, label, treatable, urgent, forms }, does) {
    Object.assign(this, { key, label, urgent, forms });
    const mark = urgent ? h("span", { class: "ng-mark ng-now" }, "urgent") : treatable && h("span", { class: "ng-mark" }, "treatable");
    this.#button = h("button", { type: "button", class: "ng-disease-row", "aria-pressed": "false", onclick: () => does.explain(key) },
      h("span", { class: "ng-disease" }, label, mark && [" ", mark]),
      h("span", { class: "ng-track" }, this.#fill, this.#ghost, this.#whisker),
      this.#probability, this.#change, this.#interval);
    const about = h("button", { type: "button", class: "ng-about-button", "aria-label": `About ${label}`, title: `About ${label}`, onclick: () => does.about(key) }, "i");
    this.element = h("li", { "data-disease": key }, this.#button, about, this.#forms);
  }

  get spoken() {
    return `${this.label} ${this.#probability.textContent}`;
  }

  show(probability, before) {
    this.#now = probability;
    place(this.#fill, 0, probability);
    fill(this.#probability, percent(probability));
    const change = before === undefined ? 0 : probability - before;
    const moved = Math.abs(change) >= NEGLIGIBLE_CHANGE;
    this.#ghost.hidden = !moved;
    if (moved) place(this.#ghost, before, before);
    fill(this.#change, moved && [hidden(", change "), points(change)]);
    this.#change.classList.toggle("ng-up", moved && change > 0);
  }

  /** Which form it would be, by key; of none of the diseases, which outlined neighbour it is most like. */
  showForms(found) {
    const near = this.key === OTHER;
    const named = Object.entries(found ?? {})
      .map(([form, p]) => [this.forms?.[form] ?? form, near ? p : p / this.#now])
      .filter(([, p]) => p >= (near ? NEIGHBOUR_SHOWN : FORM_SHOWN)).slice(0, FORMS_SHOWN);
    fill(this.#forms, named.length > 0 && [near ? "most like (outlines only): " : "form: ",
      named.map(([label, p]) => `${label} ${percent(p)}`).join("; ")]);
    this.#forms.hidden = named.length === 0;
  }

  showInterval(entry) {
    this.#whisker.hidden = entry === null;
    if (!entry) return fill(this.#interval);
    const [low, high] = around(this.#now, entry);
    place(this.#whisker, low, high);
    fill(this.#interval, hidden(", 95 % credible interval "), `${wholePercent(low)}–${wholePercent(high)}\u202f%`);
  }

  mark(chosen) {
    this.#button.setAttribute("aria-pressed", chosen);
  }

  explainable(yes) {
    this.#button.disabled = !yes;
    this.#button.title = yes ? `Why ${this.label}?` : "";
  }
}
