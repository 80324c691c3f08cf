# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Where the numbers come from
#
# One row of the knowledge base is one statement of one source about one finding in one disease.
# This notebook follows a row on its way: from a percentage to a cell of a conditional probability
# table to a posterior. Then it edits one number, rebuilds, and compares.

# %%
import shutil
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

import neurogamut as ng
from neurogamut.cases.presets import preset

model = ng.load()

# %% [markdown]
# ## Rows
#
# Everything that was entered on hearing loss in Susac syndrome. A count outranks a range, a range
# a word, a word an expert's judgement, and that a background rate; what was outranked stays
# visible.

# %%
rows = model.statements
columns = ["state", "k", "n", "percent", "term", "basis", "source", "locator", "used"]
rows.query("disease == 'susac' and finding == 'hearing_loss'")[columns]

# %% [markdown]
# ## From rows to a cell
#
# A count of k in n patients gives Beta(k + ½, n − k + ½). Several sources are pooled, and the
# effective sample size is capped, because another hospital is not the same population.

# %%
cell = model.show("hearing_loss", "susac")[0]
cell

# %%
cell.plot()

# %% [markdown]
# ## From a cell to a posterior
#
# The network uses the mean of that distribution. Asked for P(hearing loss | Susac syndrome), it
# gives the same number back, although other findings depend on hearing loss:

# %%
joint = model.engine.query(["diagnosis", "hearing_loss"], {}).table
susac = list(model.labels).index("susac")
f"{joint[susac, 0] / joint[susac].sum():.12f}, {cell.distribution['present']['mean']:.12f}"

# %% [markdown]
# With one finding, Bayes' rule by hand, with the prior and these rates:

# %%
prior = joint.sum(axis=1)
rates = joint[:, 0] / prior
by_hand = prior[susac] * rates[susac] / (prior * rates).sum()
f"{by_hand:.12f}, {model.posterior({'hearing_loss': 'present'})['susac']:.12f}"

# %% [markdown]
# ## Edit one number
#
# Had callosal lesions been found in 14 of the 27 patients with Susac syndrome instead of in all
# of them, what would become of the first case? The tables are copied, one cell is changed as in a
# spreadsheet, and the model is built again. A mistake in a table would be reported with its file
# and line.

# %%
root = Path(mkdtemp())
for folder in ("priors", "cpts"):
    shutil.copytree(model.base.root / folder, root / folder)

file = root / "cpts" / "susac.csv"
table = pd.read_csv(file, dtype=str, keep_default_na=False)
counted = (table["finding"] == "corpus_callosum_lesions") & (table["k"] == "27")
table.loc[counted, ["k", "percent"]] = ["14", ""]
table.to_csv(file, index=False)

edited = ng.load(root=root)
edited.show("corpus_callosum_lesions", "susac")[0]

# %% [markdown]
# ## Compare

# %%
case = preset("fig_3b")  # the patient of the first notebook
before, after = model.posterior(case), edited.posterior(case)
pd.DataFrame({"27 of 27": dict(before.top(5)), "14 of 27": after.probabilities}).dropna()

# %% [markdown]
# Every answer carries the content hash of the tables that made it, so the two cannot be confused.

# %%
before.model.hash[:12], after.model.hash[:12]

# %% [markdown]
# How far apart are the two networks as a whole? The distance of Chan and Darwiche bounds the
# change of the odds of *every* query, for any case.

# %%
model.distance(edited, case, names=["first case"])

# %% [markdown]
# ## How much of it rests on what?

# %%
used = rows[rows["used"]]
used.groupby("basis").size().rename("rows in use").to_frame()
