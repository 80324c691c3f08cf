// The door: a server that asks for an API key gets one, now or when it changes.

import { fill } from "./dom.js";

/** Where a tab keeps its API key until it is closed. */
const KEY = "neurogamut-api-key";

/** The `form` asks for the key of a `backend`. */
export class Door {
  #backend;
  #form;
  #opening = null;

  constructor(backend, form) {
    this.#backend = backend;
    this.#form = form;
    backend.key = sessionStorage.getItem(KEY) ?? "";
  }

  /** What `ask()` gives, once there is a key with which it is answered. Several may wait. */
  async opened(ask) {
    this.#opening ??= this.#open(ask).finally(() => { this.#opening = null; });
    return this.#opening;
  }

  async #open(ask) {
    for (;;) {
      try {
        const answer = await ask();
        if (this.#backend.key) sessionStorage.setItem(KEY, this.#backend.key);
        return answer;
      } catch (refusal) {
        if (refusal.problem?.status !== 401) throw refusal;
        await this.#askKey();
      }
    }
  }

  async #askKey() {
    const [input, denied] = [this.#form.querySelector("input"), this.#form.querySelector("[role=alert]")];
    fill(denied, this.#backend.key && "This key is not one of the server’s.");
    this.#form.hidden = false;
    input.focus();
    await new Promise((entered) => {
      this.#form.addEventListener("submit", (event) => { event.preventDefault(); entered(); }, { once: true });
    });
    this.#backend.key = input.value.trim();
    input.value = "";
    this.#form.hidden = true;
  }
}
