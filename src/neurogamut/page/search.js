// Findings by their names: what begins with a word before what has it inside, British or American, and
// where nothing is found what is nearest.

import { folded } from "./words.js";

/** How good a match is; up to STARTS the first hit can be taken without having been looked at. */
const EXACT = 0, BEGINS = 1, STARTS = 2, TOGETHER = 3, INSIDE = 4, NEAR = 5;
const SPELLINGS = [["ae", "e"], ["oe", "e"], ["our", "or"], ["isation", "ization"], ["grey", "gray"], ["leuco", "leuko"]];
/** Words shorter than this are not taken for a misspelling. */
const SHORTEST = 4;
const SHOWN = 30;
const DENIED = /^(no|not|without|-)\s*(?=\p{L})/u;

/** A search over findings: `search(text)` gives hits `{ finding, name, state, sure }`, best first. `name`
 * is the name that matched, `state` what is entered, "" where the text does not say it, and `sure`
 * whether it begins a word. */
export function searcher(findings) {
  const entries = findings.map(entryOf);
  return (text) => {
    const denied = DENIED.test(text.trim());
    const query = spelt(text.trim().replace(DENIED, ""));
    const words = query.split(" ").filter(Boolean);
    if (words.length === 0) return [];
    const found = entries.map((entry) => hit(entry, query, words, match)).filter(Boolean);
    const hits = found.some(({ rank }) => rank <= TOGETHER) ? found : [...found, ...entries.map((entry) => hit(entry, query, words, nearly)).filter(Boolean)];
    return once(hits.sort(better)).slice(0, SHOWN).map(({ entry, name, rank }) => ({
      finding: entry.finding, name: name.text, sure: rank <= TOGETHER, state: stateFor(entry.finding, query, denied),
    }));
  };
}

/** Words in one spelling. */
export function spelt(text) {
  const plain = SPELLINGS.reduce((word, [british, american]) => word.replaceAll(british, american), folded(text));
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}

function entryOf(finding, place) {
  const names = [finding.label, ...finding.synonyms, ...finding.states.filter((state) => state.length > 2), finding.hpo_label, finding.hpo_id, finding.key];
  const listed = [...new Set(names.filter(Boolean).map((text) => text.replaceAll("_", " ")))];
  return {
    finding, place,
    names: listed.filter((text) => !["present", "absent", "number"].includes(text)).map((text, i) => ({ text, spelt: spelt(text), own: i === 0 })),
  };
}

/** The best of an entry's names for a query, by a `rule` of how words match. */
function hit(entry, query, words, rule) {
  const ranked = entry.names.map((name) => ({ entry, name, rank: rule(name.spelt, query, words) })).filter(({ rank }) => rank !== null);
  const [best] = ranked.sort(better);
  if (best && best.rank <= STARTS) return best;
  const all = rule(entry.names.map((name) => name.spelt).join(" "), query, words);
  return all === null ? best : { entry, name: best?.name ?? entry.names[0], rank: Math.max(all, TOGETHER) };
}

function match(name, query, words) {
  if (name === query) return EXACT;
  if (name.startsWith(query)) return BEGINS;
  const parts = name.split(" ");
  if (words.every((word) => parts.some((part) => part.startsWith(word)))) return STARTS;
  return words.every((word) => word.length > 2 && name.includes(word)) ? INSIDE : null;
}

/** A letter too many, too few or another; a long word may differ in two. */
function nearly(name, _, words) {
  const parts = name.split(" ");
  const close = (word) => word.length >= SHORTEST && parts.some((part) => distance(word, part) <= (word.length > 8 ? 2 : 1));
  return words.every((word) => close(word) || parts.some((part) => part.startsWith(word))) ? NEAR : null;
}

function better(a, b) {
  return a.rank - b.rank || b.name.own - a.name.own || a.name.text.length - b.name.text.length || a.entry.place - b.entry.place;
}

function once(hits) {
  const seen = new Set();
  return hits.filter(({ entry }) => !seen.has(entry) && seen.add(entry));
}

/** What a hit enters: the state that was named, or that it is there; "" where that cannot be told. */
function stateFor({ states }, query, denied) {
  const named = states.find((state) => !["present", "absent"].includes(state) && spelt(state.replaceAll("_", " ")).startsWith(query));
  if (named) return named;
  return states.includes("present") ? (denied ? "absent" : "present") : "";
}

/** Letters to change, add, drop or swap with their neighbour, between two words (optimal string
 * alignment). */
function distance(one, other) {
  if (Math.abs(one.length - other.length) > 2) return 3;
  const rows = [Array.from({ length: other.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[one.length][other.length];
}

const PERSON = /^(?:(?<age>\d{1,3})\s*(?:y|yo|yrs?|years?)?(?:\s*old)?)?[\s,]*(?<sex>f|female|woman|m|male|man)?$/i;

/** Age and sex as one types them: `34f`, `58 m`, `female`; null for anything else. */
export function person(text) {
  const { age, sex } = PERSON.exec(text.trim())?.groups ?? {};
  if ((age === undefined && sex === undefined) || Number(age) > 120 || (age === undefined && sex.length === 1)) return null;
  const found = age === undefined ? {} : { age: Number(age) };
  return sex === undefined ? found : { ...found, sex: /^[fw]/i.test(sex) ? "female" : "male" };
}
