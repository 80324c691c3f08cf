// A report is pasted: its text with marks where something was read, and beside it a list from which
// each is taken or left. Nothing is entered that has not been shown.

import { fill, h, hidden, unique } from "./dom.js";
import { named, said } from "./words.js";

const HINT = "Paste a report, a letter or a line of dictation";

/**
 * The box in the findings and the dialog that it opens. `read(text)` is a promise of what
 * `neurogamut read --json` gives; `current()` is the case; `enter(case)` takes a new one.
 */
export class Report {
  #read;
  #labels;
  #current;
  #enter;
  #text = h("textarea", { rows: 2, placeholder: HINT, "aria-label": "Paste a report", spellcheck: "false" });
  #after = h("p", { class: "ng-quiet", role: "status" });
  #dialog = h("dialog", { class: "ng-review", "aria-label": "What was read" });

  constructor(labels, read, current, enter) {
    this.#labels = labels;
    this.#read = read;
    this.#current = current;
    this.#enter = enter;
    const button = h("button", { class: "ng-button" }, "Read");
    const form = h("form", { class: "ng-paste", onsubmit: (event) => this.#submit(event) }, this.#text, button);
    this.#text.addEventListener("paste", () => setTimeout(() => form.requestSubmit()));
    this.element = h("div", {}, form, this.#after, this.#dialog);
  }

  /** Read a text that was typed or pasted elsewhere. */
  read(text) {
    this.#text.value = text;
    return this.#reads(text);
  }

  #submit(event) {
    event.preventDefault();
    this.#reads(this.#text.value);
  }

  async #reads(text) {
    if (!text.trim()) return;
    fill(this.#after, "Reading …");
    try {
      const found = await this.#read(text);
      fill(this.#after);
      this.#review(text, found);
    } catch (refusal) {
      fill(this.#after, refusal.message);
    }
  }

  #review(text, found) {
    const items = itemsOf(found, this.#current());
    const rows = items.filter(({ kind }) => kind !== "told").map((item) => new Row(item, this.#nameOf(item.finding)));
    for (const row of rows) row.rows = rows;
    const shown = marked(text, items, found.unread, (chosen) => rows.find(({ item }) => item === chosen)?.focus());
    for (const row of rows) row.lights(shown);
    fill(this.#dialog, this.#form(rows, shown, found));
    this.#dialog.showModal();
    (rows[0] ?? this.#dialog.querySelector("button"))?.focus();
  }

  #form(rows, shown, found) {
    const enter = h("button", { class: "ng-button ng-primary" });
    const none = h("button", { type: "button", class: "ng-button", onclick: () => this.#dialog.close() }, "Enter nothing");
    const count = () => {
      const taken = rows.filter((row) => row.taken).length;
      fill(enter, taken === 1 ? "Enter 1 finding" : `Enter ${taken} findings`);
      enter.disabled = taken === 0;
    };
    count();
    return h("form", {
      method: "dialog", onchange: count, onkeydown: (event) => step(event, rows, count), onsubmit: () => this.#take(rows),
    },
    h("h2", {}, "What was read"),
    h("div", { class: "ng-read" }, shown.element, this.#list(rows, found)),
    h("div", { class: "ng-review-end" }, enter, none,
      h("span", { class: "ng-quiet" }, kbd("Space"), " or ", kbd("y"), kbd("n"), " take or leave, ", kbd("↑"), kbd("↓"), " next, ", kbd("Enter"), " enter all that is ticked")));
  }

  #list(rows, found) {
    const told = (title, chosen) => chosen.length > 0 && [h("h3", {}, title), h("ul", {}, ...chosen.map((row) => row.element))];
    const unread = [...new Set(found.unread.map(({ text }) => text))];
    const already = alreadyIn(found, this.#current());
    return h("div", { class: "ng-items" },
      rows.length === 0 && h("p", {}, already ? "Nothing that is not entered already." : "No finding was read in this text."),
      told("Read", rows.filter(({ item }) => item.kind === "read")),
      told("Differs from what is entered", rows.filter(({ item }) => item.kind === "differs")),
      told("Not taken: decide", rows.filter(({ item }) => item.kind === "open")),
      already > 0 && h("p", { class: "ng-quiet" }, `${already} stand in the case already, as the report has them.`),
      unread.length > 0 && h("p", { class: "ng-quiet" }, "Not among the findings of the network: ", unread.join("; "), "."));
  }

  #take(rows) {
    const before = this.#current();
    const taken = Object.fromEntries(rows.filter((row) => row.taken).map(({ item }) => [item.finding, item.value]));
    this.#enter({ ...before, ...taken });
    const undo = h("button", { type: "button", class: "ng-button", onclick: () => this.#undo(before) }, "Undo the report");
    fill(this.#after, `${Object.keys(taken).length} entered from the report. `, undo);
    // Closing puts the focus back to where it was before.
    this.#dialog.addEventListener("close", () => undo.focus(), { once: true });
  }

  #undo(before) {
    this.#enter(before);
    fill(this.#after, "The case is as it was before the report.");
    this.#text.focus();
  }

  #nameOf(finding) {
    return named(this.#labels.findings, finding);
  }
}

/** What was read (`read`), what of it is otherwise in the case (`differs`) or the same (`told`), and
 * what the reader left out: `open`, or only told where the finding was read elsewhere. */
function itemsOf(found, current) {
  const items = new Map();
  for (const { finding, state, start, end, entered, why } of found.mentions) {
    const value = entered ? found.case[finding] : state;
    const key = JSON.stringify([finding, value, entered]);
    const now = current[finding];
    const item = items.get(key) ?? { finding, value, now, entered, why, kind: kindOf(found.case, finding, value, now, entered), places: [] };
    item.places.push([start, end]);
    items.set(key, item);
  }
  return [...items.values()];
}

function kindOf(read, finding, value, now, entered) {
  if (same(now, value) || (!entered && finding in read)) return "told";
  if (!entered) return "open";
  return now === undefined ? "read" : "differs";
}

/** How a value is coloured: what is there, what is not, what is only likely. */
function colourOf({ value, entered }) {
  if (!entered) return "ng-open";
  if (value !== null && typeof value === "object") return "ng-hedges";
  return value === "absent" ? "ng-denies" : "ng-says";
}

function alreadyIn(found, current) {
  return Object.entries(found.case).filter(([finding, value]) => same(current[finding], value)).length;
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A finding to take or leave. */
class Row {
  #box;
  rows = [];

  constructor(item, name) {
    this.item = item;
    const id = unique("why");
    this.#box = h("input", { type: "checkbox", checked: item.kind === "read", "aria-describedby": id, onchange: () => this.#alone() });
    const differs = item.kind === "differs" && `entered: ${said(item.now)}`;
    const why = [differs, item.why].filter(Boolean).join("; ");
    this.element = h("li", { class: colourOf(item) },
      h("label", {}, this.#box, h("span", {}, `${name}: `, h("strong", {}, said(item.value)))),
      h("small", { id, class: "ng-soft" }, why));
  }

  get taken() {
    return this.#box.checked;
  }

  set taken(wanted) {
    this.#box.checked = wanted;
    this.#alone();
  }

  get hasFocus() {
    return document.activeElement === this.#box || this.#box.getRootNode().activeElement === this.#box;
  }

  focus() {
    this.#box.focus();
  }

  /** Its words stand out while the keyboard or the mouse is on it. */
  lights(shown) {
    const light = (on) => () => shown.light(this.item, on);
    this.#box.addEventListener("focus", light(true));
    this.#box.addEventListener("blur", light(false));
    this.element.addEventListener("mouseenter", light(true));
    this.element.addEventListener("mouseleave", light(false));
  }

  /** A finding has one state. */
  #alone() {
    if (!this.taken) return;
    for (const other of this.rows) {
      if (other !== this && other.item.finding === this.item.finding && other.taken) other.taken = false;
    }
  }
}

/** Take or leave by a letter and go on; move by arrows. */
function step(event, rows, changed) {
  const place = rows.findIndex((row) => row.hasFocus);
  const move = { y: 1, n: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (place < 0 || !move || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (event.key === "y" || event.key === "n") {
    rows[place].taken = event.key === "y";
    changed();
  }
  rows[place + move]?.focus();
}

/** The text with marks. Places count characters, as Python does; words may be part of two findings. */
function marked(text, items, unread, choose) {
  const letters = Array.from(text);
  const spans = items.flatMap((item) => item.places.map(([start, end]) => ({ start, end, item })));
  const strange = unread.map(({ start, end }) => ({ start, end, item: null }));
  const all = [...spans, ...strange];
  const edges = [...new Set([0, letters.length, ...all.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  const marks = new Map(items.map((item) => [item, []]));
  const parts = edges.slice(1).map((end, place) => {
    const start = edges[place];
    const here = all.filter((span) => span.start <= start && span.end >= end);
    const words = letters.slice(start, end).join("");
    const owners = here.map(({ item }) => item).filter(Boolean);
    if (here.length === 0) return words;
    const mark = h("mark", { class: owners.length ? colourOf(owners.find(({ entered }) => entered) ?? owners[0]) : "ng-strange", onclick: () => owners[0] && choose(owners[0]) }, words, label(owners, here, end));
    for (const owner of owners) marks.get(owner).push(mark);
    return mark;
  });
  const element = h("div", { class: "ng-text", tabindex: 0, role: "region", "aria-label": "The report, with what was read marked" }, ...parts);
  return { element, light: (item, on) => light(marks.get(item), on) };
}

/** What a mark says to those who do not see its colour, once where it ends. */
function label(owners, here, end) {
  const ending = owners.filter((item) => here.some((span) => span.item === item && span.end === end));
  return ending.length > 0 && hidden(` (${ending.map((item) => (!item.entered ? "not taken" : said(item.value))).join(", ")})`);
}

function light(marks, on) {
  for (const mark of marks) mark.classList.toggle("ng-lit", on);
  if (on) marks[0]?.scrollIntoView({ block: "nearest" });
}

function kbd(name) {
  return h("kbd", {}, name);
}
