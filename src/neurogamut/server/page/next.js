// What next: tests ranked, what each would tell and take, and where each of its outcomes leads.

import { bar, fill, h, hidden } from "./dom.js";
import { percent, plain, points, sentence, stateName } from "./words.js";

const TESTS_SHOWN = 8;
/** A battery's outcome is told by what it shows; so many of its findings are named. */
const NAMED = 5;
const NEGATIVE = new Set(["absent", "none", "not_diagnostic", "competent"]);

/** Tests in `root`. `enter(label, keys)` opens the findings of a test, `apply(findings)` enters an
 * outcome. */
export class Next {
  #body;
  #labels;
  #enter;
  #apply;
  #open = new Set();
  #all = false;

  constructor(root, labels, { enter, apply }) {
    this.#body = root;
    this.#labels = labels;
    this.#enter = enter;
    this.#apply = apply;
  }

  show(answer) {
    const most = Math.max(...answer.tests.map((test) => test.information_gain_bits), 1e-9);
    const shown = this.#all ? answer.tests : answer.tests.slice(0, TESTS_SHOWN);
    const more = answer.tests.length > TESTS_SHOWN && h("button", {
      type: "button", class: "ng-button ng-more", "aria-expanded": this.#all,
      onclick: () => this.#toggle(answer),
    }, this.#all ? `The first ${TESTS_SHOWN} only` : `All ${answer.tests.length} tests`);
    fill(this.#body, this.#stop(answer.stop), heads(), ...shown.map((test) => this.#test(test, most, answer)),
      shown.some((test) => !test.exact) && h("p", { class: "ng-quiet" }, "* estimated from samples of its outcomes"), more);
  }

  #toggle(answer) {
    this.#all = !this.#all;
    this.show(answer);
    this.#body.querySelector(".ng-more").focus();
  }

  #stop(stop) {
    const reason = this.#named(stop.reason);
    return h("div", { class: "ng-stop" },
      h("p", {}, h("strong", {}, stop.recommended ? "Testing can stop. " : "Another test is worth it. "), sentence(reason)),
      h("p", { class: "ng-quiet" },
        `After all remaining tests ${this.#labels.diseases[stop.leading]} would still lead with probability `,
        `${percent(stop.same_diagnosis)}, and the best action (${stateName(stop.best_action)}) be the same with ${percent(stop.same_action)}.`));
  }

  /** A reason with tests' labels in the place of their keys. */
  #named(reason) {
    return reason.replace(/\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b/g, (key) => this.#labels.tests[key] ?? stateName(key));
  }

  #test(test, most, answer) {
    const seen = this.#labels.entered(test.test, answer.evidence);
    const name = h("span", { class: "ng-test" }, test.label, seen > 0 && h("small", {}, `rest of it; ${seen} of its findings entered`));
    const element = h("details", {
      class: "ng-row-more", "data-test": test.test, open: this.#open.has(test.test),
      ontoggle: () => (element.open ? this.#open.add(test.test) : this.#open.delete(test.test)),
    }, h("summary", { class: "ng-row ng-test-row" }, name, ...numbers(test, most)), this.#details(test, answer));
    return element;
  }

  #details(test, answer) {
    const keys = Object.keys(test.findings);
    return h("div", { class: "ng-evidence" },
      test.requires.length > 0 && h("p", {}, `Needs first, and includes the price of: ${this.#names(test.requires, "tests")}.`),
      h("p", {}, "Tells apart: ", this.#separated(test)),
      h("p", {}, h("button", { type: "button", class: "ng-button ng-primary", onclick: () => this.#enter(test.label, keys) }, "Enter its result")),
      h("h3", {}, test.outcomes.length < 3 ? "After each outcome" : "After its most probable outcomes"),
      h("ul", { class: "ng-outcomes" }, ...test.outcomes.map((outcome) => this.#outcome(outcome))),
      !test.exact && h("p", { class: "ng-quiet" },
        `Estimated from samples; standard error ${plain(test.standard_error)} bits, seed ${answer.seed}.`));
  }

  #separated(test) {
    return test.separates.map(({ diseases, bits }) => `${this.#names(diseases, "diseases", " from ")} (${bits.toFixed(2)} bits)`).join("; ");
  }

  #names(keys, kind, joint = ", ") {
    return keys.map((key) => this.#labels[kind][key] ?? stateName(key)).join(joint);
  }

  #outcome({ findings, probability, posterior }) {
    const after = Object.entries(posterior).map(([disease, p]) => `${this.#labels.diseases[disease]} ${percent(p)}`);
    return h("li", {},
      h("span", { class: "ng-number" }, percent(probability)),
      h("span", {}, h("strong", {}, this.#shows(findings)), h("br"), after.join(", ")),
      h("button", { type: "button", class: "ng-button", "aria-label": `Enter: ${this.#shows(findings)}`, onclick: () => this.#apply(findings) },
        "Enter"));
  }

  /** What an outcome shows; what it does not is only counted. */
  #shows(findings) {
    const all = Object.entries(findings);
    const positive = all.filter(([, state]) => !NEGATIVE.has(state));
    if (all.length === 1) return all.map(([finding, state]) => `${this.#labels.findings[finding]}: ${stateName(state)}`).join();
    if (positive.length === 0) return `none of its ${all.length} findings`;
    const named = positive.slice(0, NAMED).map(([finding, state]) => this.#labels.findings[finding] + (state === "present" ? "" : ` (${stateName(state)})`));
    const left = positive.length - named.length;
    return named.join("; ") + (left ? `; ${left} more` : "") + `; no other of ${all.length}`;
  }
}

const COLUMNS = ["Bits", "Cost", "Harm", "Days", "Worth"];
const TITLES = [
  "Expected bits of information about the diagnosis",
  "Relative cost; 1 is a blood test",
  "Probability of serious harm",
  "Days until the result",
  "Expected gain in utility of acting after the test, minus its cost, harm and delay, in hundredths",
];

function heads() {
  return h("div", { class: "ng-row ng-test-row ng-heads", "aria-hidden": "true" }, h("span", {}, "Test"), h("span", {}),
    ...COLUMNS.map((column, i) => h("span", { class: "ng-number", title: TITLES[i] }, column)));
}

function numbers(test, most) {
  const values = [
    test.information_gain_bits.toFixed(2) + (test.exact ? "" : "*"),
    plain(test.cost),
    percent(test.harm),
    plain(test.days),
    points(test.net_utility),
  ];
  return [
    h("span", { class: "ng-track" }, bar(0, test.information_gain_bits / most, "ng-for")),
    ...values.map((value, i) => h("span", { class: "ng-number", "data-head": COLUMNS[i] }, hidden(`${TITLES[i]}: `), value)),
  ];
}
