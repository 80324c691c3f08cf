"""Each disease is found from its textbook presentation, and the seed's patients from theirs."""

import numpy as np
import pytest

from neurogamut.knowledge.base import OTHER
from neurogamut.knowledge.build import DIAGNOSIS

#: Patients of the seed paper's figures, with what the captions say was seen before the definitive
#: test. Illustrations only: none of them is pooled into a CPT.
FIGURES = {
    "Fig. 2c, 55-year-old man": (
        "clippers",
        {
            "age": 55,
            "sex": "male",
            "miliary_enhancement": "present",
            "pvs_pattern": "present",
            "lesion_location": "infratentorial",
            "brainstem_lesions": "present",
            "cerebellar_lesions": "present",
        },
    ),
    "Fig. 1 and 6, 39-year-old man": (
        "vitamin_b12_deficiency",
        {
            "age": 39,
            "sex": "male",
            "miliary_enhancement": "present",
            "pvs_pattern": "present",
            "spinal_cord_lesions": "present",
            "dorsal_column_lesions": "present",
        },
    ),
    "Fig. 3b and 5d, 20-year-old woman": (
        "susac",
        {
            "age": 20,
            "sex": "female",
            "miliary_enhancement": "present",
            "pvs_pattern": "absent",
            "corpus_callosum_lesions": "present",
            "lesion_location": "supratentorial",
        },
    ),
    "Fig. 3d and 6c, 27-year-old man": (
        "cns_histoplasmosis",
        {
            "age": 27,
            "sex": "male",
            "miliary_enhancement": "present",
            "pvs_pattern": "absent",
            "grey_white_junction_lesions": "present",
            "leptomeningeal_enhancement": "present",
            "hydrocephalus": "present",
            "spinal_cord_lesions": "present",
            "histoplasmosis_endemic_exposure": "present",
        },
    ),
    "Fig. 4b and 5a, 26-year-old woman": (
        "neurotuberculosis",
        {
            "age": 26,
            "sex": "female",
            "miliary_enhancement": "present",
            "pvs_pattern": "absent",
            "leptomeningeal_enhancement": "present",
            "hydrocephalus": "present",
            "vertebral_involvement": "present",
            "chest_ct_abnormal": "present",
        },
    ),
}


def characteristic_findings(model, disease: str, count: int = 5) -> dict[str, str]:
    """The findings with the greatest weight of evidence for a disease against all others."""
    means = {f: model.engine.query([DIAGNOSIS, f]).table for f in model.structure.findings}
    row = model.structure.states[DIAGNOSIS].index(disease)
    weights = {}
    for finding, joint in means.items():
        own = joint[row] / joint[row].sum()
        rest = np.delete(joint, row, axis=0).sum(axis=0)
        weight = np.log10(own / (rest / rest.sum()))
        state = int(np.argmax(weight))
        if finding != "age":
            weights[finding] = (weight[state], model.structure.states[finding][state])
    best = sorted(weights, key=lambda finding: -weights[finding][0])[:count]
    return {finding: weights[finding][1] for finding in best}


def test_every_disease_is_first_on_its_textbook_presentation(model):
    for disease in model.labels:
        if disease != OTHER:
            case = characteristic_findings(model, disease)
            assert model.posterior(case).leading == disease, (disease, case)


@pytest.mark.parametrize("figure", FIGURES)
def test_the_figures_of_the_seed_are_in_the_first_three(model, figure):
    disease, case = FIGURES[figure]
    top = [name for name, _ in model.posterior(case).top(3)]
    assert disease in top
