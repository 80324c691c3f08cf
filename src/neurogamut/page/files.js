// Cases from files and to files. A file that is refused changes nothing.

import { h } from "./dom.js";

const TERMS_NAMED = 5;
/** Longer files hold no case. */
const LONGEST = 200_000;
const at = (id) => document.getElementById(id);
const HOW = ["setting", "assume", "reporting"];

/** Import, by button or by dropping a file on the page, and Save. */
export function offerFiles(known, explorer, backend, say) {
  const file = at("file");
  const take = (chosen) => chosen && importCase(chosen, known, explorer, backend, say);
  at("import").addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    await take(file.files[0]);
    file.value = "";
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  at("export").addEventListener("click", () => save("case.json", saved(explorer, known)));
  for (const kind of ["phenopacket", "fhir"]) at(kind).addEventListener("click", () => exportAs(kind, explorer, backend, say));
}

/** The case with how it was read: a saved answer, which the command line reads as well. */
function saved({ case: found, how, answers }, { model }) {
  const chosen = Object.fromEntries(Object.entries(how).filter(([, value]) => value));
  const made = answers.posterior?.model ?? { ...model, reporting: "pertinent", ...chosen };
  return { model: made, evidence: found, posterior: answers.posterior?.posterior ?? {} };
}

async function exportAs(kind, explorer, backend, say) {
  try {
    save(`case.${kind}.json`, await backend.document(kind, explorer.case, explorer.how));
  } catch (refusal) {
    say(refusal.message);
  }
}

function save(name, document) {
  const address = URL.createObjectURL(new Blob([`${JSON.stringify(document, null, 2)}\n`], { type: "application/json" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function importCase(file, known, explorer, backend, say) {
  try {
    const found = await readObject(file);
    const { state, told } = await stateOf(found, known, explorer, backend);
    await backend.one(state.case, state.how, "posterior");
    say("");
    await explorer.set(state.case, state.how);
    say(`Read from ${file.name}.${told}`, state.case);
  } catch (refusal) {
    say(`${file.name}: ${refusal.message} Nothing was changed.`.replace(/(?<![.?!]) Nothing/, ". Nothing"));
  }
}

/** The case in a document, and how it is to be read. */
async function stateOf(found, known, explorer, backend) {
  const kind = "resourceType" in found ? "fhir" : known.phenopacket.some((member) => member in found) ? "phenopacket" : null;
  if (kind) {
    const { case: read, unmapped } = await backend.translated(kind, found, explorer.how);
    return { state: { case: read, how: explorer.how }, told: leftOut(unmapped) };
  }
  if (!isObject(found.evidence) || !isObject(found.model)) return { state: { case: found, how: explorer.how }, told: "" };
  return { state: { case: found.evidence, how: howOf(found.model, known) }, told: "" };
}

/** How an answer read its case; what is the default is not said. */
function howOf(made, { model, settings }) {
  // Answers that do not say so were made when all cases were read as systematic.
  const how = Object.fromEntries(HOW.map((name) => [name, { reporting: "systematic", ...made }[name]]).filter(([, value]) => typeof value === "string" && value));
  if (how.setting && !settings.includes(how.setting)) throw new Error(`setting=${how.setting}: unknown; expected one of ${settings.join(", ")}`);
  if (how.setting === model.setting) delete how.setting;
  if (how.assume === "single") delete how.assume;
  if (how.reporting === "pertinent" || how.assume) delete how.reporting;
  return how;
}

async function readObject(file) {
  const expected = "expected a JSON object: a case that was saved here, findings, a Phenopacket or a FHIR bundle";
  if (file.size > LONGEST) throw new Error(`too long for a case; ${expected}`);
  let found;
  try {
    found = JSON.parse(await file.text());
  } catch {
    throw new Error(expected);
  }
  if (!isObject(found)) throw new Error(expected);
  return found;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The terms of a document that say nothing of any finding. */
function leftOut(terms) {
  if (terms.length === 0) return "";
  const named = terms.slice(0, TERMS_NAMED).map(({ id, label }) => `${label || "a term"} (${id})`);
  const more = terms.length - named.length;
  return ` These say nothing of any finding: ${named.join(", ")}${more ? `, and ${more} more` : ""}.`;
}
