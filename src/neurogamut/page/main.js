// The page around the explorer: the door, the address, how a case is read, example patients.

import { AddressTrail, stateOfAddress } from "./address.js";
import { HttpBackend } from "./backend.js";
import { Door } from "./door.js";
import { fill, h } from "./dom.js";
import { mount } from "./explorer.js";
import { offerFiles } from "./files.js";
import { offerPrint } from "./print.js";
import { copy, reportText } from "./reporttext.js";
import { named, stateName } from "./words.js";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
/** What may be chosen of how a case is read, beside the setting. */
const CHOICES = { assume: ["coexisting"], reporting: ["systematic"] };
const at = (id) => document.getElementById(id);
const backend = new HttpBackend();
const door = new Door(backend, at("door"));

if (!LOOPBACK.includes(location.hostname)) {
  fill(at("promise"), "What is entered goes to this server and nowhere else, and nothing is stored.");
}
start().catch((refusal) => say(refusal.message));

async function start() {
  const known = await door.opened(() => backend.list("choices"));
  const initial = initialState(known);
  const explorer = mount(at("explorer"), backend, {
    ...known, initial: initial.case, how: initial.how,
    trail: (restore) => new AddressTrail((state) => { restore(understood(state, known)); say(""); }),
    onChange: (state) => changed(state, known),
    onPosterior: describe,
    onLocked: () => door.opened(() => backend.list("model")).then(() => explorer.refresh()),
  });
  showScope(known);
  offerSettings(known);
  for (const id of ["setting", "assume", "reporting"]) offerChoice(id, explorer);
  showHow(explorer.how, known);
  offerPresets(known, explorer);
  offerFiles(known, explorer, backend, say);
  offerPrint(explorer, known);
  at("copy").addEventListener("click", () => copyLink());
  at("text").addEventListener("click", () => copyText(explorer, known));
  at("skip").addEventListener("click", (event) => { event.preventDefault(); explorer.focusSearch(); });
  addEventListener("keydown", (event) => pressed(event, explorer));
  if (matchMedia("(hover: hover)").matches) explorer.focusSearch();
}

/** What the page is for, of a gamut of one's own too. */
function showScope({ patients: { scope }, counts }) {
  fill(at("scope"), `Which of ${counts.diseases - 1} diseases? `, scope && ["For patients ", h("strong", {}, scope), "."]);
}

// -- the address ----------------------------------------------------------------------------------

function initialState(known) {
  try {
    return understood(stateOfAddress(), known);
  } catch {
    say("The case in the address cannot be read.");
    return { case: {}, how: {} };
  }
}

/** A state with what is known of how to read it; what is not is told. */
function understood({ case: found, how }, known) {
  const allowed = { ...CHOICES, setting: known.settings };
  const wrong = Object.entries(how).filter(([name, value]) => !allowed[name].includes(value));
  if (wrong.length) queueMicrotask(() => say(`${wrong.map((pair) => pair.join("=")).join(", ")}: unknown, and left out. Settings are ${known.settings.join(", ")}.`));
  return { case: found, how: Object.fromEntries(Object.entries(how).filter(([name, value]) => allowed[name].includes(value))) };
}

/** The title tells tabs apart; a notice is about the case that it came with. */
function changed({ case: found, how }, known) {
  const labels = Object.fromEntries(known.findings.map(({ key, label }) => [key, label]));
  const keys = Object.keys(found);
  document.title = keys.length ? `${keys.slice(-2).map((key) => named(labels, key)).join(", ")} – neurogamut` : "neurogamut";
  showHow(how, known);
  if (at("notice").dataset.case !== JSON.stringify(found)) say("");
}

async function copyLink() {
  const done = await copy(location.href);
  const only = LOOPBACK.includes(location.hostname) ? " It opens on this machine only: send a colleague the text or the saved case." : "";
  say(done ? `Link copied. The case stands behind the #, which browsers never send.${only}` : "The browser does not let a page copy here: copy the address of this page.");
}

async function copyText(explorer, known) {
  await explorer.settled;
  const text = reportText(explorer, known);
  if (await copy(text)) say("The answer was copied as text.");
  else showText(text);
}

/** Where a page may not copy, the reader can. */
function showText(text) {
  const area = h("textarea", { rows: 16, readonly: true, "aria-label": "The answer as text" });
  area.value = text;
  const dialog = h("dialog", { class: "ng-card" }, h("form", { method: "dialog" }, h("h2", {}, "The answer as text"), area, h("button", { class: "ng-button" }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  area.select();
}

// -- how a case is read, and example patients -------------------------------------------------------

function offerSettings({ settings, model }) {
  fill(at("setting"), ...settings.map((setting) => h("option", { value: setting === model.setting ? "" : setting }, settingName(setting))));
}

function settingName(setting) {
  const words = stateName(setting).replace(/\btb\b/, "TB-").replace("- ", "-");
  return words[0].toUpperCase() + words.slice(1);
}

function offerChoice(name, explorer) {
  at(name).addEventListener("change", () => explorer.set(explorer.case, { ...explorer.how, [name]: at(name).value }));
}

function showHow(how, { model }) {
  for (const name of ["setting", "assume", "reporting"]) at(name).value = how[name] === model.setting ? "" : how[name] ?? "";
}

function offerPresets({ presets, diseases }, explorer) {
  const select = at("preset");
  select.closest("label").hidden = !presets.length;
  const names = Object.fromEntries(diseases.map(({ key, label }) => [key, label]));
  for (const { patient, label, figure, diagnosis } of presets) {
    select.append(h("option", { value: patient, title: names[diagnosis] }, `${figure}: ${label}`));
  }
  select.addEventListener("change", async () => {
    const { figure, source, diagnosis, case: found } = presets.find(({ patient }) => patient === select.value);
    select.value = "";
    await explorer.set(found);
    say(`Patient of ${figure} (${source}). The paper’s diagnosis: ${names[diagnosis]}${place(explorer, diagnosis)}.`, found);
  });
}

/** Where the answer has a diagnosis. */
function place({ answers }, diagnosis) {
  const rank = Object.keys(answers.posterior?.posterior ?? {}).indexOf(diagnosis) + 1;
  return rank === 0 ? "" : `; here it is number ${rank} of ${Object.keys(answers.posterior.posterior).length}`;
}

// -- what the page says of itself -------------------------------------------------------------------

function describe({ model }) {
  fill(at("version"), `neurogamut ${model.version}`);
  fill(at("hash"), model.hash.slice(0, 12));
  at("hash").title = `SHA-256 of the knowledge base: ${model.hash}`;
  fill(at("where"), settingName(model.setting));
}

/** A notice; of a `found` case it goes with it. */
function say(text, found = null) {
  fill(at("notice"), text);
  at("notice").dataset.case = JSON.stringify(found);
}

/** A slash goes to the search field, where it is not typed into another; Ctrl+Z undoes a step, where it
 * does not undo letters. */
function pressed(event, explorer) {
  const typing = event.target.matches("input[type=search], input[type=password], textarea") && event.target.value !== "";
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "/" && !command && !event.target.matches("textarea, input[type=search], input[type=password]") && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    explorer.focusSearch();
  } else if (command && event.key.toLowerCase() === "z" && !typing) {
    event.preventDefault();
    if (event.shiftKey) explorer.redo();
    else explorer.undo();
  } else if (command && event.key.toLowerCase() === "y" && !typing) {
    event.preventDefault();
    explorer.redo();
  }
}
