// A case is a plain object: finding key to what is said of it. Values in, new values out.

import { OF_TESTS, RESULTS, testsOf } from "./testing.js";

/** What is certain; below it the state is only probable. */
export const CERTAIN = 100;

/** The case with one finding said otherwise; undefined takes it out. */
export function withFinding(found, key, value) {
  const { [key]: _, ...rest } = found;
  if (value !== undefined) return { ...rest, [key]: value };
  const { [RESULTS]: looked, ...others } = rest;
  const left = [looked ?? []].flat().filter((one) => one !== key);
  return left.length > 0 ? { ...others, [RESULTS]: left } : others;
}

/** A state, seen with `sureness` percent: itself, or a likelihood over all states. */
export function reading(state, sureness, states) {
  if (sureness >= CERTAIN) return state;
  const rest = (1 - sureness / 100) / (states.length - 1);
  const weight = (other) => (other === state ? sureness / 100 : Number(rest.toPrecision(6)));
  return Object.fromEntries(states.map((other) => [other, weight(other)]));
}

/** The state that a value says is the most probable, "" where there is none. */
export function stateOf(value) {
  if (value === true || value === false) return value ? "present" : "absent";
  if (typeof value === "string") return value;
  if (value == null || typeof value === "number" || Array.isArray(value)) return "";
  return Object.entries(value).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

/** How sure a value is of that state, in percent. */
export function surenessOf(value) {
  if (value == null || typeof value !== "object" || Array.isArray(value)) return CERTAIN;
  const weights = Object.values(value);
  const total = weights.reduce((a, b) => a + b, 0);
  return Math.round((100 * Math.max(...weights)) / total);
}

/** A case as the fragment of an address, in the words of the command line's --set. */
export function toFragment(found) {
  const pairs = Object.entries(found).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${key}=${written(one)}`));
  return pairs.map(encodeURI).join("&");
}

function written(value) {
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value).map(([state, weight]) => `${state}:${weight}`).join(",");
}

/** The case that a fragment holds. A key that comes back is another reader's word. */
export function fromFragment(fragment) {
  const found = Object.create(null);
  for (const pair of fragment.replace(/^#/, "").split("&").filter(Boolean)) {
    const [key, text = ""] = decodeURI(pair).split("=");
    if (text === "") continue;
    const value = read(key, text);
    if (Object.hasOwn(found, key)) found[key] = [found[key], value].flat();
    else found[key] = value;
  }
  // A single test or result is a list of one.
  for (const member of [...Object.keys(OF_TESTS), RESULTS]) if (member in found) found[member] = testsOf(found, member);
  return { ...found };
}

function read(key, text) {
  if (key === "age") return Number.isNaN(Number(text)) ? text : Number(text);
  if (text === "true" || text === "false") return text === "true";
  if (!text.includes(":")) return text;
  const pairs = text.split(",").map((part) => part.split(":"));
  return Object.fromEntries(pairs.map(([state, weight]) => [state, Number(weight)]));
}

/** The keys that two cases say otherwise. */
export function changed(before, after) {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}
