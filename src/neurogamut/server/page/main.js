// The page around the explorer: the address, files, example patients, printing.

import { HttpBackend } from "./backend.js";
import { fromFragment, toFragment } from "./case.js";
import { fill, h } from "./dom.js";
import { mount } from "./explorer.js";
import { stateName } from "./words.js";

const SETTING = "setting";
const at = (id) => document.getElementById(id);
const backend = new HttpBackend();

start().catch((refusal) => say(refusal.message));

async function start() {
  const kinds = ["findings", "diseases", "tests", "presets", "model"];
  const [findings, diseases, tests, presets, model] = await Promise.all(kinds.map((kind) => backend.list(kind)));
  const initial = fromAddress(model);
  const lists = { findings, diseases, tests };
  const explorer = mount(at("explorer"), backend, { ...lists, initial, onCase: toAddress, onPosterior: describe });
  offerSettings(model, explorer);
  offerPresets(presets, diseases, explorer);
  offerFiles(explorer);
  at("copy").addEventListener("click", copyLink);
  at("print").addEventListener("click", () => printReport(explorer));
  addEventListener("hashchange", () => follow(model, explorer));
  addEventListener("keydown", (event) => searchKey(event, explorer));
}

// -- the address: its fragment is the case, and is never sent -----------------------------------

function fromAddress(model) {
  try {
    const { [SETTING]: setting, ...found } = fromFragment(location.hash);
    backend.setting = model.settings.includes(setting) ? setting : "";
    return found;
  } catch {
    say("The case in the address cannot be read.");
    return {};
  }
}

function toAddress(found) {
  const settings = backend.setting ? { [SETTING]: backend.setting } : {};
  const fragment = toFragment({ ...settings, ...found });
  history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname);
}

function follow(model, explorer) {
  const found = fromAddress(model);
  at("setting").value = backend.setting || model.model.setting;
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
  try {
    const found = JSON.parse(await file.text());
    if (found === null || typeof found !== "object" || Array.isArray(found)) throw new TypeError();
    say(`Read from ${file.name}.`);
    await explorer.set(found);
  } catch {
    say(`${file.name}: expected a JSON object of findings, as Export writes it.`);
  }
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
