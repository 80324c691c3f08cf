// The explorer: findings on one side, what they mean on the other. The page and the notebook share it.

import { Asking } from "./asking.js";
import { Card } from "./card.js";
import { changed, withFinding } from "./case.js";
import { Differential } from "./differential.js";
import { fill, h, keepingFocus } from "./dom.js";
import { changeWords, labelsOf } from "./labels.js";
import { Panels, UNCERTAINTY } from "./panels.js";
import { Pattern, Premise } from "./pattern.js";
import { Picker } from "./picker.js";
import { Report } from "./report.js";
import { Summary } from "./summary.js";
import { withTest } from "./testing.js";
import { Together } from "./together.js";
import { Trail } from "./trail.js";
import { named, percent } from "./words.js";

const COEXISTING = "coexisting";
const LEGENDS = {
  single: "Bar: probability. Line: 95\u202f% of the answers lie there when the published figures are drawn from their uncertainty, and the end of the bar. Dotted: before the last entry, with the change in percentage points.",
  several: "Bar: probability that the disease is present, whatever else is; together they may be more than 100\u202f%. Dotted: before the last entry, with the change in percentage points.",
};

/**
 * Build an explorer in `root`.
 *
 * `backend` has ask(case, how, questions, heard, signal), one(case, how, name, options), read(text),
 * profile(disease, how) and list("sources"), as backend.js says. `options`: `findings`, `diseases`, `tests`, `follows` and `patients` are the
 * choices of the knowledge base; `initial` is the first case and `how` how it is read; `trail(restore)`
 * makes what keeps the steps; `onChange(state)` and `onPosterior(document)` are told of every change,
 * `onLocked()` that a key is asked for.
 *
 * Returns the explorer: `case`, `how`, `set(case, how)`, `refresh()`, `settled` (a promise of the last
 * answer) and `answers` (what is known of the case, by question).
 */
export function mount(root, backend, options) {
  return new Explorer(root, backend, options);
}

class Explorer {
  case = {};
  how = {};
  answers = {};
  settled = Promise.resolve();
  #backend;
  #options;
  #asking;
  #shown = null;
  #before = null;
  #merging = null;
  #labels;
  #trail;
  #sources;
  #views = {};
  #panels;
  #legend = h("p", { class: "ng-quiet ng-legend" });
  #heading = h("h2", {}, "Differential diagnosis");
  #hint = h("p", { class: "ng-quiet ng-hint" }, "Enter what was found. Then tabs answer here: why, how the first three compare, which test next, and how sure the answer is.");
  #below = h("button", { type: "button", class: "ng-below", title: "To the answer and back", onclick: () => this.#jump() });
  #picking;
  #answer;

  constructor(root, backend, options) {
    this.#backend = backend;
    this.#options = { initial: {}, how: {}, follows: {}, patients: { scope: "", outside: "", patterns: {} }, trail: (restore) => new Trail(restore), onChange() {}, onPosterior() {}, onLocked() {}, ...options };
    this.#labels = labelsOf(options);
    this.#asking = new Asking(backend, {
      heard: (name, answer, refusal) => this.#heard(name, answer, refusal), refuse: (refusal) => this.#refuse(refusal), busy: (yes) => this.#busy(yes),
    });
    this.#build(root);
    this.#trail = this.#options.trail((state) => this.#restore(state));
    this.#adopt({ case: this.#options.initial, how: this.#options.how });
    this.#trail.start(this.#state());
    this.#draw();
    this.refresh();
  }

  /** Show another case, and how it is read, and ask again. */
  set(found, how = this.how) {
    this.#before = this.#merging = null;
    this.#step({ case: found, how }, false);
    return this.settled;
  }

  /** Ask again about the same case. */
  refresh() {
    this.settled = this.#asking.ask(this.case, this.how, this.#questions());
    return this.settled;
  }

  undo() {
    this.#trail.undo();
  }

  redo() {
    this.#trail.redo();
  }

  focusSearch() {
    this.#views.picker.focusSearch();
  }

  focusAnswer() {
    this.#answer.scrollIntoView();
    this.#answer.focus({ preventScroll: true });
  }

  /** Say what was done. */
  tell(text) {
    this.#views.picker.tell(text);
  }

  // -- steps ------------------------------------------------------------------------------------

  /** What the reader entered: compared with what was before it. `merge` goes on from the last entry, where
   * that is of the same finding. */
  #enter(found, merge = false) {
    const keys = changed(this.case, found);
    if (keys.length === 0) return;
    const goesOn = merge && keys.length === 1 && this.#merging === keys[0];
    if (!goesOn) this.#before = this.#shown;
    this.#merging = merge && keys.length === 1 ? keys[0] : null;
    const told = changeWords(this.#labels, keys, found);
    this.#step({ case: found, how: this.how }, goesOn);
    this.tell(told);
  }

  #step(state, merge) {
    this.#adopt(state);
    this.#trail.push(this.#state(), merge);
    this.#draw();
    this.refresh();
  }

  /** A step that was gone back or forth to. */
  #restore(state) {
    this.#before = this.#merging = null;
    this.#adopt(state);
    this.#draw();
    this.#views.picker.showAll();
    this.tell("The case is as it was at that step.");
    this.refresh();
  }

  #adopt(state) {
    this.case = state.case;
    this.how = state.how;
    this.answers = {};
    this.#shown = null;
  }

  #state() {
    return { case: this.case, how: this.how };
  }

  #draw() {
    this.#views.picker.show(this.case);
    this.#views.pattern.show(this.case);
    this.#views.premise.show(this.case);
    keepingFocus(this.#answer, () => this.#views.summary.show(this.case, this.#trail));
    this.#panels.plan.clear();
    this.#options.onChange(this.#state());
  }

  // -- asking -----------------------------------------------------------------------------------

  get #isSeveral() {
    return this.how.assume === COEXISTING;
  }

  get #isEmpty() {
    return Object.keys(this.case).length === 0;
  }

  /** Everything that is shown of a case, in one request. */
  #questions() {
    const posterior = ["posterior", {}];
    if (this.#isSeveral) return [posterior];
    const others = this.#isEmpty ? [[UNCERTAINTY, {}]] : this.#panels.questions;
    return [posterior, ...others.map(([name, options]) => [name, { assume: "", ...options }])];
  }

  /** What waits for an answer looks like it. */
  #busy(yes) {
    for (const part of [this.#views.bars, this.#views.together.element]) part.setAttribute("aria-busy", yes);
    this.#panels.busy(yes);
  }

  #heard(name, answer, refusal) {
    if (refusal && name === "posterior") return this.#refuse(refusal);
    if (!refusal) this.answers[name] = answer;
    if (name === "posterior") return this.#showPosterior(answer);
    this.#panels.heard(name, this.answers, refusal);
    if (name === UNCERTAINTY && !refusal) this.#views.differential.showIntervals(answer);
    return undefined;
  }

  #showPosterior(posterior) {
    this.#answer.classList.remove("ng-stale");
    const before = this.#before && coexisting(this.#before) === this.#isSeveral ? this.#before : null;
    this.#views.differential.showIntervals(null);
    keepingFocus(this.#answer, () => this.#views.differential.show(posterior, before));
    this.#views.differential.nameUrgent(this.#isEmpty ? null : posterior);
    this.#showQuestions(posterior);
    this.#shown = posterior;
    this.#views.bars.removeAttribute("aria-busy");
    const [leading, probability] = Object.entries(posterior.posterior)[0];
    fill(this.#below, this.#isEmpty ? h("span", {}, "Nothing entered yet")
      : [h("span", {}, named(this.#labels.diseases, leading)), h("strong", {}, percent(probability))]);
    this.#options.onPosterior(posterior);
  }

  /** The further questions are about a single disease and a case; where several may be, which go
   * together. */
  #showQuestions(posterior) {
    fill(this.#legend, this.#isSeveral ? LEGENDS.several : LEGENDS.single);
    fill(this.#heading, this.#isEmpty ? "Before any finding" : "Differential diagnosis");
    this.#panels.element.hidden = this.#isSeveral || this.#isEmpty;
    this.#hint.hidden = this.#isSeveral || !this.#isEmpty;
    this.#views.together.element.hidden = !this.#isSeveral;
    this.#views.differential.explainable(!this.#isSeveral && !this.#isEmpty);
    if (this.#isSeveral || this.#isEmpty) this.#views.differential.mark(null);
    if (this.#isSeveral) this.#views.together.show(posterior);
  }

  #refuse(refusal) {
    if (refusal.problem?.status === 401) this.#options.onLocked();
    this.#answer.classList.add("ng-stale");
    this.#views.differential.refuse(refusal.message, refusal.problem?.conflict ?? this.#unknown(refusal));
    fill(this.#below, h("span", {}, "No answer"));
  }

  /** The findings of the case that a refusal is about. */
  #unknown({ problem }) {
    return (problem?.errors ?? []).map(({ field }) => field.replace(/^case\./, "")).filter((field) => Object.hasOwn(this.case, field));
  }

  // -- what is built ----------------------------------------------------------------------------

  #build(root) {
    const { findings, diseases, follows, patients } = this.#options;
    this.#picking = h("section", { class: "ng-findings", "aria-label": "Findings" });
    const bars = h("div", { class: "ng-bars" });
    const report = new Report(this.#labels, (text) => this.#backend.read(text), () => this.case, (found) => this.#enter(found));
    const takeOut = (finding) => this.#enter(withFinding(this.case, finding, undefined));
    const pattern = new Pattern(patients.patterns, (found, finding) => this.#enterPattern(found, finding));
    const card = new Card((disease) => this.#backend.profile(disease, this.how), (disease) => this.#explain(disease));
    const about = (disease) => card.show(disease, named(this.#labels.diseases, disease));
    this.#views = {
      bars, pattern, card,
      premise: new Premise(patients),
      picker: new Picker(this.#picking, findings, {
        follows, above: pattern.element, below: report.element, read: (text) => report.read(text), enter: (found, merge) => this.#enter(found, merge),
      }),
      summary: new Summary(this.#labels, { findings, follows, scope: patients.scope }, { enter: (found) => this.#enter(found), takeOut, undo: () => this.undo(), redo: () => this.redo(), clear: () => this.#clear() }),
      differential: new Differential(bars, this.#labels.findings, diseases, { explain: (disease) => this.#explain(disease), about, retry: () => this.refresh(), takeOut }),
      together: new Together(this.#labels),
    };
    this.#panels = new Panels(this.#labels, this.#doings());
    const { summary, premise, together } = this.#views;
    this.#answer = h("section", { class: "ng-answer", "aria-label": "Answer", tabindex: -1 },
      summary.element, premise.element, this.#heading, this.#legend, bars, this.#hint, this.#panels.element, together.element);
    root.classList.add("neurogamut");
    fill(root, h("div", { class: "ng-explorer" }, this.#picking, this.#answer), this.#below, card.element);
  }

  /** What the panels may do. */
  #doings() {
    return {
      reexplain: () => this.#reexplain(),
      retry: () => this.refresh(),
      explained: (disease) => this.#views.differential.mark(disease),
      sources: () => (this.#sources ??= this.#backend.list("sources")),
      plan: (options) => this.#backend.one(this.case, { ...this.how, assume: "" }, "plan", options),
      enter: (label, keys) => this.#askResult(label, keys),
      apply: (findings) => this.#applyOutcome(findings),
      say: (member, test) => this.#enter(withTest(this.case, member, test)),
    };
  }

  #clear() {
    this.#panels.why.reset();
    this.#views.picker.showAll();
    this.set({});
    this.tell("Everything was taken out. Undo brings it back.");
  }

  #enterPattern(found, finding) {
    this.#enter(found);
    this.#views.picker.open(finding);
  }

  /** Show a test's findings, with the differential in sight where there is room for both. */
  #askResult(label, keys) {
    this.#answer.scrollIntoView();
    this.#views.picker.only(label, keys);
  }

  /** Enter an outcome without its numbers: it has them as bands, a case only as they were measured. */
  #applyOutcome(findings) {
    const numbers = this.#options.findings.filter(({ states }) => states.includes("number"));
    const told = numbers.reduce((left, { key }) => withFinding(left, key, undefined), findings);
    this.#enter({ ...this.case, ...told });
    this.#answer.scrollIntoView();
    this.#panels.focus();
  }

  #explain(disease) {
    this.#panels.why.choose(disease);
    this.#reexplain();
  }

  /** Another pair, of the same case; null where that has changed meanwhile. */
  #reexplain() {
    const whileNew = this.#asking.whileNew();
    const answer = this.#backend.one(this.case, { ...this.how, assume: "" }, "explain", this.#panels.why.pair);
    return this.#panels.reexplain(answer.then(whileNew((explain) => explain)));
  }

  /** From the findings to the answer, or back. */
  #jump() {
    const seen = this.#answer.getBoundingClientRect().top < innerHeight / 2;
    if (seen) this.focusSearch();
    else this.focusAnswer();
  }
}

/** Whether an answer allows for several diseases at once. */
function coexisting(posterior) {
  return posterior.number_present !== undefined;
}
