# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first case
#
# A woman of 20. Her MRI shows many punctate enhancing lesions, not along the perivascular spaces,
# and lesions of the corpus callosum. Which disease is it, why, and what should be done next?
#
# She is the patient of Fig. 3b and 5d of Bot et al., *Brain miliary enhancement*, Neuroradiology
# 2020 ([doi:10.1007/s00234-019-02335-5](https://doi.org/10.1007/s00234-019-02335-5)). What was
# known before the definitive test goes in.
#
# *neurogamut is research software, not a medical device.*

# %%
import neurogamut as ng

model = ng.load()
case = {
    "age": 20,
    "sex": "female",
    "miliary_enhancement": "present",
    "pvs_pattern": "absent",
    "corpus_callosum_lesions": "present",
    "lesion_location": "supratentorial",
}

# %% [markdown]
# ## What is it?
#
# The posterior of every disease. The tick is the prior: how frequent the disease is among such
# patients before anything is known of this one. What a case does not name is *not assessed*,
# never absent.

# %%
posterior = model.posterior(case)
posterior

# %% [markdown]
# It is also a mapping, a table and a picture.

# %%
posterior["susac"], posterior.leading

# %%
posterior.to_frame().head()

# %%
posterior.plot()

# %% [markdown]
# ## Why?
#
# Each finding's weight of evidence, in bans (log10 of a likelihood ratio: +1 makes the odds ten
# times better), against the runner-up. The rows below it are what the papers print.

# %%
why = model.explain(case)
why

# %%
why.plot()

# %% [markdown]
# The callosal lesions weigh most. The cell behind them: 27 of 27 patients, which is 98 %, not 100
# %, so that no single finding can ever veto a disease.

# %%
model.show("corpus_callosum_lesions", "susac")[0]

# %% [markdown]
# ## What next?
#
# Each remaining test: what it would tell, in bits, and whether that is worth its cost, harm and
# delay.

# %%
tests = model.next_tests(case)
tests

# %% [markdown]
# ## And then?
#
# Fluorescein angiography shows occlusions of branches of the retinal artery, the audiogram a
# sensorineural loss. A case is a plain dictionary: the new findings are added to it.

# %%
later = case | {"retinal_artery_occlusion": "present", "sensorineural_hearing_loss": "present"}
model.posterior(later)

# %% [markdown]
# An uncertain finding is a likelihood over its states. A reader who is 80 % sure of the occlusion:

# %%
model.posterior(case | {"retinal_artery_occlusion": {"present": 0.8, "absent": 0.2}})["susac"]

# %% [markdown]
# ## Around the disease
#
# What speaks for Susac syndrome and against it, if it is present. The width of a line is its
# weight of evidence.

# %%
model.draw(around="susac")

# %% [markdown]
# ## Explore
#
# The same in a cell: enter and change findings, open a bar to see the papers behind it, follow a
# suggested test. It needs a running kernel.

# %%
explorer = ng.explore(model, case)
explorer

# %% [markdown]
# Python and the cell share the case. Whoever changes it, the other follows.

# %%
explorer.case = later
explorer.posterior.top(3)
