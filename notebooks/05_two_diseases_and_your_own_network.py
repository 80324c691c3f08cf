# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Two diseases, and your own network
#
# Three steps beyond the first case: a patient with two diseases, two published networks through
# the same engine, and a disease and a finding that the knowledge base does not have yet.

# %%
import csv
import gzip
import shutil
import warnings
from pathlib import Path
from tempfile import mkdtemp

import pgmpy

import neurogamut as ng

warnings.simplefilter("ignore", FutureWarning)  # pgmpy's, about its own plans
model = ng.load()

# %% [markdown]
# ## Two diseases at once
#
# A man of 38 with HIV, headache and ataxia. Cryptococcal antigen is positive, and so is the PCR
# for JC virus. By default one disease has to explain everything; read as a checklist, the answer
# warns that none does:

# %%
case = {
    "age": 38,
    "sex": "male",
    "hiv_positive": "present",
    "headache": "present",
    "ataxia": "present",
    "cryptococcal_antigen_positive": "present",
    "csf_jcv_pcr_positive": "present",
}
model.posterior(case, reporting="systematic")

# %% [markdown]
# If any number of diseases may be present, both are:

# %%
both = model.posterior(case, assume="coexisting")
both

# %%
both.leading, round(both.several, 2)

# %% [markdown]
# ## Published networks through the same engine
#
# The engine knows no medicine: it takes any discrete Bayesian network. HEPAR II (disorders of the
# liver, 70 variables) and Pathfinder (diseases of the lymph node, 109 variables) come with pgmpy
# as BIF files.

# %%
folder = Path(mkdtemp())


def published(name: str) -> ng.Network:
    archive = next(Path(pgmpy.__file__).parent.rglob(f"{name}.bif.gz"))
    file = folder / f"{name}.bif"
    file.write_bytes(gzip.decompress(archive.read_bytes()))
    return ng.Network.read(file)


hepar = published("hepar2")
engine = ng.Engine(hepar)
evidence = {"jaundice": "present", "alcoholism": "present", "spleen": "present"}
cirrhosis = engine.query("Cirrhosis", evidence)
dict(zip(hepar.variables["Cirrhosis"].states, cirrhosis.table.round(4).tolist(), strict=True))

# %% [markdown]
# The same question put to pgmpy:

# %%
from pgmpy.inference import VariableElimination

answer = VariableElimination(hepar.to_pgmpy()).query(["Cirrhosis"], evidence, show_progress=False)
f"largest difference {abs(answer.values - cirrhosis.table).max():.0e}"

# %%
pathfinder = published("pathfinder")
engine = ng.Engine(pathfinder)
fault = pathfinder.variables["Fault"]
before = engine.query("Fault", {}).table
print(f"{len(pathfinder.variables)} variables, {len(fault)} diseases")
sorted(zip(before.round(3).tolist(), fault.states, strict=True), reverse=True)[:3]

# %% [markdown]
# ## A disease and a finding from CSV
#
# Toxoplasmosis is not in the knowledge base, nor is its serology. A new disease is a new file and
# a row in a few tables. The numbers here are made up to show the way, and are marked as what they
# are: `expert`.

# %%
root = Path(mkdtemp())
for name in ("priors", "cpts"):
    shutil.copytree(model.base.root / name, root / name)


def add(file: str, **row: object) -> None:
    """Add a row to a table of the copy."""
    with (root / file).open(newline="", encoding="utf-8") as table:
        header = next(csv.reader(table))
    with (root / file).open("a", newline="", encoding="utf-8") as table:
        csv.DictWriter(table, header, restval="", lineterminator="\n").writerow(row)


made_up = {"basis": "expert", "source": "expert", "note": "made up for this notebook"}

# %% [markdown]
# The finding, the test that reveals it, and its rate in patients with none of the diseases:

# %%
add(
    "cpts/findings.csv",
    key="toxoplasma_igg_positive",
    label="Toxoplasma IgG positive",
    states="present|absent",
    group="laboratory",
    revealed_by="toxoplasma_serology",
    reporting="systematic",  # its result is reported whatever it is
)
add(
    "priors/tests.csv",
    test="toxoplasma_serology",
    label="Toxoplasma serology",
    cost=1.5,
    harm=0,
    days=2,
    **made_up,
)
add(
    "cpts/background.csv", finding="toxoplasma_igg_positive", state="present", percent=20, **made_up
)

# %% [markdown]
# The disease, and its file:

# %%
add(
    "priors/diseases.csv",
    key="toxoplasmosis",
    label="CNS toxoplasmosis",
    group="infectious",
    database_id="ORPHA:858",
)

header = (root / "cpts/susac.csv").read_text(encoding="utf-8").splitlines()[0]
(root / "cpts/toxoplasmosis.csv").write_text(header + "\n", encoding="utf-8")
percentages = {
    "toxoplasma_igg_positive": 95,
    "mass_or_ring_enhancing_lesion": 85,
    "ring_enhancement": 80,
    "multiple_lesions": 70,
    "hiv_positive": 70,
    "headache": 60,
    "fever": 45,
}
for finding, percent in percentages.items():
    add("cpts/toxoplasmosis.csv", finding=finding, state="present", percent=percent, **made_up)

# %% [markdown]
# Is that all? The check says what is missing, with file and line, and all at once:

# %%
try:
    ng.load(root=root)
except ng.KnowledgeBaseError as error:
    print(error)

# %%
for setting in sorted((root / "priors/settings").glob("*.csv")):
    add(f"priors/settings/{setting.name}", disease="toxoplasmosis", weight=2, **made_up)
utilities = {"antiparasitic": 0.85, "steroids": 0.3, "supportive": 0.25}
for action in model.base.managements():
    utility = utilities.get(action, 0.2)
    add("priors/actions.csv", action=action, disease="toxoplasmosis", utility=utility, **made_up)

mine = ng.load("immunocompromised", root=root)

# %% [markdown]
# The new disease takes part in everything: posteriors, explanations, tests.

# %%
patient = {
    "age": 40,
    "hiv_positive": "present",
    "ring_enhancement": "present",
    "headache": "present",
}
mine.posterior(patient)

# %%
mine.next_tests(patient, by="bits-per-cost").plot()

# %%
mine.explain(patient | {"toxoplasma_igg_positive": "present"}, disease="toxoplasmosis")

# %% [markdown]
# ## The whole network
#
# Findings that make a disease at least three times as likely, and the dependencies between
# findings.

# %%
graph = model.graph()
print(graph)
graph.edges["leptomeningeal_enhancement", "csf_pleocytosis"]

# %%
model.draw()
