"""One real patient, from question to sources, without an argument."""

from __future__ import annotations

import click

from ..model import Model
from .options import takes_model
from .output import show_text

#: What was known of the patient before the retina was examined.
CASE = {
    "age": 20,
    "sex": "female",
    "miliary_enhancement": "present",
    "pvs_pattern": "absent",
    "corpus_callosum_lesions": "present",
    "lesion_location": "supratentorial",
}
ORIGIN = (
    "An example: the patient of Fig. 3b and 5d of Bot et al., Neuroradiology 2020\n"
    "(doi:10.1007/s00234-019-02335-5), a 20-year-old woman. What was seen before the\n"
    "definitive test goes in; the paper's diagnosis is Susac syndrome, proven by\n"
    "retinal artery occlusion.\n"
)


@click.command()
@takes_model
def demo(model: Model) -> None:
    """An example: a patient of a published figure, the posterior, why, and the sources."""
    click.echo(ORIGIN)
    explanation = model.explain(CASE)
    show_text(explanation.posterior, explanation)
    findings = " ".join(f"--set {key}={said}" for key, said in CASE.items())
    click.echo(f"The same with  neurogamut posterior {findings}", err=True)


commands = {"demo": demo}
