// The answer as plain text, for a dictation system or a mail.

import { around, factor, named, percent, said, stateName, wholePercent } from "./words.js";

const DISEASES = 5;
const REASONS = 4;
const TESTS = 3;

/** What is known of the explorer's case, in lines. */
export function reportText({ case: found, answers }, known) {
  const labels = (records, key) => Object.fromEntries(records.map((record) => [record[key], record.label]));
  const [findings, diseases] = [labels(known.findings, "key"), labels(known.diseases, "key")];
  const parts = [
    caseLines(found, findings),
    answers.posterior && differentialLines(answers, diseases),
    answers.explain && reasonLines(answers.explain, findings, diseases),
    answers["next-tests"] && testLines(answers["next-tests"]),
    madeBy(answers.posterior?.model ?? known.model, known.patients),
  ];
  return `${parts.filter(Boolean).map((lines) => lines.join("\n")).join("\n\n")}\n`.replaceAll("\u202f", " ");
}

function caseLines(found, labels) {
  return ["Findings", ...Object.entries(found).map(([key, value]) => `- ${named(labels, key)}: ${said(value)}`)];
}

function differentialLines({ posterior, "sensitivity/uncertainty": uncertainty }, labels) {
  const intervals = Object.fromEntries((uncertainty?.diseases ?? []).map((entry) => [entry.disease, entry]));
  const lines = Object.entries(posterior.posterior).slice(0, DISEASES).map(([disease, probability], place) => {
    const interval = intervals[disease] && around(probability, intervals[disease]).map(wholePercent).join(" to ");
    return `${place + 1}. ${named(labels, disease)} ${percent(probability)}${interval ? ` (95 % interval ${interval} %)` : ""}`;
  });
  return ["Differential diagnosis", ...lines, ...posterior.warnings.map((text) => `Beware: ${text}`)];
}

function reasonLines({ disease, against, weights }, findings, diseases) {
  const told = (chosen) => chosen.slice(0, REASONS).map(({ finding, state, bans }) => `${named(findings, finding)} ${said(state)} (${factor(Math.abs(bans))})`).join("; ") || "none";
  return [`Why ${named(diseases, disease)} rather than ${named(diseases, against)}`,
    `For: ${told(weights.filter(({ bans }) => bans > 0))}`, `Against: ${told(weights.filter(({ bans }) => bans < 0))}`];
}

function testLines({ tests, stop }) {
  const named = tests.slice(0, TESTS).map(({ label }) => label).join("; ");
  return [stop.recommended ? "Testing can stop." : `Next: ${named}.`];
}

function madeBy({ version, hash, setting, assume, reporting }, { scope }) {
  return [`neurogamut ${version}, knowledge base ${hash.slice(0, 12)}, setting ${stateName(setting)}${assume && assume !== "single" ? `, ${assume}` : ""}${reporting ? `, ${reporting}` : ""}.`,
    `${scope && `For patients ${scope}. `}For research use only; not a medical device.`];
}

/** Put text into the clipboard; false where the browser does not allow it. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
