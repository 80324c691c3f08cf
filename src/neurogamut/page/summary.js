// The case as it stands: what was entered, what cannot hold together, and the way back.

import { fill, h, unique } from "./dom.js";
import { contradictions } from "./sense.js";
import { OF_TESTS, RESULTS, begun, testsOf, withTest } from "./testing.js";
import { named, said } from "./words.js";

const empty = (scope) => `Nothing has been entered: these are the frequencies before any finding${scope && `, in patients ${scope}`}. Whatever is not entered counts as not assessed, never as absent.`;

/** In `element`; `known` has the labels, `findings`, what `follows` from which, and the `scope`; `does` has
 * enter(case), takeOut(finding), undo(), redo() and clear(). */
export class Summary {
  #labels;
  #known;
  #does;
  #case = {};
  #body = h("div", { class: "ng-case" });
  #done = h("p", { class: "ng-done" });
  #wrong = h("div", { class: "ng-contradictions", role: "alert" });
  #undo;
  #redo;
  #clear;
  element;

  constructor(labels, known, does) {
    this.#labels = labels;
    this.#known = known;
    this.#does = does;
    this.#undo = button("Undo", "Ctrl+Z", does.undo);
    this.#redo = button("Redo", "Ctrl+Shift+Z", does.redo);
    this.#clear = button("Start over", "Take everything out; Undo brings it back", does.clear);
    this.element = h("div", {}, h("div", { class: "ng-case-head" }, h("h2", {}, "The case"),
      h("div", {}, this.#undo, this.#redo, this.#clear)), this.#body, this.#done, this.#wrong);
  }

  show(found, { canUndo, canRedo }) {
    this.#case = found;
    allow(this.#undo, canUndo);
    allow(this.#redo, canRedo);
    const entries = Object.entries(found);
    this.#clear.hidden = entries.length === 0;
    fill(this.#body, entries.length
      ? h("ul", { class: "ng-chips" }, ...this.#said(found).map((one, place) => this.#chip(one, place)))
      : h("p", { class: "ng-quiet" }, empty(this.#known.scope)));
    this.#offerDone(found);
    fill(this.#wrong, ...contradictions(found, this.#known.follows).map((pair) => this.#contradiction(pair)));
  }

  /** What a case says, piece by piece, each with how it is taken out. */
  #said(found) {
    const findings = Object.entries(found).filter(([key]) => key !== RESULTS && !(key in OF_TESTS)).map(([key, value]) =>
      ({ label: named(this.#labels.findings, key), words: said(value), out: () => this.#does.takeOut(key) }));
    const tests = Object.entries(OF_TESTS).flatMap(([member, words]) => testsOf(found, member).map((test) =>
      ({ label: named(this.#labels.tests, test), words: words.toLowerCase(), out: () => this.#does.enter(withTest(this.#case, null, test)) })));
    return [...findings, ...tests];
  }

  #chip({ label, words, out }, place) {
    return h("li", {}, h("button", {
      type: "button", title: "Take out", "aria-label": `Take out ${label}: ${words}`,
      onclick: () => this.#takeOut(out, place),
    }, h("span", {}, `${label}: `, h("strong", {}, words)), h("span", { class: "ng-x", "aria-hidden": "true" }, "×")));
  }

  /** One click for a test of which something was entered: it showed nothing else. */
  #offerDone(found) {
    const tests = begun(found, this.#known.findings);
    fill(this.#done, tests.length > 0 && ["Nothing else found: ", ...tests.map((test) => h("button", {
      type: "button", class: "ng-button", title: "The rest of what this test shows counts as not there, as a report that does not mention it",
      onclick: () => this.#does.enter(withTest(this.#case, "tests_done", test)),
    }, named(this.#labels.tests, test)))]);
  }

  /** Take something out; the keyboard stays where its chip was. */
  #takeOut(out, place) {
    out();
    const left = this.#body.querySelectorAll("li button");
    (left[place] ?? left[place - 1] ?? this.#undo).focus();
  }

  #contradiction([part, whole]) {
    const [one, other] = [part, whole].map((key) => named(this.#labels.findings, key));
    return h("div", { class: "ng-warning ng-loud" },
      h("p", {}, `${one} is present, and ${other} absent: the first cannot be without the second.`),
      h("p", {}, ...[[part, one], [whole, other]].map(([key, label]) => h("button", {
        type: "button", class: "ng-button", onclick: () => this.#does.takeOut(key),
      }, `Take out ${label}`))));
  }
}

/** A button that says why it does nothing rather than losing the keyboard. */
function button(label, title, does) {
  return h("button", { type: "button", class: "ng-button", title, id: unique("step"), onclick: (event) => {
    if (event.currentTarget.getAttribute("aria-disabled") !== "true") does();
  } }, label);
}

function allow(made, yes) {
  made.setAttribute("aria-disabled", !yes);
}
