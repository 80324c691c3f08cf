// The page around the explorer: the address, files, example patients, printing.

import { HttpBackend } from "./backend.js";
import { fromFragment, toFragment } from "./case.js";
import { fill, h } from "./dom.js";
import { mount } from "./explorer.js";
import { stateName } from "./words.js";

const COEXISTING = "coexisting";
/** Where a tab keeps its API key until it is closed. */
const KEY = "neurogamut-api-key";
/** Members by which a file is known to be a Phenopacket and no flat case; as in phenopacket.py. */
const PHENOPACKET = ["phenotypicFeatures", "phenotypic_features", "metaData", "meta_data", "subject"];
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const TERMS_NAMED = 5;
const at = (id) => document.getElementById(id);
const backend = new HttpBackend();

if (!LOOPBACK.includes(location.hostname)) {
  fill(at("promise"), "What is entered goes to this server and nowhere else, and nothing is stored.");
}
start().catch((refusal) => say(refusal.message));

async function start() {
  const [model, findings, diseases, tests, presets] = await knowledge();
  const initial = fromAddress(model);
  const lists = { findings, diseases, tests };
  const explorer = mount(at("explorer"), backend, { ...lists, initial, onCase: toAddress, onPosterior: describe });
  offerSettings(model, explorer);
  offerAssumption(explorer);
  offerPresets(presets, diseases, explorer);
  offerFiles(explorer);
  at("copy").addEventListener("click", copyLink);
  at("print").addEventListener("click", () => printReport(explorer));
  addEventListener("hashchange", () => follow(model, explorer));
  addEventListener("keydown", (event) => searchKey(event, explorer));
}

// -- the door -----------------------------------------------------------------------------------

/** What the server answers from, and its lists, once there is a key where one is asked for. */
async function knowledge() {
  backend.key = sessionStorage.getItem(KEY) ?? "";
  for (;;) {
    try {
      const model = await backend.list("model");
      if (backend.key) sessionStorage.setItem(KEY, backend.key);
      return [model, ...await Promise.all(["findings", "diseases", "tests", "presets"].map((kind) => backend.list(kind)))];
    } catch (refusal) {
      if (refusal.problem?.status !== 401) throw refusal;
      await askKey();
    }
  }
}

async function askKey() {
  fill(at("denied"), backend.key && "This key is not one of the server’s.");
  at("door").hidden = false;
  at("key").focus();
  await new Promise((entered) => {
    at("door").addEventListener("submit", (event) => { event.preventDefault(); entered(); }, { once: true });
  });
  backend.key = at("key").value.trim();
  at("key").value = "";
  at("door").hidden = true;
}

// -- the address: its fragment is the case, and is never sent -----------------------------------

function fromAddress(model) {
  try {
    const { setting, assume, ...found } = fromFragment(location.hash);
    backend.setting = model.settings.includes(setting) ? setting : "";
    backend.assume = assume === COEXISTING ? assume : "";
    return found;
  } catch {
    say("The case in the address cannot be read.");
    return {};
  }
}

function toAddress(found) {
  const chosen = Object.entries({ setting: backend.setting, assume: backend.assume }).filter(([, value]) => value);
  const fragment = toFragment({ ...Object.fromEntries(chosen), ...found });
  history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname);
}

function follow(model, explorer) {
  const found = fromAddress(model);
  at("setting").value = backend.setting || model.model.setting;
  at("assume").value = backend.assume;
  explorer.set(found);
}

async function copyLink() {
  await navigator.clipboard.writeText(location.href);
  say("Link copied. The case stands behind the #, which browsers never send.");
}

// -- settings and example patients --------------------------------------------------------------

function offerSettings({ settings, model }, explorer) {
  const select = at("setting");
  fill(select, ...settings.map((setting) => h("option", { value: setting }, stateName(setting))));
  select.value = backend.setting || model.setting;
  select.addEventListener("change", () => {
    backend.setting = select.value === model.setting ? "" : select.value;
    explorer.set(explorer.case);
  });
}

function offerAssumption(explorer) {
  const select = at("assume");
  select.value = backend.assume;
  select.addEventListener("change", () => {
    backend.assume = select.value;
    explorer.set(explorer.case);
  });
}

function offerPresets(presets, diseases, explorer) {
  const select = at("preset");
  const names = Object.fromEntries(diseases.map(({ key, label }) => [key, label]));
  for (const { patient, label, figure, diagnosis } of presets) {
    select.append(h("option", { value: patient, title: names[diagnosis] }, `${figure}: ${label}`));
  }
  select.addEventListener("change", () => {
    const { figure, source, diagnosis, case: found } = presets.find(({ patient }) => patient === select.value);
    explorer.set(found);
    say(`Patient of ${figure} (${source}). The paper’s diagnosis: ${names[diagnosis]}.`);
    select.value = "";
  });
}

// -- files and printing -------------------------------------------------------------------------

function offerFiles(explorer) {
  const file = at("file");
  at("import").addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    await importCase(file.files[0], explorer);
    file.value = "";
  });
  at("export").addEventListener("click", () => exportCase(explorer.case));
}

async function importCase(file, explorer) {
  const found = await readObject(file);
  if (found === null) {
    say(`${file.name}: expected a JSON object: findings, as Export writes them, or a Phenopacket.`);
    return;
  }
  try {
    const isPacket = PHENOPACKET.some((member) => member in found);
    const { case: read, unmapped } = isPacket ? await backend.phenopacket(found) : { case: found, unmapped: [] };
    say(`Read from ${file.name}.${leftOut(unmapped)}`);
    await explorer.set(read);
  } catch (refusal) {
    say(`${file.name}: ${refusal.message}`);
  }
}

async function readObject(file) {
  try {
    const found = JSON.parse(await file.text());
    return typeof found !== "object" || Array.isArray(found) ? null : found;
  } catch {
    return null;
  }
}

/** The terms of a Phenopacket that say nothing of any finding. */
function leftOut(terms) {
  if (terms.length === 0) return "";
  const named = terms.slice(0, TERMS_NAMED).map(({ id, label }) => `${label || "a term"} (${id})`);
  const more = terms.length - named.length;
  return ` These say nothing of any finding: ${named.join(", ")}${more ? `, and ${more} more` : ""}.`;
}

function exportCase(found) {
  const text = `${JSON.stringify(found, null, 2)}\n`;
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: address, download: "case.json" }).click();
  URL.revokeObjectURL(address);
}

async function printReport(explorer) {
  await explorer.settled;
  fill(at("printed"), `· printed ${new Date().toLocaleString("en-GB")}`);
  print();
}

// -- what the page says of itself ---------------------------------------------------------------

function describe({ model }) {
  fill(at("version"), `neurogamut ${model.version}`);
  fill(at("hash"), model.hash.slice(0, 12));
  at("hash").title = `SHA-256 of the knowledge base: ${model.hash}`;
  fill(at("where"), stateName(model.setting));
}

function say(text) {
  fill(at("notice"), text);
}

/** A slash goes to the search field, where it is not typed into another. */
function searchKey(event, explorer) {
  const typing = event.target.matches("input:not([type=radio], [type=range]), select, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  explorer.focusSearch();
}
