// The questions, put to the server that this page came from. Nothing else is ever asked anything.

/** Enough draws for a bar's interval, few enough to follow clicks. */
const DRAWS = 1000;

/** A refusal, with the words that the server found for it. */
class Refusal extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "The server gave no answer");
    this.problem = problem;
  }
}

/** A backend for `mount`, over HTTP. `setting` names the priors and `assume` how many diseases there
 * may be, "" what the server would; `key` is an API key, where it asks for one. */
export class HttpBackend {
  setting = "";
  assume = "";
  key = "";
  #leaving = new AbortController();

  posterior(found) {
    return this.#ask("posterior", found, { assume: this.assume });
  }

  explain(found, disease, against) {
    return this.#ask("explain", found, { disease, against });
  }

  nextTests(found) {
    return this.#ask("next-tests", found);
  }

  sensitivity(kind, found) {
    return this.#ask(`sensitivity/${kind}`, found, kind === "uncertainty" ? { draws: DRAWS } : {});
  }

  /** A list of the knowledge base: findings, diseases, tests, sources, model or presets. */
  list(kind) {
    return this.#fetch(kind);
  }

  /** A Phenopacket as a case, with what became of its terms. */
  phenopacket(packet) {
    return this.#ask("phenopacket", packet);
  }

  /** Give up what was asked: the server drops what it has not begun. */
  drop() {
    this.#leaving.abort();
    this.#leaving = new AbortController();
  }

  #ask(question, found, options = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...options, setting: this.setting })) {
      if (value) query.set(name, value);
    }
    const headers = { "Content-Type": "application/json" };
    const request = { method: "POST", headers, signal: this.#leaving.signal };
    return this.#fetch(`${question}?${query}`, { ...request, body: JSON.stringify(found) });
  }

  #fetch(address, request = {}) {
    const credentials = this.key ? { Authorization: `Bearer ${this.key}` } : {};
    return answer(fetch(`v1/${address}`, { ...request, headers: { ...request.headers, ...credentials } }));
  }
}

async function answer(response) {
  const got = await response.catch(() => {
    throw new Refusal({ detail: "The server does not answer. Is neurogamut serve still running?" });
  });
  const document = await got.json().catch(() => ({ title: got.statusText }));
  if (!got.ok) throw new Refusal(document);
  return document;
}
