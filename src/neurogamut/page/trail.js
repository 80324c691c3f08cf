// What was entered, step by step, to go back and forth in. A page keeps it in the browser's history
// instead (address.js).

/** Steps in memory. `restore(state)` is called with the step that is gone to. */
export class Trail {
  #steps = [];
  #at = 0;
  #restore;

  constructor(restore) {
    this.#restore = restore;
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#steps.length - 1;
  }

  /** Begin anew with this state. */
  start(state) {
    this.#steps = [state];
    this.#at = 0;
  }

  /** A new step, or with `merge` the present one otherwise. What was undone is forgotten. */
  push(state, merge) {
    if (!merge) this.#at += 1;
    this.#steps.length = this.#at;
    this.#steps.push(state);
  }

  undo() {
    if (this.canUndo) this.#go(-1);
  }

  redo() {
    if (this.canRedo) this.#go(1);
  }

  #go(step) {
    this.#at += step;
    this.#restore(this.#steps[this.#at]);
  }
}
