// Names for people, by key.

import { OF_TESTS, RESULTS, testsOf } from "./testing.js";
import { named, said } from "./words.js";

/** Changes of more findings than this are counted, not named. */
const NAMED = 3;

/** Labels of findings, diseases and tests, and how many findings of a test a case has already. */
export function labelsOf({ findings, diseases, tests }) {
  const labels = (records, key) => Object.fromEntries(records.map((record) => [record[key], record.label]));
  const reveals = Map.groupBy(findings, (finding) => finding.revealed_by);
  return {
    findings: Object.fromEntries(findings.map(({ key, label }) => [key, label.replace(/ \(.*\)$/, "")])),
    diseases: labels(diseases, "key"),
    tests: labels(tests, "test"),
    entered: (test, evidence) => (reveals.get(test) ?? []).filter(({ key }) => key in evidence).length,
  };
}

/** What was changed, in words: `keys` are now as a case `found` says. */
export function changeWords(labels, keys, found) {
  if (keys.length > NAMED) return `${keys.length} findings changed.`;
  return `${keys.map((key) => wordsOf(labels, key, found)).join("; ")}.`;
}

function wordsOf(labels, key, found) {
  if (key in OF_TESTS) return `${OF_TESTS[key]}: ${testsOf(found, key).map((test) => named(labels.tests, test)).join(", ") || "none"}`;
  if (key === RESULTS) return `Looked for: ${testsOf(found, key).map((one) => named(labels.findings, one)).join(", ") || "nothing"}`;
  return `${named(labels.findings, key)}: ${found[key] === undefined ? "taken out" : said(found[key])}`;
}
