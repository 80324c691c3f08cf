# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How sure are we?
#
# An exact posterior of uncertain figures is uncertain. Which published figure does the answer
# hang on, how far would it have to move, and does the answer survive the loss of a paper?

# %%
import neurogamut as ng
from neurogamut.cases.presets import preset

model = ng.load()
case = preset("fig_3b")  # the patient of the first notebook
how_sure = model.sensitivity(case)
model.posterior(case)

# %% [markdown]
# ## Tornado
#
# Each figure over its own 95 % interval, the others at their means. Orange: within it, another
# diagnosis comes first.

# %%
how_sure.tornado()

# %% [markdown]
# ## Intervals
#
# All figures at once, drawn from their distributions. This is how sure one may be of the posterior.

# %%
how_sure.uncertainty(draws=5000)

# %% [markdown]
# ## What would flip it?
#
# The smallest change that puts another diagnosis first.

# %%
how_sure.flip()

# %% [markdown]
# ## What if a finding was misread?

# %%
how_sure.findings()

# %% [markdown]
# ## What do the priors decide?
#
# How frequent these diseases are has hardly been published. So the answer is shown for every
# prior ten times as high and ten times as low, and in each setting.

# %%
how_sure.priors()

# %% [markdown]
# ## Jackknife
#
# Each paper left out in turn, with all of its rows.

# %%
how_sure.sources()

# %% [markdown]
# ## The definitive test
#
# The same questions after the retina was examined: the answer no longer hangs on one figure.

# %%
later = case | {"retinal_artery_occlusion": "present", "sensorineural_hearing_loss": "present"}
model.sensitivity(later).tornado()

# %%
model.sensitivity(later).uncertainty(draws=5000)
