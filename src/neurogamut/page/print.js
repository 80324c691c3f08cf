// The printed report: all that is asked is there before it is printed, and it says when.

import { fill } from "./dom.js";
import { stateName } from "./words.js";

const at = (id) => document.getElementById(id);
const ASSUMED = { "": "a single disease explains the case", coexisting: "several diseases may coexist" };
const REPORTED = { "": "as told", systematic: "from a checklist" };

/** Print, by button or by the browser's own command. */
export function offerPrint(explorer, { model }) {
  at("print").addEventListener("click", async () => {
    await explorer.settled;
    stamp(explorer, model);
    print();
  });
  addEventListener("beforeprint", () => stamp(explorer, model));
}

function stamp({ how }, model) {
  fill(at("printed"), `· printed ${new Date().toLocaleString("en-GB")}`);
  fill(at("mode"), `Setting: ${stateName(how.setting || model.setting)}. Assumed: ${ASSUMED[how.assume ?? ""]}. Findings: ${REPORTED[how.reporting ?? ""]}.`);
}
