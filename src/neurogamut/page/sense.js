// Which findings cannot hold together because one is a part of the other, or follows from it.

import { stateOf } from "./case.js";

/** Everything that follows from a finding, by `follows`, a mapping of each to what follows at once. */
export function consequences(finding, follows) {
  const found = new Set();
  const open = [finding];
  while (open.length) {
    for (const next of follows[open.pop()] ?? []) {
      if (!found.has(next)) open.push(next);
      found.add(next);
    }
  }
  return [...found];
}

/** Pairs of findings of a case: the first is said to be there, and the second, which follows from it,
 * not to be. */
export function contradictions(found, follows) {
  const present = Object.keys(found).filter((key) => stateOf(found[key]) === "present");
  return present.flatMap((part) => consequences(part, follows)
    .filter((whole) => stateOf(found[whole]) === "absent")
    .map((whole) => [part, whole]));
}

/** The case with all of `findings` that nothing is said of absent, but for those that follow from what
 * is there, and for the kinds of a whole of which none is named. */
export function restAbsent(found, findings, follows) {
  const present = Object.keys(found).filter((key) => stateOf(found[key]) === "present");
  const needed = new Set(present.flatMap((key) => consequences(key, follows)));
  const open = new Set(present.filter((key) => !needed.has(key)));
  const rest = findings.filter(({ key, states, kind_of: wholes }) => found[key] === undefined && states.includes("absent")
    && !needed.has(key) && !wholes.some((whole) => open.has(whole)));
  return { ...found, ...Object.fromEntries(rest.map(({ key }) => [key, "absent"])) };
}
