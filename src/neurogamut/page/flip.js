// How sure: what would flip it. A finding misread, or a published figure that is not what was printed.

import { bar, fill, h, place } from "./dom.js";
import { citation } from "./sources.js";
import { condition, named, percent, stateName } from "./words.js";

const FLIPS_SHOWN = 8;

/** What the answer hangs on, in `root`. */
export class Flip {
  #root;
  #labels;
  #sources;

  /** `sources()` is a promise of all papers. */
  constructor(root, labels, sources) {
    this.#root = root;
    this.#labels = labels;
    this.#sources = sources;
  }

  show({ readings, tornado, uncertainty }) {
    const leading = named(this.#labels.diseases, tornado.leading);
    fill(this.#root,
      this.#stability(uncertainty, leading),
      h("h3", {}, "If one finding had been read differently"),
      this.#readings(readings, leading),
      h("h3", {}, "If one published figure were different"),
      this.#figures(tornado, leading));
    this.#cite();
  }

  /** Papers in the place of their keys, once they are there. */
  async #cite() {
    const papers = Object.fromEntries((await this.#sources()).map((source) => [source.key, source]));
    for (const place of this.#root.querySelectorAll("[data-source]")) {
      const source = papers[place.dataset.source];
      if (source) fill(place, citation(source));
    }
  }

  #stability(uncertainty, leading) {
    const entry = uncertainty.diseases.find(({ disease }) => named(this.#labels.diseases, disease) === leading);
    return h("p", {}, h("strong", {}, leading), ` comes first in ${percent(entry.first)}, and among the first three in `,
      `${percent(entry.top3)}, of ${uncertainty.draws} draws of all published figures within their intervals.`);
  }

  #readings({ readings }, leading) {
    const flips = readings.filter((reading) => reading.flips);
    if (flips.length === 0) return h("p", { class: "ng-quiet" }, `None would: ${leading} stays first whichever of them is left out or misread.`);
    return h("ul", { class: "ng-flips" }, ...flips.slice(0, FLIPS_SHOWN).map((reading) => h("li", {},
      h("span", {}, this.#changes(reading.changes)),
      h("span", {}, h("strong", {}, named(this.#labels.diseases, reading.leading)),
        ` ${percent(reading.leading_posterior)}, ${leading} ${percent(reading.target_posterior)}`))));
  }

  #changes(changes) {
    return Object.entries(changes).map(([finding, state]) =>
      [`${named(this.#labels.findings, finding)} `, h("em", {}, state === "unknown" ? "not assessed" : bandName(state))]);
  }

  #figures({ figures, posterior }, leading) {
    const flips = figures.filter((figure) => figure.flips);
    const shown = (flips.length ? flips : figures).slice(0, FLIPS_SHOWN);
    return [
      flips.length === 0 && h("p", { class: "ng-quiet" }, `None would within its 95\u202f% interval. Those that move ${leading} most:`),
      h("ul", { class: "ng-figures" }, ...shown.map((figure) => h("li", {}, this.#sentence(figure, leading), swing(figure, posterior)))),
    ];
  }

  #sentence(figure, leading) {
    const { below, above, value, lower, upper, sources } = figure;
    const limits = [below != null && (below < 0.0005 ? "almost zero" : `below ${precise(below)}`), above != null && `above ${precise(above)}`].filter(Boolean);
    const now = `Now ${precise(value)} (${percent(lower)} to ${percent(upper)})`;
    const from = sources.length ? h("span", { class: "ng-from" }, "; from ", ...sources.flatMap((key, i) => [i > 0 && "; ", h("span", { "data-source": key }, key)])) : null;
    const unless = limits.length ? [`${leading} stays first unless `, this.#what(figure), ` is ${limits.join(" or ")}. `] : [this.#what(figure), ". "];
    return h("p", {}, ...unless, h("span", { class: "ng-soft" }, now, from, "."));
  }

  #what({ finding, state, disease, condition: given }) {
    const where = named(this.#labels.diseases, disease);
    if (finding === "diagnosis") return h("em", {}, `the prior of ${where}`);
    const shown = state === "present" ? "" : ` (${bandName(state)})`;
    const when = given ? ` if ${condition(given)}` : "";
    return h("em", {}, `${named(this.#labels.findings, finding)}${shown} in ${where}${when}`);
  }
}

/** Three digits, so that a limit and the figure beside it differ to the eye. */
function precise(probability) {
  return probability < 0.0005 ? percent(probability) : `${Number((100 * probability).toPrecision(3))}\u202f%`;
}

/** An age band as years, any other state as people read it. */
function bandName(state) {
  const [, from, to] = /^from_(\d+)(?:_to_(\d+))?$/.exec(state) ?? [];
  if (from === undefined) return stateName(state);
  return to === undefined ? `${from} years or older` : `${from} to ${to} years`;
}

/** The range of the leading diagnosis while a figure runs over its interval. */
function swing({ low, high }, posterior) {
  const now = h("span", { class: "ng-ghost" });
  place(now, posterior, posterior);
  return h("span", { class: "ng-swing" },
    h("span", { class: "ng-number" }, percent(low)),
    h("span", { class: "ng-track" }, bar(low, high, "ng-for"), now),
    h("span", { class: "ng-number" }, percent(high)));
}
