// Tabs over panels, by mouse and by arrow keys.

import { h, unique } from "./dom.js";

/** A list of tabs and the `panels`, each `{ title, element }`, in `element`. */
export class Tabs {
  #buttons;

  constructor(panels) {
    this.panels = panels;
    this.#buttons = panels.map((panel, place) => this.#button(panel, place));
    const list = h("div", { class: "ng-tabs", role: "tablist", "aria-label": "Questions" }, ...this.#buttons);
    this.element = h("div", { class: "ng-panels" }, list, ...panels.map(({ element }) => element));
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
    panel.element.id = unique("panel");
    panel.element.setAttribute("role", "tabpanel");
    panel.element.setAttribute("aria-labelledby", id);
    panel.element.setAttribute("data-title", panel.title);
    return h("button", {
      type: "button", role: "tab", id, "aria-controls": panel.element.id,
      onclick: () => this.#show(panel),
      onkeydown: (event) => this.#arrow(event, place),
    }, panel.title);
  }

  #arrow(event, place) {
    const last = this.panels.length - 1;
    const target = { ArrowRight: place === last ? 0 : place + 1, ArrowLeft: place === 0 ? last : place - 1, Home: 0, End: last }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.#buttons[target].focus();
    this.select(this.panels[target]);
  }

  /** What a tab shows may be below the window. */
  #show(panel) {
    this.select(panel);
    const { top } = panel.element.getBoundingClientRect();
    if (top > innerHeight - 80) this.element.scrollIntoView({ block: "start" });
  }
}
