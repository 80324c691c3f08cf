// What next: tests ranked, what each would tell and take, and where each of its outcomes leads.

import { bar, fill, h, hidden } from "./dom.js";
import { OF_TESTS } from "./testing.js";
import { named, percent, plain, sentence, stateName } from "./words.js";

const TESTS_SHOWN = 8;
/** A battery's outcome is told by what it shows; so many of its findings are named. */
const NAMED = 5;
/** A sampled outcome of more findings than this is not what a patient will show: it is not entered. */
const ENTERED = 10;
const NEGATIVE = new Set(["absent", "none", "not_diagnostic", "competent"]);
const ORDERS = {
  worth: ["worth", (test) => -test.worth_days],
  bits: ["information", (test) => -test.information_gain_bits],
  cost: ["cost", (test) => test.cost],
  days: ["delay", (test) => test.days],
};

/** Tests in `root`. `enter(label, keys)` opens the findings of a test, `apply(findings)` enters an
 * outcome, `say(member, test)` what is said of a test (testing.js); `below` stands beneath the list. */
export class Next {
  #body = h("div", {});
  #labels;
  #does;
  #open = new Set();
  #all = false;
  #answer;
  #order;

  constructor(root, labels, does, below) {
    this.#labels = labels;
    this.#does = does;
    this.#order = h("select", { "aria-label": "Order tests by", onchange: () => this.#draw() },
      ...Object.entries(ORDERS).map(([value, [text]]) => h("option", { value }, text)));
    fill(root, this.#body, below);
  }

  show(answer) {
    this.#answer = answer;
    this.#draw();
  }

  #draw() {
    const answer = this.#answer;
    const most = Math.max(...answer.tests.map((test) => test.information_gain_bits), 1e-9);
    const [, rank] = ORDERS[this.#order.value];
    const sorted = this.#order.value === "worth" ? answer.tests : answer.tests.toSorted((a, b) => rank(a) - rank(b));
    const shown = this.#all ? sorted : sorted.slice(0, TESTS_SHOWN);
    fill(this.#body, this.#stop(answer.stop),
      h("p", { class: "ng-quiet" }, h("label", {}, "Order by ", this.#order), " · ", LEGEND),
      heads(), ...shown.map((test) => this.#test(test, most, answer)),
      shown.some((test) => !test.exact) && h("p", { class: "ng-quiet" }, "* estimated from samples of its outcomes"), this.#more(sorted));
  }

  #more({ length }) {
    return length > TESTS_SHOWN && h("button", {
      type: "button", class: "ng-button ng-more", "aria-expanded": this.#all,
      onclick: () => this.#toggle(),
    }, this.#all ? `The first ${TESTS_SHOWN} only` : `All ${length} tests`);
  }

  #toggle() {
    this.#all = !this.#all;
    this.#draw();
    this.#body.querySelector(".ng-more").focus();
  }

  #stop(stop) {
    const reason = this.#named(stop.reason);
    return h("div", { class: "ng-stop" },
      h("p", {}, h("strong", {}, stop.recommended ? "Testing can stop. " : "Another test is worth it. "), sentence(reason)),
      h("p", { class: "ng-quiet" },
        `After all remaining tests ${named(this.#labels.diseases, stop.leading)} would still lead with probability `,
        `${percent(stop.same_diagnosis)}, and the best action (${stateName(stop.best_action)}) be the same with ${percent(stop.same_action)}. `,
        this.#actions(stop)));
  }

  /** What the best actions are thought to be worth, and where that is from. */
  #actions({ actions, leading }) {
    const told = actions.slice(0, 2).map(({ action, expected, utility, source, locator }) =>
      `${stateName(action)} ${expected.toFixed(2)} of 1 as things are, ${utility.toFixed(2)} in ${named(this.#labels.diseases, leading)} (${source === "expert" ? "our judgement" : [source, locator].filter(Boolean).join(", ")})`);
    return told.length > 0 && `How good each is: ${told.join("; ")}.`;
  }

  /** A reason with tests' labels in the place of their keys. */
  #named(reason) {
    return reason.replace(/\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b/g, (key) => named(this.#labels.tests, key));
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
      h("p", {}, h("button", { type: "button", class: "ng-button ng-primary", onclick: () => this.#does.enter(test.label, keys) }, "Enter its result"), ...this.#answers(test)),
      test.together.length > 0 && h("p", {}, `With the same sample: ${this.#names(test.together, "tests")}.`),
      h("h3", {}, test.exact ? "After each outcome" : `Some of the many outcomes, as sampled`),
      h("ul", { class: "ng-outcomes" }, ...test.outcomes.map((outcome) => this.#outcome(outcome, keys.length))),
      !test.exact && h("p", { class: "ng-quiet" },
        `Estimated from samples; standard error ${plain(test.standard_error)} bits, seed ${answer.seed}.`));
  }

  /** What may be said of a test instead of its result. */
  #answers({ test }) {
    return Object.entries(OF_TESTS).flatMap(([member, label]) => [" ", h("button", { type: "button", class: "ng-button", onclick: () => this.#does.say(member, test) }, label)]);
  }

  #separated(test) {
    return test.separates.map(({ diseases, bits }) => `${this.#names(diseases, "diseases", " from ")} (${bits.toFixed(2)} bits)`).join("; ");
  }

  #names(keys, kind, joint = ", ") {
    return keys.map((key) => named(this.#labels[kind], key)).join(joint);
  }

  #outcome({ findings, probability, posterior }, count) {
    const after = Object.entries(posterior).map(([disease, p]) => `${named(this.#labels.diseases, disease)} ${percent(p)}`);
    return h("li", {},
      h("span", { class: "ng-number" }, percent(probability)),
      h("span", {}, h("strong", {}, this.#shows(findings)), h("br"), after.join(", ")),
      count <= ENTERED && h("button", { type: "button", class: "ng-button", "aria-label": `Enter: ${this.#shows(findings)}`, onclick: () => this.#does.apply(findings) },
        "Enter"));
  }

  /** What an outcome shows; what it does not is only counted. */
  #shows(findings) {
    const all = Object.entries(findings);
    const positive = all.filter(([, state]) => !NEGATIVE.has(state));
    if (all.length === 1) return all.map(([finding, state]) => `${named(this.#labels.findings, finding)}: ${stateName(state)}`).join();
    if (positive.length === 0) return `none of its ${all.length} findings`;
    const told = positive.slice(0, NAMED).map(([finding, state]) => named(this.#labels.findings, finding) + (state === "present" ? "" : ` (${stateName(state)})`));
    const left = positive.length - told.length;
    return told.join("; ") + (left ? `; ${left} more` : "") + `; no other of ${all.length}`;
  }
}

const LEGEND = "Bar and bits: what the test is expected to tell of the diagnosis. Cost: 1 is a blood test (about 30 euro). Harm: probability of serious harm. Worth: days in full health that acting after the test adds, on average, less what its cost, harm and delay take.";
const COLUMNS = ["Bits", "Cost", "Harm", "Days", "Worth"];
const TITLES = [
  "Expected bits of information about the diagnosis",
  "Relative cost; 1 is a blood test",
  "Probability of serious harm",
  "Days until the result",
  "Days in full health that acting after the test adds, less what its cost, harm and delay take",
];

/** Days with their sign; what is next to nothing reads as 0. */
function days(worth) {
  const shown = Math.abs(worth) < 9.95 ? Math.abs(worth).toFixed(1) : Math.round(Math.abs(worth));
  return Number(shown) === 0 ? "0" : `${worth < 0 ? "\u2212" : "+"}${shown}`;
}

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
    days(test.worth_days),
  ];
  return [
    h("span", { class: "ng-track" }, bar(0, test.information_gain_bits / most, "ng-for")),
    ...values.map((value, i) => h("span", { class: "ng-number", "data-head": COLUMNS[i] }, hidden(`${TITLES[i]}: `), value)),
  ];
}
