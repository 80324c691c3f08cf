// Where a finding stands in the list: as one works through a patient.

import { FACTS } from "./finding.js";
import { stateName } from "./words.js";

/** What groups are called that the page knows; of others the tables' own word. */
const GROUPS = {
  context: "Patient and history",
  clinical: "Symptoms and signs",
  mri: "MRI",
  ct: "CT",
  csf: "CSF",
  blood: "Blood",
  systemic: "Eye, ear, skin and rest of the body",
  other: "Angiography, PET, biopsy, genes",
};
const ELSEWHERE = ["vessel", "other_test", "treatment", "biopsy"];

/** Where a finding is looked for. */
export function groupOf({ key, group, revealed_by }) {
  if (FACTS.includes(key)) return "first";
  if (group === "laboratory") {
    return revealed_by === "lumbar_puncture" || revealed_by.startsWith("csf_") ? "csf" : "blood";
  }
  return ELSEWHERE.includes(group) ? "other" : group || "findings";
}

/** The groups of the findings with their names: those that the page knows first, in its order. */
export function groupsOf(findings) {
  const found = new Set(findings.map(groupOf));
  const known = Object.keys(GROUPS).filter((group) => found.has(group));
  const own = [...found].filter((group) => group !== "first" && !(group in GROUPS));
  return [...known, ...own].map((group) => [group, GROUPS[group] ?? capitalised(stateName(group))]);
}

function capitalised(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
