// The questions, put to the server that this page came from. Nothing else is ever asked anything.

/** A refusal, with the words that the server found for it. */
export class Refusal extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "The server gave no answer");
    this.problem = problem;
  }
}

const JSON_TYPE = { "Content-Type": "application/json" };

/** A backend for `mount`, over HTTP. `key` is an API key, where the server asks for one. */
export class HttpBackend {
  key = "";

  /**
   * Several questions about one case in one request. `how` is how the case is read: `setting`, `reporting`,
   * `assume`. `questions` are pairs of a name and options; `heard(name, answer, refusal)` is called
   * for each as its answer comes. Ends with the last, or once `signal` is given.
   */
  async ask(found, how, questions, heard, signal) {
    const asked = questions.map(([name, options]) => addressOf(name, { ...how, ...options }));
    const body = JSON.stringify({ case: found, ask: asked });
    const response = await this.#send("answers", { method: "POST", headers: JSON_TYPE, body, signal });
    for await (const line of lines(response.body)) {
      const { question, answer, problem } = JSON.parse(line);
      heard(questions[asked.indexOf(question)][0], answer, problem && new Refusal(problem));
    }
  }

  /** One question alone. */
  async one(found, how, name, options = {}) {
    return this.#post(addressOf(name, { ...how, ...options }), found);
  }

  /** A list of the knowledge base: choices, sources. */
  list(kind) {
    return this.#get(kind);
  }

  /** What a disease looks like. */
  profile(disease, { setting } = {}) {
    return this.#get(addressOf(`disease/${encodeURIComponent(disease)}`, { setting }));
  }

  /** A report as a case, with what was understood. */
  read(text) {
    return this.#post("read", { text });
  }

  /** A "phenopacket" or "fhir" bundle as a case, with what became of its terms. */
  translated(kind, document, { setting, reporting }) {
    return this.#post(addressOf(kind, { setting, reporting }), document);
  }

  /** A case as a document for other programs: "phenopacket" or "fhir". */
  document(kind, found, how) {
    if (kind === "phenopacket") return this.#post("phenopacket/out", found);
    return this.#post(addressOf("posterior", how), found, { Accept: "application/fhir+json" });
  }

  async #get(address) {
    return (await this.#send(address)).json();
  }

  async #post(address, document, headers = {}) {
    const response = await this.#send(address, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(document) });
    return response.json();
  }

  /** A response that is an answer. */
  async #send(address, request = {}) {
    const credentials = this.key ? { Authorization: `Bearer ${this.key}` } : {};
    const response = await fetch(`v1/${address}`, { ...request, headers: { ...request.headers, ...credentials } }).catch(() => {
      throw new Refusal({ detail: "The server does not answer. Is neurogamut serve still running?" });
    });
    if (!response.ok) throw new Refusal(await response.json().catch(() => ({ title: response.statusText, status: response.status })));
    return response;
  }
}

function addressOf(name, options) {
  const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value));
  return query.size ? `${name}?${query}` : name;
}

async function* lines(body) {
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      const parts = (rest + (value ?? "")).split("\n");
      rest = parts.pop();
      yield* parts.filter(Boolean);
      if (done) return;
    }
  } catch {
    throw new Refusal({ detail: "The answer broke off. Is neurogamut serve still running?" });
  }
}
