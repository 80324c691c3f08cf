// The findings: grouped as one works, searchable, each present, absent or not assessed.

import { withFinding } from "./case.js";
import { fill, h, hidden } from "./dom.js";
import { FindingRow } from "./finding.js";
import { groupOf, groupsOf } from "./groups.js";
import { person, searcher } from "./search.js";
import { restAbsent } from "./sense.js";
import { said } from "./words.js";

/** A pasted text of more words, or with a comma, is no finding's name. */
const A_NAME = 3;

/**
 * The picker in `root`. `enter(case, merge)` is called with each new case, where `merge` goes on from the
 * last; `read(text)` reads a text that is no finding's name. `follows` says which finding follows
 * from which; `above` and `below` stand around the search.
 */
export class Picker {
  #case = {};
  #rows;
  #groups;
  #enter;
  #read;
  #follows;
  #find;
  #search;
  #hits = h("div", { class: "ng-hits", hidden: true });
  #all;
  #told = h("p", { class: "ng-told", role: "status" });
  #focusBar = h("div", { class: "ng-only", hidden: true });
  #only = null;
  #listed = [];
  #marked = -1;

  constructor(root, findings, { enter, read, follows, above, below }) {
    this.#enter = enter;
    this.#read = read;
    this.#follows = follows;
    this.#rows = new Map(findings.map((finding) => [finding.key, new FindingRow(finding, (value, merge) => this.#say(finding.key, value, merge))]));
    const groups = groupsOf(findings);
    this.#groups = groups.map(([key, label]) => this.#group(key, label, groups.length === 1));
    this.#find = searcher(findings);
    this.#search = this.#searchField();
    this.#all = h("div", { class: "ng-all-findings" },
      h("div", { class: "ng-first" }, ...this.#rowsOf("first").map((row) => row.element)),
      ...this.#groups.map(({ element }) => element));
    fill(root, above, h("div", { class: "ng-search" }, this.#search, this.#told), below, this.#focusBar, this.#hits, this.#all, keys());
    root.addEventListener("keydown", (event) => this.#shortcut(event));
  }

  /** Show what a case says. */
  show(found) {
    const before = this.#case;
    this.#case = found;
    for (const [key, row] of this.#rows) {
      if (JSON.stringify(found[key]) !== JSON.stringify(before[key])) row.show(found[key]);
    }
    for (const group of this.#groups) group.count();
  }

  /** Say what was done. */
  tell(text) {
    fill(this.#told, text);
  }

  /** Move the keyboard to the search field, whose old word the next letter replaces. */
  focusSearch() {
    this.#search.focus({ preventScroll: scrollY === 0 });
    this.#search.select();
  }

  /** Open the group of a finding. */
  open(finding) {
    const group = this.#groups.find(({ rows }) => rows.includes(this.#rows.get(finding)));
    if (group) group.element.open = true;
  }

  /** Show only what a test reveals, to enter its result. */
  only(label, names) {
    this.#only = names;
    this.#search.value = "";
    const rest = h("button", { type: "button", class: "ng-button", onclick: () => this.#rest() }, "Everything else was normal");
    const all = h("button", { type: "button", class: "ng-button", onclick: () => this.showAll() }, "Back to all findings");
    fill(this.#focusBar, h("p", {}, "What did it show? ", h("strong", {}, label)), h("p", {}, rest, all));
    this.#filter();
    this.#listed[0]?.focus();
  }

  /** Show all findings again. */
  showAll() {
    if (this.#only === null && this.#search.value === "") return;
    this.#only = null;
    this.#search.value = "";
    this.#filter();
  }

  #rest() {
    this.#enter(restAbsent(this.#case, this.#only.map((key) => this.#rows.get(key).finding), this.#follows));
  }

  #say(finding, value, merge) {
    this.#enter(withFinding(this.#case, finding, value), merge);
  }

  // -- searching --------------------------------------------------------------------------------

  #searchField() {
    return h("input", {
      type: "search", placeholder: "Type a finding, or 34f; Enter enters it", "aria-label": "Search findings by word or synonym",
      autocomplete: "off", spellcheck: "false",
      oninput: () => this.#filter(),
      onpaste: (event) => this.#pasted(event),
      onkeydown: (event) => this.#typed(event),
    });
  }

  /** A whole text goes to the reader. */
  #pasted(event) {
    const text = event.clipboardData?.getData("text") ?? "";
    if (!/[\n,;.]/.test(text.trim()) && text.trim().split(/\s+/).length <= A_NAME) return;
    event.preventDefault();
    this.#read(text);
  }

  #typed(event) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      event.preventDefault();
      this.#mark(Math.min(Math.max(this.#marked + move, 0), this.#listed.length - 1), true);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#take(event.shiftKey);
    } else if (event.key === "Escape" && this.#search.value) {
      event.preventDefault();
      this.#search.value = "";
      this.#filter();
    }
  }

  /** Enter the marked hit, or what else the text says. */
  #take(denied) {
    const text = this.#search.value.trim();
    const found = person(text);
    const row = this.#listed[this.#marked];
    if (found) this.#taken({ ...this.#case, ...found });
    else if (row && this.#only === null) this.#takeRow(row, denied);
    else if (text && this.#listed.length === 0) this.#read(text);
  }

  #takeRow(row, denied) {
    const { state } = this.#hitsOf.get(row);
    const chosen = denied && row.finding.states.includes("absent") ? "absent" : state;
    if (chosen) this.#taken(withFinding(this.#case, row.finding.key, chosen));
    else row.focus();
  }

  #taken(found) {
    this.#search.value = "";
    this.#filter();
    this.#enter(found);
  }

  #hitsOf = new Map();

  /** Show what is searched for, or a test's findings, or all in their groups. */
  #filter() {
    const text = this.#search.value;
    if (text.trim()) this.#leaveTest();
    this.#home();
    const hits = text.trim() ? this.#find(text) : (this.#only ?? []).map((key) => ({ finding: this.#rows.get(key).finding, state: "" }));
    this.#listed = hits.map(({ finding }) => this.#rows.get(finding.key));
    this.#hitsOf = new Map(hits.map((hit, place) => [this.#listed[place], hit]));
    const filtered = text.trim() !== "" || this.#only !== null;
    this.#all.hidden = filtered;
    this.#hits.hidden = !filtered;
    this.#focusBar.hidden = this.#only === null;
    fill(this.#hits, ...this.#listed.map((row) => row.element));
    for (const [row, { name }] of this.#hitsOf) row.matched(name);
    this.#mark(text.trim() && hits[0]?.sure && !person(text) ? 0 : -1, false);
    if (filtered) this.#count(text.trim(), hits);
    else fill(this.#told);
  }

  /** A search is over all findings. */
  #leaveTest() {
    this.#only = null;
  }

  #count(text, hits) {
    const found = person(text);
    if (text === "") fill(this.#told);
    else if (found) this.tell(`Enter enters ${Object.values(found).map(said).join(", ")}.`);
    else if (hits.length === 0) fill(this.#told, "No finding is called that. ", this.#readButton(text));
    else if (!hits[0].sure) fill(this.#told, `No finding is called that; ${hits.length === 1 ? "this is" : "these are"} near. `, this.#readButton(text));
    else this.tell(`${hits.length} found. ${this.#promise()}`);
  }

  #readButton(text) {
    return h("button", { type: "button", class: "ng-button", onclick: () => this.#read(text) }, "Read it as a report");
  }

  #promise() {
    const row = this.#listed[this.#marked];
    const hit = this.#hitsOf.get(row);
    if (!hit) return "";
    return hit.state ? `Enter enters ${row.wordsFor(hit.state)}.` : `Enter goes to ${row.finding.label}.`;
  }

  #mark(place, spoken) {
    this.#listed[this.#marked]?.mark(false);
    for (const row of this.#listed) row.mark(false);
    this.#marked = place;
    const row = this.#listed[place];
    row?.mark(true);
    row?.element.scrollIntoView({ block: "nearest" });
    if (spoken) this.tell(this.#promise());
  }

  /** Every row back to its group. */
  #home() {
    for (const row of this.#listed) {
      row.mark(false);
      row.matched("");
    }
    for (const { element, rows } of this.#groups) element.append(...rows.map((row) => row.element));
    this.#all.firstChild.append(...this.#rowsOf("first").map((row) => row.element));
  }

  // -- groups -----------------------------------------------------------------------------------

  #rowsOf(group) {
    const rows = [...this.#rows.values()].filter((row) => groupOf(row.finding) === group);
    return group === "first" ? rows : rows.sort((a, b) => a.finding.label.localeCompare(b.finding.label));
  }

  #group(key, label, alone) {
    const rows = this.#rowsOf(key);
    const entered = h("span", { class: "ng-count" });
    const element = h("details", { class: "ng-group", open: alone, "data-group": key },
      h("summary", {}, h("h2", {}, label), entered), ...rows.map((row) => row.element));
    return {
      key, element, rows,
      count: () => {
        const set = rows.filter((row) => row.isSet).length;
        fill(entered, set ? `${set} of ${rows.length} entered` : `${rows.length} findings`);
        entered.classList.toggle("ng-some", set > 0);
      },
    };
  }

  // -- keys -------------------------------------------------------------------------------------

  #shortcut(event) {
    const row = [...this.#rows.values()].find(({ element }) => element.contains(event.target));
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=text], select");
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && !event.target.matches("select, input[type=range]")) {
      event.preventDefault();
      this.#step(row, move);
    } else if (!typing && row.press(event.key)) event.preventDefault();
  }

  /** To the next finding, or from the first back to the search. */
  #step(row, move) {
    const shown = [...this.#rows.values()].filter(({ element }) => element.checkVisibility())
      .sort((a, b) => (a.element.compareDocumentPosition(b.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    const next = shown[shown.indexOf(row) + move];
    if (next) next.focus();
    else if (move < 0) this.focusSearch();
  }
}

function keys() {
  const key = (name) => h("kbd", {}, name);
  return h("p", { class: "ng-quiet ng-keys" }, "Keys: ", key("/"), " search, ", key("Enter"), " enters the marked finding, ",
    key("Shift"), key("Enter"), " as absent; in a finding ", key("p"), " present, ", key("a"), " absent, ", key("n"), " not assessed, ",
    key("?"), " what it is, ", key("↓"), key("↑"), " next; ", key("Ctrl"), key("Z"), " undo.", hidden(" Before a word, no or minus denies it."));
}
