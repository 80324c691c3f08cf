// A card: what a disease is, what treats it and how soon, its key features, and where to read on.

import { bar, fill, h, place } from "./dom.js";
import { citation, link } from "./sources.js";
import { ontologyAddress, percent, sentence, stateName } from "./words.js";

const SEARCH = "https://radiopaedia.org/search?scope=all&q=";
/** The disease that stands for none of the others has no features. */
const UNLISTED = "other";

/** A dialog in `element`. `ask(disease)` is a promise of its profile, `explain(disease)` asks why. */
export class Card {
  #ask;
  #explain;
  #body = h("div", { class: "ng-card-body" });
  element = h("dialog", { class: "ng-card", "aria-label": "About the disease" }, this.#body);

  constructor(ask, explain) {
    this.#ask = ask;
    this.#explain = explain;
    this.element.addEventListener("click", (event) => { if (event.target === this.element) this.element.close(); });
  }

  async show(disease, label) {
    fill(this.#body, h("h2", {}, label), h("p", { role: "status" }, "One moment …"));
    this.element.showModal();
    try {
      this.#fill(await this.#ask(disease));
    } catch (refusal) {
      fill(this.#body, h("h2", {}, label), h("p", { role: "alert" }, sentence(refusal.message)), this.#close());
    }
  }

  #fill(profile) {
    fill(this.#body,
      h("h2", {}, profile.label),
      profile.names.length > 0 && h("p", { class: "ng-quiet" }, `Also called ${profile.names.join(", ")}.`),
      h("p", {}, profile.about),
      this.#treatment(profile),
      profile.disease !== UNLISTED && this.#features(profile),
      this.#links(profile),
      profile.sources.length > 0 && h("p", { class: "ng-quiet" }, "Treatment and its hurry: ", profile.reason && `${sentence(profile.reason)} `, ...profile.sources.map(citation)),
      h("p", { class: "ng-card-end" }, profile.disease !== UNLISTED && this.#why(profile), this.#close()));
  }

  #treatment({ treatment, within, disease }) {
    if (disease === UNLISTED) return null;
    const hurry = within === "none" || !within ? "" : `; to begin within ${within}`;
    return h("p", {}, h("strong", {}, "Treatment: "), treatment ? `${treatment}${hurry}.` : "none that changes its course.");
  }

  #features({ features }) {
    return h("table", { class: "ng-features" },
      h("caption", {}, "What sets it apart, with rates in it and in all others of the list"),
      h("thead", {}, h("tr", {}, ...["Finding", "", "Here", "Elsewhere", "Rests on"].map((text) => h(text ? "th" : "td", text ? { scope: "col" } : {}, text)))),
      h("tbody", {}, ...features.map((feature) => h("tr", {},
        h("th", { scope: "row" }, feature.label, feature.state === "present" ? "" : `: ${stateName(feature.state)}`),
        h("td", { "aria-hidden": "true" }, track(feature)),
        h("td", { class: "ng-number" }, percent(feature.rate)),
        h("td", { class: "ng-number" }, percent(feature.elsewhere)),
        h("td", {}, feature.basis)))));
  }

  #links({ ids, label, disease }) {
    const pages = ids.map(ontologyAddress).filter(Boolean);
    const images = disease !== UNLISTED && ["Radiopaedia (search)", SEARCH + encodeURIComponent(label)];
    const all = [...pages, images].filter(Boolean);
    return all.length > 0 && h("p", {}, "Read on: ", ...all.flatMap(([text, address], i) => [i > 0 && " · ", link(text, address)]));
  }

  #why({ disease }) {
    return h("button", { type: "button", class: "ng-button ng-primary", onclick: () => { this.element.close(); this.#explain(disease); } }, "Why, in this case?");
  }

  #close() {
    return h("button", { type: "button", class: "ng-button", onclick: () => this.element.close() }, "Close");
  }
}

function track({ rate, elsewhere }) {
  const mark = h("span", { class: "ng-ghost" });
  place(mark, elsewhere, elsewhere);
  return h("span", { class: "ng-track" }, bar(0, rate, "ng-for"), mark);
}
