// How numbers, findings and printed figures are worded: as render/wording.py does, to which
// tests/words.json holds both, but with narrow spaces and curly quotes.

/** A probability that never reads as impossible or certain unless it is. */
export function percent(probability) {
  if (probability > 0 && probability < 0.0005) return "<0.1\u202f%";
  if (probability >= 0.9995 && probability < 1) return ">99.9\u202f%";
  return `${(100 * probability).toFixed(1)}\u202f%`;
}

/** A probability as a whole percentage, for intervals. */
export function wholePercent(probability) {
  return `${Math.round(100 * probability)}`;
}

/** A change in hundredths, with its sign. */
export function points(change) {
  const shown = Math.abs(100 * change).toFixed(1);
  if (shown === "0.0") return shown;
  return `${change < 0 ? "\u2212" : "+"}${shown}`;
}

/** log10 odds as a factor: how many times more, or less, likely. */
export function factor(bans) {
  const times = 10 ** Math.abs(bans);
  const shown = times < 10 ? times.toFixed(1) : times < 1e6 ? String(Number(times.toPrecision(2))) : times.toExponential(0);
  return shown === "1.0" ? "×1.0" : `${bans < 0 ? "÷" : "×"}${shown}`;
}

/** log10 odds as odds for or against. */
export function odds(bans) {
  const ratio = 10 ** Math.abs(bans);
  const shown = ratio < 1e6 ? plain(ratio) : ratio.toExponential(0);
  return bans < 0 ? `1 : ${shown}` : `${shown} : 1`;
}

/** A number in as few digits as it needs, three at most. */
export function plain(number) {
  return String(Number(number.toPrecision(3)));
}

/** A state as people read it. */
export function stateName(state) {
  return state.replaceAll("_", " ");
}

/** What a case says of one finding. */
export function said(value) {
  if (value == null) return "not assessed";
  if (Array.isArray(value)) return value.map(said).join(" and ");
  if (typeof value === "number") return `${plain(value)} years`;
  if (typeof value === "boolean") return value ? "present" : "absent";
  if (typeof value === "string") return stateName(value);
  const [state, weight] = Object.entries(value).reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  if (!(weight > 0)) return JSON.stringify(value);
  const shares = Object.values(value).reduce((sum, each) => sum + each / weight, 0);
  return `probably ${stateName(state)} (${Math.round(100 / shares)}\u202f%)`;
}

/** `immune_status=normal` as people read it. */
export function condition(given) {
  return stateName(given.replace("=", " is "));
}

/** What a row of the knowledge base states: `27/27`, `33 % of 27`, a printed word in quotes. */
export function figure(row) {
  const { k, n, percent: share, term, state, given } = row;
  const parts = k ? [`${k}/${n}`] : [];
  if (share) parts.push(k || !n ? `${share}\u202f%` : `${share}\u202f% of ${n}`);
  if (term) parts.push((state ? `“${term}”` : term) + (n && !parts.length ? ` (n=${n})` : ""));
  return parts.join(", ") + (given ? ` if ${condition(given)}` : "");
}

/** Text and address of a source's DOI and PMID, those it has. */
export function addresses(source) {
  const found = [];
  if (source.doi) found.push([`doi:${source.doi}`, `https://doi.org/${source.doi}`]);
  if (source.pmid) found.push([`PMID ${source.pmid}`, `https://pubmed.ncbi.nlm.nih.gov/${source.pmid}/`]);
  for (const [pmc] of (source.citation ?? "").matchAll(/\bPMC\d{5,}\b/g)) found.push([pmc, `https://pmc.ncbi.nlm.nih.gov/articles/${pmc}/`]);
  return found;
}

/** Text and address of a disease's id in an ontology, null where it has no page. */
export function ontologyAddress(id) {
  const [prefix, number] = id.split(":");
  const page = {
    ORPHA: `https://www.orpha.net/en/disease/detail/${number}`,
    OMIM: `https://omim.org/entry/${number}`,
    MONDO: `https://monarchinitiative.org/MONDO:${number}`,
  }[prefix];
  return page ? [`${prefix === "ORPHA" ? "Orphanet" : prefix} ${number}`, page] : null;
}

/** A 95 % interval that holds its value: drawn figures may put all of it to one side. */
export function around(value, { lower, upper }) {
  return [Math.min(lower, value), Math.max(upper, value)];
}

/** A sentence from what a program says. */
export function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(first) ? first : `${first}.`;
}

/** A name from a mapping, or the key itself. */
export function named(labels, key) {
  return Object.hasOwn(labels, key) ? labels[key] : stateName(key);
}

/** Lower case and without accents, for searching. */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
