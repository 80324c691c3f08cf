// The explorer: findings on one side, what they mean on the other. The page and the notebook share it.

import { withFinding } from "./case.js";
import { Differential } from "./differential.js";
import { fill, h, unique } from "./dom.js";
import { Flip } from "./flip.js";
import { Next } from "./next.js";
import { Picker } from "./picker.js";
import { Together } from "./together.js";
import { Why } from "./why.js";
import { percent, said } from "./words.js";

/** Milliseconds without a click before the slower questions are put. */
const IDLE = 150;
const LEGENDS = {
  single: "Bar: probability. Line: 95\u202f% credible interval, from the uncertainty of the published figures. Change in percentage points from the last entry.",
  several: "Bar: probability that the disease is present, whatever else is; together they may be more than 100\u202f%. Change in percentage points from the last entry.",
};

/**
 * Build an explorer in `root`.
 *
 * `backend` answers posterior(case), explain(case, disease, against), nextTests(case) and
 * sensitivity(kind, case), each a promise of the document that the command line's --json gives;
 * "" for a disease leaves the choice to the answer. A posterior may be one where diseases coexist.
 * drop(), where there is one, is told that earlier answers are no longer waited for. `options`: `findings`, `diseases` and `tests`
 * are the lists of the knowledge base; `initial` is the first case; `onCase(case)` and
 * `onPosterior(document)` are told of every change.
 *
 * Returns the explorer: `case`, `set(case)`, `refresh()`, `settled` (a promise of the last answer).
 */
export function mount(root, backend, options) {
  return new Explorer(root, backend, options);
}

class Explorer {
  case = {};
  settled = Promise.resolve();
  #backend;
  #options;
  #turn = 0;
  #posterior = null;
  #uncertainty = null;
  #labels;
  #picking;
  #picker;
  #summary = h("div", { class: "ng-case" });
  #differential;
  #why;
  #tabs;
  #together;
  #legend = h("p", { class: "ng-quiet ng-legend" });
  #below = h("button", { type: "button", class: "ng-below", title: "To the answer and back", onclick: () => this.#jump() });
  #answer;

  constructor(root, backend, options) {
    this.#backend = backend;
    this.#options = { initial: {}, onCase() {}, onPosterior() {}, ...options };
    this.#labels = labelsOf(options);
    this.#build(root);
    this.set(this.#options.initial);
  }

  /** Show another case, and ask again. */
  set(found) {
    this.case = found;
    this.#picker.show(found);
    this.#summarise();
    this.#options.onCase(found);
    return this.refresh();
  }

  /** Ask again about the same case. */
  refresh() {
    this.#turn += 1;
    this.#backend.drop?.();
    this.settled = this.#ask(this.#turn);
    return this.settled;
  }

  focusSearch() {
    this.#picker.focusSearch();
  }

  async #ask(turn) {
    this.#answer.setAttribute("aria-busy", "true");
    try {
      const posterior = await this.#backend.posterior(this.case);
      if (turn !== this.#turn) return;
      this.#showPosterior(posterior);
      if (!coexisting(posterior)) await this.#follow(turn);
    } catch (refusal) {
      if (turn === this.#turn) this.#refuse(refusal);
    } finally {
      if (turn === this.#turn) this.#answer.removeAttribute("aria-busy");
    }
  }

  #showPosterior(posterior) {
    this.#answer.classList.remove("ng-stale");
    const several = coexisting(posterior);
    const comparable = this.#posterior && coexisting(this.#posterior) === several;
    this.#differential.show(posterior, comparable ? this.#posterior : null);
    this.#differential.showIntervals(null);
    this.#showQuestions(posterior, several);
    this.#posterior = posterior;
    const [leading, probability] = Object.entries(posterior.posterior)[0];
    fill(this.#below, h("span", {}, this.#labels.diseases[leading]), h("strong", {}, percent(probability)));
    this.#options.onPosterior(posterior);
  }

  /** The further questions are about a single disease; where several may be, which go together. */
  #showQuestions(posterior, several) {
    fill(this.#legend, several ? LEGENDS.several : LEGENDS.single);
    this.#tabs.element.hidden = several;
    this.#together.element.hidden = !several;
    this.#differential.explainable(!several);
    if (!several) return;
    this.#differential.mark(null);
    this.#together.show(posterior);
  }

  /** What takes longer, what is looked at first; dropped where the case changes meanwhile. */
  async #follow(turn) {
    const { panels, open } = this.#tabs;
    this.#uncertainty = null;
    for (const panel of panels) panel.fresh = false;
    if (open.quick) await this.#fillPanel(open, turn);
    await new Promise((resolve) => setTimeout(resolve, IDLE));
    await this.#fillPanel(open, turn);
    if (turn !== this.#turn) return;
    const intervals = await this.#draws();
    if (turn !== this.#turn) return;
    this.#differential.showIntervals(intervals);
    for (const panel of panels) await this.#fillPanel(panel, turn);
  }

  async #fillPanel(panel, turn) {
    if (panel.fresh || turn !== this.#turn) return;
    const answer = await panel.ask();
    if (turn !== this.#turn) return;
    panel.fresh = true;
    panel.show(answer);
  }

  #refuse(refusal) {
    this.#answer.classList.add("ng-stale");
    this.#differential.refuse(refusal.message);
    fill(this.#below, h("span", {}, "No answer"));
  }

  #summarise() {
    const chips = Object.entries(this.case).map(([finding, value], place) => this.#chip(finding, value, place));
    const clear = h("button", { type: "button", class: "ng-button", onclick: () => this.set({}) }, "Start over");
    fill(this.#summary, chips.length
      ? [h("ul", { class: "ng-chips" }, ...chips), clear]
      : h("p", { class: "ng-quiet" }, "Nothing has been entered: these are the frequencies before any finding. Whatever is not entered counts as not assessed, never as absent."));
  }

  #chip(finding, value, place) {
    const label = this.#labels.findings[finding] ?? finding;
    return h("li", {}, h("button", {
      type: "button", title: "Take out", "aria-label": `Take out ${label}: ${said(value)}`,
      onclick: () => this.#takeOut(finding, place),
    }, h("span", {}, `${label}: `, h("strong", {}, said(value))), h("span", { class: "ng-x", "aria-hidden": "true" }, "×")));
  }

  /** Take a finding out; the keyboard stays where its chip was. */
  #takeOut(finding, place) {
    this.set(withFinding(this.case, finding, undefined));
    const left = this.#summary.querySelectorAll("li button");
    (left[place] ?? left[place - 1])?.focus();
  }

  #build(root) {
    this.#picking = h("section", { class: "ng-findings", "aria-label": "Findings" });
    const bars = h("div", {});
    this.#picker = new Picker(this.#picking, this.#options.findings, (found) => this.set(found));
    this.#differential = new Differential(bars, this.#labels.diseases, (disease) => this.#explain(disease));
    this.#together = new Together(this.#labels);
    this.#tabs = new Tabs(this.#panels(), (panel) => this.#opened(panel));
    this.#answer = h("section", { class: "ng-answer", "aria-label": "Answer" },
      h("h2", {}, "The case"), this.#summary, h("h2", {}, "Differential diagnosis"),
      this.#legend, bars, this.#tabs.element, this.#together.element);
    root.classList.add("neurogamut");
    fill(root, h("div", { class: "ng-explorer" }, this.#picking, this.#answer), this.#below);
  }

  #panels() {
    const [why, next, flip] = [h("div", {}), h("div", {}), h("div", {})];
    this.#why = new Why(why, this.#labels, () => this.#reexplain());
    const nextView = new Next(next, this.#labels, {
      enter: (label, keys) => this.#askResult(label, keys),
      apply: (findings) => this.#enter(findings),
    });
    const flipView = new Flip(flip, this.#labels);
    return [
      { title: "Why", quick: true, element: why, ask: () => this.#backend.explain(this.case, ...this.#why.pair), show: (answer) => this.#showWhy(answer) },
      { title: "What next", element: next, ask: () => this.#backend.nextTests(this.case), show: (answer) => nextView.show(answer) },
      { title: "What would flip it", element: flip, ask: () => this.#flipAnswers(), show: (answers) => flipView.show(answers) },
    ];
  }

  /** Show a test's findings, with the differential in sight where there is room for both. */
  #askResult(label, keys) {
    this.#answer.scrollIntoView();
    this.#picker.only(label, keys);
  }

  /** Enter an outcome without its numbers: it has them as bands, a case only as they were measured. */
  #enter(findings) {
    const numbers = this.#options.findings.filter(({ states }) => states.includes("number"));
    const said = numbers.reduce((left, { key }) => withFinding(left, key, undefined), findings);
    this.set({ ...this.case, ...said });
    this.#answer.scrollIntoView();
    this.#tabs.focus();
  }

  async #flipAnswers() {
    const ask = (kind) => this.#backend.sensitivity(kind, this.case);
    const [readings, tornado] = [await ask("findings"), await ask("tornado")];
    return { readings, tornado, uncertainty: await this.#draws() };
  }

  /** Bars and the last panel need the same draws; they are made once a case. */
  #draws() {
    this.#uncertainty ??= this.#backend.sensitivity("uncertainty", this.case);
    return this.#uncertainty;
  }

  #showWhy(answer) {
    this.#why.show(answer);
    this.#differential.mark(answer.disease);
  }

  #explain(disease) {
    this.#why.choose(disease);
    this.#tabs.select(this.#tabs.panels[0]);
    this.#reexplain();
  }

  #reexplain() {
    this.#tabs.panels[0].fresh = false;
    this.#opened(this.#tabs.panels[0]);
  }

  #opened(panel) {
    const turn = this.#turn;
    this.#fillPanel(panel, turn).catch((refusal) => turn === this.#turn && this.#refuse(refusal));
  }

  /** From the findings to the answer, or back. */
  #jump() {
    const seen = this.#answer.getBoundingClientRect().top < innerHeight / 2;
    (seen ? this.#picking : this.#answer).scrollIntoView({ behavior: "smooth" });
  }
}

/** Whether an answer allows for several diseases at once. */
function coexisting(posterior) {
  return posterior.number_present !== undefined;
}

/** Names for people, and how many findings of a test a case has already. */
function labelsOf({ findings, diseases, tests }) {
  const named = (records, key) => Object.fromEntries(records.map((record) => [record[key], record.label]));
  const reveals = Map.groupBy(findings, (finding) => finding.revealed_by);
  return {
    findings: Object.fromEntries(findings.map(({ key, label }) => [key, label.replace(/ \(.*\)$/, "")])),
    diseases: named(diseases, "key"),
    tests: named(tests, "test"),
    entered: (test, evidence) => (reveals.get(test) ?? []).filter(({ key }) => key in evidence).length,
  };
}

/** Tabs over panels, by mouse and by arrow keys. */
class Tabs {
  #buttons;
  #opened;

  constructor(panels, opened) {
    this.panels = panels;
    this.#opened = opened;
    this.#buttons = panels.map((panel, place) => this.#button(panel, place));
    for (const panel of panels) panel.element.setAttribute("role", "tabpanel");
    const list = h("div", { class: "ng-tabs", role: "tablist", "aria-label": "Questions" }, ...this.#buttons);
    this.element = h("div", {}, list, ...panels.map(({ element }) => element));
    this.select(panels[0]);
  }

  select(panel) {
    this.open = panel;
    this.panels.forEach((one, place) => {
      const chosen = one === panel;
      this.#buttons[place].setAttribute("aria-selected", chosen);
      this.#buttons[place].tabIndex = chosen ? 0 : -1;
      one.element.hidden = !chosen;
    });
  }

  focus() {
    this.#buttons[this.panels.indexOf(this.open)].focus({ preventScroll: true });
  }

  #button(panel, place) {
    const id = unique("tab");
    panel.element.setAttribute("aria-labelledby", id);
    panel.element.setAttribute("data-title", panel.title);
    return h("button", {
      type: "button", role: "tab", id,
      onclick: () => this.#show(panel),
      onkeydown: (event) => this.#arrow(event, place),
    }, panel.title);
  }

  #arrow(event, place) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const target = (place + step + this.panels.length) % this.panels.length;
    this.#buttons[target].focus();
    this.#show(this.panels[target]);
  }

  #show(panel) {
    this.select(panel);
    this.#opened(panel);
  }
}
