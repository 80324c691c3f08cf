// The page of documents: what the knowledge base holds, and every paper.

import { HttpBackend } from "./backend.js";
import { fill, h } from "./dom.js";
import { citation } from "./sources.js";

const backend = new HttpBackend();
backend.key = sessionStorage.getItem("neurogamut-api-key") ?? "";
const papers = document.getElementById("papers");

try {
  const [{ counts, model }, sources] = await Promise.all([backend.list("model"), backend.list("sources")]);
  fill(document.querySelector("[data-fact=knowledge]"),
    `${counts.diseases - 1} diseases and “none of these”, ${counts.findings} findings, ${counts.tests} tests; ${counts.statements} statements of ${counts.sources} sources. Version ${model.version}, knowledge base ${model.hash.slice(0, 12)}.`);
  fill(papers, ...sources.map((source) => h("li", {}, citation(source))));
} catch (refusal) {
  fill(papers, h("li", { role: "alert" }, refusal.message));
}
