// Asking about a case: one request for all that is shown, given up as soon as the case changes.

/** Puts questions to a `backend`. `does` has heard(name, answer, refusal), refuse(refusal) and busy(yes); none
 * is called for what was overtaken. */
export class Asking {
  #backend;
  #does;
  #turn = 0;
  #leaving = new AbortController();

  constructor(backend, does) {
    this.#backend = backend;
    this.#does = does;
  }

  /** Ask about a case from now on; a promise of the end. */
  async ask(found, how, questions) {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#turn += 1;
    const whileNew = this.whileNew();
    this.#does.busy(true);
    try {
      await this.#backend.ask(found, how, questions, whileNew(this.#does.heard), this.#leaving.signal);
    } catch (refusal) {
      whileNew(this.#does.refuse)(refusal);
    } finally {
      whileNew(this.#does.busy)(false);
    }
  }

  /** Makes of a function one that does nothing once another case is asked about. */
  whileNew() {
    const turn = this.#turn;
    return (does) => (...said) => (turn === this.#turn ? does(...said) : null);
  }
}
