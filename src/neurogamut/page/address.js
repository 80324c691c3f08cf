// The address: its fragment is the case and how it is read, and is never sent. Each step is an entry of
// the browser's history, so that Back undoes.

import { fromFragment, toFragment } from "./case.js";

/** What of a fragment is not the case. */
const HOW = ["setting", "assume", "reporting"];

/** A trail (see trail.js) in the browser's history. */
export class AddressTrail {
  #last = 0;

  constructor(restore) {
    addEventListener("popstate", () => {
      // An address that was typed has no place yet.
      if (history.state?.at === undefined) history.replaceState({ at: ++this.#last }, "");
      restore(stateOfAddress());
    });
  }

  get #at() {
    return history.state?.at ?? 0;
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#last;
  }

  start(state) {
    this.#last = this.#at;
    history.replaceState({ at: this.#at }, "", addressOf(state));
  }

  push(state, merge) {
    this.#last = merge ? this.#at : this.#at + 1;
    if (merge) history.replaceState({ at: this.#last }, "", addressOf(state));
    else history.pushState({ at: this.#last }, "", addressOf(state));
  }

  undo() {
    if (this.canUndo) history.back();
  }

  redo() {
    if (this.canRedo) history.forward();
  }
}

/** The case in the address, and how it is read. Throws where it cannot be read. */
export function stateOfAddress() {
  const found = fromFragment(location.hash);
  const how = Object.fromEntries(HOW.filter((name) => name in found).map((name) => [name, String(found[name])]));
  const rest = Object.fromEntries(Object.entries(found).filter(([name]) => !HOW.includes(name)));
  return { case: rest, how };
}

function addressOf({ case: found, how }) {
  const chosen = Object.fromEntries(HOW.filter((name) => how[name]).map((name) => [name, how[name]]));
  const fragment = toFragment({ ...chosen, ...found });
  return fragment ? `#${fragment}` : location.pathname;
}
