// Papers, and the rows of the knowledge base that quote them.

import { h } from "./dom.js";
import { addresses, figure, sentence, stateName } from "./words.js";

/** A paper with links. */
export function citation(source) {
  const links = addresses(source).filter(([text]) => !source.citation.includes(text) || text.startsWith("PMC"));
  const within = addresses(source).find(([text]) => source.citation.startsWith(text));
  const text = within ? source.citation.slice(within[0].length).replace(/^\s*\((.*)\)$/, "$1") : source.citation;
  return h("cite", {}, text, " ", ...[within, ...links].filter(Boolean).flatMap(([name, address]) => [link(name, address), " "]));
}

/** A link that opens beside the page and does not tell where it comes from. */
export function link(text, address) {
  return h("a", { href: address, target: "_blank", rel: "noreferrer" }, text);
}

/** One row of the knowledge base with its paper. */
export function statement(row, sources) {
  const source = sources.find(({ key }) => key === row.source);
  return h("li", {},
    h("strong", {}, [row.state && `${stateName(row.state)} `, figure(row)]), ". ",
    row.locator && `Where: ${sentence(row.locator)} `,
    row.note && `Note: ${sentence(row.note)} `,
    source && citation(source),
    h("code", {}, `${row.file}:${row.line}`));
}

/** All papers of an answer, folded. */
export function sourceList(sources) {
  if (sources.length === 0) return null;
  return h("details", { class: "ng-sources" }, h("summary", {}, `Sources (${sources.length})`),
    h("ol", {}, ...sources.map((source) => h("li", {}, citation(source)))));
}
