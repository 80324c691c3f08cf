// How numbers, findings and printed figures are worded; the same rules as in wording.py.

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
  const shown = times < 10 ? times.toFixed(1) : short(times);
  return shown === "1.0" ? "×1.0" : `${bans < 0 ? "÷" : "×"}${shown}`;
}

/** log10 odds as odds for or against. */
export function odds(bans) {
  const shown = short(10 ** Math.abs(bans));
  return bans < 0 ? `1 : ${shown}` : `${shown} : 1`;
}

function short(number) {
  return number < 1e6 ? String(Number(number.toPrecision(2))) : number.toExponential(0);
}

/** A cost, a delay: as few digits as it needs. */
export function plain(number) {
  return String(Number(number.toPrecision(3)));
}

/** A state as people read it. */
export function stateName(state) {
  return state.replaceAll("_", " ");
}

/** What a case says of one finding. */
export function said(value) {
  if (Array.isArray(value)) return value.map(said).join("; ");
  if (typeof value === "number") return `${plain(value)} years`;
  if (typeof value === "boolean") return value ? "present" : "absent";
  if (typeof value === "string") return stateName(value);
  const [state, weight] = Object.entries(value).reduce((a, b) => (b[1] > a[1] ? b : a));
  const total = Object.values(value).reduce((a, b) => a + b, 0);
  return `probably ${stateName(state)} (${Math.round((100 * weight) / total)}\u202f%)`;
}

/** What a row of the knowledge base states: `27/27`, `33 % of 27`, a printed word in quotes. */
export function figure(row) {
  const { k, n, percent: share, term, state, given } = row;
  const parts = k ? [`${k}/${n}`] : [];
  if (share) parts.push(k || !n ? `${share}\u202f%` : `${share}\u202f% of ${n}`);
  if (term) parts.push((state ? `“${term}”` : term) + (n && !parts.length ? ` (n=${n})` : ""));
  return parts.join(", ") + (given ? ` if ${given.replace("=", " is ").replaceAll("_", " ")}` : "");
}

/** Text and address of a source's DOI and PMID, those it has. */
export function addresses(source) {
  const found = [];
  if (source.doi) found.push([`doi:${source.doi}`, `https://doi.org/${source.doi}`]);
  if (source.pmid) found.push([`PMID ${source.pmid}`, `https://pubmed.ncbi.nlm.nih.gov/${source.pmid}/`]);
  return found;
}

/** A sentence from what a program says. */
export function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(first) ? first : `${first}.`;
}

/** Lower case and without accents, for searching. */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
