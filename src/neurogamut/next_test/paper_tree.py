"""The published way to the diagnosis, as a baseline.

Fig. 8 of Bot et al. (Neuroradiology 2020) is a decision tree by age, perivascular pattern and
response to corticosteroids. Only its caption can be read as text, so the order of tests is rebuilt
from the caption, the checklist (Box 1), Table 1 (which diseases follow the perivascular spaces),
the additional tests of Table 2 and the text around them. It is a reading, not the figure.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError
from ..knowledge.age import EDGES
from .policies import Scores
from .workup import Workup

#: In the figure's terms: childhood, and `middle age or elderly (> 50)` of Table 2.
ADULT, OLDER = 18, 50

#: Box 1 begins with history and examination; imaging and CSF follow.
FIRST = ("history", "neurological_examination", "physical_examination", "mri_brain_with_contrast")
#: Box 1 and text: inherited B12 defects in children; lymphoma, metastases and B12 later in life.
BY_AGE = {"child": ("blood_count", "serum_b12"), "adult": (), "older": ("chest_ct", "serum_b12")}
#: Table 1: infections, lymphoma, sarcoidosis, vasculitis, CLIPPERS, GFAP, NMOSD follow the
#: perivascular spaces; tuberculosis, histoplasmosis and Susac do not. Tests of Table 2.
BY_PATTERN = {
    "present": ("lumbar_puncture", "mri_spine"),
    "absent": (
        "lumbar_puncture",
        "csf_tb_studies",
        "csf_fungal_studies",
        "ophthalmological_examination",
        "audiometry",
    ),
}
#: Box 1, `Positive response to corticosteroids`, and Table 2 for who responds and who does not.
BY_RESPONSE = {
    "present": (
        "chest_ct",
        "serum_ace",
        "mri_spine",
        "csf_cytology",
        "aqp4_igg",
        "gfap_igg",
        "ophthalmological_examination",
        "audiometry",
        "csf_jcv_pcr",
        "dsa",
        "pet_ct",
    ),
    "absent": (
        "chest_ct",
        "csf_fungal_studies",
        "csf_tb_studies",
        "borrelia_serology",
        "serum_b12",
        "long_bone_xray",
        "csf_cytology",
        "echocardiogram",
        "pet_ct",
    ),
}
TRIAL = "corticosteroid_trial"
#: `biopsy of non-brain tissues ... before considering to proceed to brain biopsy`, the last resort.
LAST = ("extracranial_biopsy", "brain_biopsy")


def sequence(workup: Workup) -> tuple[str, ...]:
    """The order of tests, as far as what is known decides it."""
    pattern = BY_PATTERN[_state(workup, "pvs_pattern", "absent")]
    response = BY_RESPONSE[_state(workup, "corticosteroid_response", "absent")]
    return (*FIRST, *BY_AGE[_age_group(workup)], *pattern, TRIAL, *response, *LAST)


def paper_tree(workup: Workup, tests: Sequence[str]) -> Scores:
    """The first test of the published order that is left; when it is used up, none.

    Raises UsageError where the tables know none of its tests."""
    order = list(enumerate(sequence(workup), 1))
    if not any(test in workup.battery.tests for _, test in order):
        raise UsageError("by='paper': none of the tests of the published tree is in these tables")
    return {test: 1 / place for place, test in order if test in tests}


def _state(workup: Workup, finding: str, otherwise: str) -> str:
    known = workup.forest.known.get(finding)
    return otherwise if known is None else ("present", "absent")[known]


def _age_group(workup: Workup) -> str:
    band = workup.forest.known.get("age")
    if band is None or ADULT <= EDGES[band] < OLDER:
        return "adult"
    return "child" if EDGES[band] < ADULT else "older"
