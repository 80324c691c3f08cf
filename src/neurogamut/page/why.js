// Why: each finding's weight of evidence for one disease against another, and the papers behind it.

import { bar, fill, h } from "./dom.js";
import { sourceList, statement } from "./sources.js";
import { factor, named, odds, percent, said } from "./words.js";

/** Below this many bans, what findings say only together is not shown as a step. */
const NEGLIGIBLE_BANS = 0.005;
/** Reasons that are told in words, on each side. */
const REASONS = 4;
/** What each basis means to one who reads it for the first time. */
const BASES = {
  reported: "figures that were reported",
  worded: "words of papers",
  expert: "our judgement",
  background: "rates in other patients, as nobody reported it of this disease",
};

/** The pair in question, reasons in words and a waterfall, in `root`. `changed()` is called where another
 * pair of diseases is chosen. */
export class Why {
  #labels;
  #disease;
  #against;
  #body = h("div", {});
  #open = new Set();

  constructor(root, labels, changed) {
    this.#labels = labels;
    this.#disease = choice(labels.diseases, "the leading diagnosis", "Explain", changed);
    this.#against = choice(labels.diseases, "the next that has a name", "Against", changed);
    fill(root,
      h("p", { class: "ng-pair" }, "Why ", this.#disease, " rather than ", this.#against, "?"), this.#body);
  }

  /** The pair that is asked for, "" where the answer chooses. */
  get pair() {
    const [disease, against] = [this.#disease.value, this.#against.value];
    return { disease, against: against === disease ? "" : against };
  }

  /** Explain this disease from now on. */
  choose(disease) {
    this.#disease.value = disease;
    if (this.#against.value === disease) this.#against.value = "";
  }

  /** Leave the choice to the answer again. */
  reset() {
    this.#disease.value = this.#against.value = "";
  }

  show(why) {
    this.#name(this.#disease, why.disease, "leading", why.against);
    this.#name(this.#against, why.against, "next named", why.disease);
    const path = steps(why);
    const scale = span(path);
    fill(this.#body,
      h("div", { class: "ng-reasons" },
        this.#reasons(`For ${named(this.#labels.diseases, why.disease)}`, why.weights.filter(({ bans }) => bans > NEGLIGIBLE_BANS)),
        this.#reasons(`For ${named(this.#labels.diseases, why.against)}`, why.weights.filter(({ bans }) => bans < -NEGLIGIBLE_BANS))),
      h("p", { class: "ng-key ng-quiet", "aria-hidden": "true" },
        h("span", { class: "ng-swatch ng-for" }), ` speaks for ${named(this.#labels.diseases, why.disease)} `,
        h("span", { class: "ng-swatch ng-against" }), ` for ${named(this.#labels.diseases, why.against)}. The line: even odds; each bar begins where the last ended.`),
      h("div", { class: "ng-waterfall" },
        ...path.map((step) => this.#step(step, why, scale)),
        total(why, this.#labels.diseases, scale)),
      this.#basis(why),
      sourceList(why.sources));
  }

  /** The choice that was made for the reader names what it chose; a disease is not weighed against itself. */
  #name(select, disease, role, other) {
    fill(select.options[0], `${named(this.#labels.diseases, disease)} (${role})`);
    for (const option of select.options) option.disabled = option.value !== "" && option.value === other;
  }

  /** The heaviest findings on one side, in words. */
  #reasons(title, weights) {
    const shown = weights.slice(0, REASONS);
    return h("div", {}, h("h3", {}, title), shown.length === 0
      ? h("p", { class: "ng-quiet" }, "no finding")
      : h("ul", {}, ...shown.map((weight) => h("li", {},
        this.#finding(weight), h("span", { class: "ng-soft" }, ` ${strength(weight.bans)} (${factor(Math.abs(weight.bans))})`)))));
  }

  #finding(weight) {
    return [named(this.#labels.findings, weight.finding), ": ", h("em", {}, said(weight.state))];
  }

  #basis(why) {
    const parts = Object.entries(why.basis_share).filter(([, share]) => share >= 0.0005);
    if (parts.length === 0) return null;
    const listed = parts.map(([basis, share]) => `${percent(share)} ${basis} (${BASES[basis] ?? basis})`);
    return h("p", { class: "ng-quiet" }, `The weight rests on: ${listed.join(", ")}.`);
  }

  #step(step, why, scale) {
    const cells = [
      h("span", { class: "ng-step" }, step.weight ? this.#finding(step.weight) : step.name),
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

  #evidence(weight, why) {
    return h("div", { class: "ng-evidence" },
      ...[why.disease, why.against].map((disease) => this.#cell(weight, disease, why)),
      h("p", { class: "ng-quiet" }, `Against all other diagnoses together: ${factor(weight.against_rest)}`));
  }

  #cell(weight, disease, why) {
    const rows = weight.rows.filter((row) => row.disease === disease);
    const expected = 10 ** why.likelihoods[weight.finding][disease];
    const basis = weight.basis[disease];
    return [
      h("h3", {}, named(this.#labels.diseases, disease), ": ",
        h("span", { class: "ng-soft" }, `this reading has probability ${percent(expected)} (${basis})`)),
      rows.length === 0
        ? h("p", { class: "ng-quiet" }, `Nobody reported it of this disease: it rests on ${BASES[basis] ?? basis}.`)
        : h("ul", { class: "ng-rows" }, ...rows.map((row) => statement(row, why.sources))),
    ];
  }
}

/** How much a weight says, in words (Jeffreys, Theory of Probability, 1961: half a ban and one ban). */
export function strength(bans) {
  const size = Math.abs(bans);
  return size >= 1 ? "speaks strongly" : size >= 0.5 ? "speaks clearly" : "speaks a little";
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
    h("span", { class: "ng-step" }, "Odds now, ", named(diseases, why.disease), " to ", named(diseases, why.against)),
    drawn(0, why.total_bans, scale),
    h("span", { class: "ng-number" }, odds(why.total_bans)));
}

function choice(labels, automatic, label, changed) {
  const options = Object.entries(labels).map(([value, text]) => h("option", { value }, text));
  return h("select", { "aria-label": label, onchange: changed }, h("option", { value: "" }, automatic), ...options);
}
