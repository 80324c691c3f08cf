// What a case says of tests: which were done and showed nothing else, and which cannot be.

/** The members of a case that name tests, and what each is called. */
export const OF_TESTS = {
  tests_done: "Done, nothing else found",
  tests_refused: "Refused",
  tests_unavailable: "Not available",
};

/** The member of a case that names findings which were told because they were looked for. */
export const RESULTS = "results";

/** What a member of a case lists. */
export function testsOf(found, member) {
  return [found[member] ?? []].flat();
}

/** The case with a test in one member, or in none with `member` null. */
export function withTest(found, member, test) {
  const others = Object.keys(OF_TESTS).map((name) => [name, testsOf(found, name).filter((one) => one !== test)]);
  const placed = others.map(([name, tests]) => [name, name === member ? [...tests, test] : tests]);
  const rest = Object.fromEntries(Object.entries(found).filter(([key]) => !(key in OF_TESTS)));
  return { ...rest, ...Object.fromEntries(placed.filter(([, tests]) => tests.length > 0)) };
}

/** Facts that are known without a test. */
const FACTS = ["age", "sex"];

/** Tests of which a finding has been entered, and nothing is said of the rest. */
export function begun(found, findings) {
  const said = new Set(Object.keys(OF_TESTS).flatMap((member) => testsOf(found, member)));
  const revealed = Map.groupBy(findings, ({ revealed_by: test }) => test);
  return [...revealed].filter(([test, rows]) => !said.has(test)
    && rows.some(({ key }) => key in found && !FACTS.includes(key)) && rows.some(({ key, states }) => !(key in found) && states.includes("absent"))).map(([test]) => test);
}
