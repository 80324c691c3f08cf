// The page's explorer in a notebook cell. Before this stands MODULES: the text of the page's modules
// by file name. Nothing is fetched: each becomes an address within this document.

const addresses = new Map();

function addressOf(name) {
  if (!addresses.has(name)) {
    const text = MODULES[name].replace(/from "\.\/(.+?)"/g, (_, other) => `from "${addressOf(other)}"`);
    addresses.set(name, URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  }
  return addresses.get(name);
}

const { mount } = await import(addressOf("explorer.js"));

/** A backend for `mount`: each question is a message to the kernel, each answer one from it. */
class KernelBackend {
  #model;
  #waiting = new Map();
  #count = 0;
  #listen = (message) => this.#heard(message);

  constructor(model) {
    this.#model = model;
    model.on("msg:custom", this.#listen);
  }

  /** Several questions about one case, one after another; how it is read is the kernel's. */
  async ask(found, _, questions, heard, signal) {
    for (const [name, options] of questions) {
      if (signal.aborted) return;
      await this.one(found, null, name, options).then((answer) => heard(name, answer), (refusal) => heard(name, null, refusal));
    }
  }

  one(found, _, name, options = {}) {
    const said = Object.entries(options).filter(([option, value]) => value && option !== "assume");
    return this.#ask(name, found, Object.fromEntries(said));
  }

  read(text) {
    return this.#ask("read", text);
  }

  profile(disease) {
    return this.#ask("profile", disease);
  }

  async list(kind) {
    return this.#model.get("knowledge")[kind];
  }

  close() {
    this.#model.off("msg:custom", this.#listen);
  }

  #ask(question, about, options = {}) {
    this.#count += 1;
    const id = `${this.#name}/${this.#count}`;
    return new Promise((answer, refuse) => {
      this.#waiting.set(id, { answer, refuse });
      this.#model.send({ id, question, about, options });
    });
  }

  /** Several cells may show one widget; each hears the answers to all. */
  #name = crypto.getRandomValues(new Uint32Array(2)).join("");

  #heard({ id, answer, refusal }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (refusal !== undefined) waiting?.refuse(new Error(refusal));
    else waiting?.answer(answer);
  }
}

function render({ model, el }) {
  const root = document.createElement("div");
  const caption = document.createElement("p");
  caption.className = "neurogamut ng-caption";
  caption.textContent = model.get("caption");
  el.classList.add("ng-notebook");
  el.append(root, caption);

  const backend = new KernelBackend(model);
  // Only a case that has an answer is handed to Python.
  const onPosterior = () => {
    model.set("case", explorer.case);
    model.save_changes();
  };
  const explorer = mount(root, backend, { ...model.get("knowledge"), initial: model.get("case"), onPosterior });
  const follow = () => {
    if (JSON.stringify(model.get("case")) !== JSON.stringify(explorer.case)) explorer.set(model.get("case"));
  };
  model.on("change:case", follow);
  return () => {
    model.off("change:case", follow);
    backend.close();
  };
}

export default { render };
