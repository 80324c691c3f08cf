// Why: each finding's weight of evidence for one disease against another, and the papers behind it.

import { bar, fill, h } from "./dom.js";
import { addresses, factor, figure, odds, percent, said, sentence, stateName } from "./words.js";

/** Below this many bans, what findings say only together is not shown as a step. */
const NEGLIGIBLE_BANS = 0.005;

/** A waterfall in `root`. `vocabulary` has the labels of findings and diseases; `changed()` is called
 * where another pair of diseases is chosen. */
export class Why {
  #labels;
  #disease;
  #against;
  #body = h("div", {});
  #open = new Set();

  constructor(root, labels, changed) {
    this.#labels = labels;
    this.#disease = choice(labels.diseases, "the leading diagnosis", "Explain", changed);
    this.#against = choice(labels.diseases, "the runner-up", "Against", changed);
    fill(root,
      h("p", { class: "ng-pair" }, "Why ", this.#disease, " rather than ", this.#against, "?"), this.#body);
  }

  /** The pair that is asked for, "" where the answer chooses. */
  get pair() {
    const [disease, against] = [this.#disease.value, this.#against.value];
    return [disease, against === disease ? "" : against];
  }

  /** Explain this disease from now on. */
  choose(disease) {
    this.#disease.value = disease;
    if (this.#against.value === disease) this.#against.value = "";
  }

  show(why) {
    name(this.#disease, `${this.#labels.diseases[why.disease]} (leading)`);
    name(this.#against, `${this.#labels.diseases[why.against]} (runner-up)`);
    const path = steps(why);
    const scale = span(path);
    fill(this.#body,
      why.weights.length === 0 && h("p", { class: "ng-quiet" }, "No finding has been entered yet; only the prior speaks."),
      h("div", { class: "ng-waterfall" },
        ...path.map((step) => this.#step(step, why, scale)),
        total(why, this.#labels.diseases, scale)),
      this.#basis(why),
      sourceList(why.sources));
  }

  #basis(why) {
    const parts = Object.entries(why.basis_share).filter(([, share]) => share > 0);
    if (parts.length === 0) return null;
    const listed = parts.map(([basis, share]) => `${percent(share)} ${basis}`);
    return h("p", { class: "ng-quiet" }, `This weight rests on published figures: ${listed.join(", ")}.`);
  }

  #step(step, why, scale) {
    const cells = [
      h("span", { class: "ng-step" }, this.#stepName(step)),
      drawn(step.start, step.end, scale),
      h("span", { class: "ng-number", title: `${step.bans.toFixed(2)} bans` }, factor(step.bans)),
    ];
    if (!step.weight) return h("div", { class: "ng-row" }, ...cells);
    const { finding } = step.weight;
    const element = h("details", {
      class: "ng-row-more", open: this.#open.has(finding), "data-finding": finding,
      ontoggle: () => (element.open ? this.#open.add(finding) : this.#open.delete(finding)),
    }, h("summary", { class: "ng-row" }, ...cells), this.#evidence(step.weight, why));
    return element;
  }

  #stepName({ name, weight }) {
    if (!weight) return name;
    return [this.#labels.findings[weight.finding], ": ", h("em", {}, said(weight.state))];
  }

  #evidence(weight, why) {
    return h("div", { class: "ng-evidence" },
      ...[why.disease, why.against].map((disease) => this.#cell(weight, disease, why)),
      h("p", { class: "ng-quiet" }, `Against all other diagnoses together: ${factor(weight.against_rest)}`));
  }

  #cell(weight, disease, why) {
    const rows = weight.rows.filter((row) => row.disease === disease);
    const expected = 10 ** why.likelihoods[weight.finding][disease];
    return [
      h("h3", {}, this.#labels.diseases[disease], ": ",
        h("span", { class: "ng-soft" }, `this reading has probability ${percent(expected)} (${weight.basis[disease]})`)),
      rows.length === 0
        ? h("p", { class: "ng-quiet" }, "No row speaks of it; its rate is the background’s.")
        : h("ul", { class: "ng-rows" }, ...rows.map((row) => statement(row, why.sources))),
    ];
  }
}

/** One row of the knowledge base with its paper. */
function statement(row, sources) {
  const source = sources.find(({ key }) => key === row.source);
  return h("li", {},
    h("strong", {}, [row.state && `${stateName(row.state)} `, figure(row)]), ". ",
    ...[row.locator, row.note].filter(Boolean).map((text) => `${sentence(text)} `),
    source && citation(source),
    h("code", {}, `${row.file}:${row.line}`));
}

function citation(source) {
  return h("cite", {}, source.citation, " ", ...addresses(source).map(([text, address]) =>
    [h("a", { href: address, target: "_blank", rel: "noreferrer" }, text), " "]));
}

function sourceList(sources) {
  if (sources.length === 0) return null;
  return h("details", { class: "ng-sources" }, h("summary", {}, `Sources (${sources.length})`),
    h("ol", {}, ...sources.map((source) => h("li", {}, citation(source)))));
}

/** The prior, each finding in order of its weight, and what findings say only together. */
function steps(why) {
  const moves = [{ name: "Before any finding", bans: why.prior_bans }];
  for (const weight of why.weights) moves.push({ name: weight.finding, bans: weight.bans, weight });
  if (Math.abs(why.shared_bans) >= NEGLIGIBLE_BANS) {
    moves.push({ name: "Findings taken together", bans: why.shared_bans });
  }
  let reached = 0;
  return moves.map((move) => {
    const start = reached;
    reached += move.bans;
    return { ...move, start, end: reached };
  });
}

function span(path) {
  const reached = [0, ...path.map((step) => step.end)];
  const [low, high] = [Math.min(...reached), Math.max(...reached)];
  return high > low ? [low, high] : [low - 1, low + 1];
}

function drawn(start, end, [low, high]) {
  const share = (bans) => (bans - low) / (high - low);
  const zero = bar(share(0), share(0), "ng-zero");
  const kind = end >= start ? "ng-for" : "ng-against";
  return h("span", { class: "ng-track" }, zero, bar(share(Math.min(start, end)), share(Math.max(start, end)), kind));
}

function total(why, diseases, scale) {
  return h("div", { class: "ng-row ng-total" },
    h("span", { class: "ng-step" }, "Odds now, ", diseases[why.disease], " to ", diseases[why.against]),
    drawn(0, why.total_bans, scale),
    h("span", { class: "ng-number" }, odds(why.total_bans)));
}

function choice(labels, automatic, label, changed) {
  const options = Object.entries(labels).map(([value, text]) => h("option", { value }, text));
  return h("select", { "aria-label": label, onchange: changed }, h("option", { value: "" }, automatic), ...options);
}

function name(select, text) {
  fill(select.options[0], text);
}
