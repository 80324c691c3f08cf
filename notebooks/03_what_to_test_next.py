# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What to test next
#
# A test costs money, time and sometimes harm. It is worth doing where what it may show would
# change what one does. This notebook ranks the tests, plans ahead, and says when to stop.

# %%
import neurogamut as ng
from neurogamut.cases.presets import preset

model = ng.load()
case = preset("fig_3b")  # the patient of the first notebook

# %% [markdown]
# ## Ranked
#
# *Bits*: the expected information of a test's joint outcome about the diagnosis. *Worth*: what
# acting after the test gains over acting now, in days in full health, minus what cost, harm and
# delay take. A test of many findings is sampled and says so (~, with its standard error); all
# others are exact.

# %%
ranked = model.next_tests(case)
ranked

# %% [markdown]
# The order depends on the question. Bits alone heed neither cost nor harm; per unit of cost, a
# cheap test comes first.

# %%
for by in ("utility", "bits", "bits-per-cost"):
    print(f"{by:13} {', '.join(t.test for t in model.next_tests(case, by=by).tests[:3])}")

# %% [markdown]
# ## What would each outcome mean?

# %%
angiography = next(test for test in ranked.tests if test.test == "fluorescein_angiography")
for outcome in angiography.outcomes:
    after = ", ".join(f"{model.labels[d]} {p:.0%}" for d, p in list(outcome.posterior.items())[:3])
    print(f"{outcome.findings}, probability {outcome.probability:.2f}: {after}")

# %% [markdown]
# ## Stop?
#
# The same-decision probability: if all remaining tests were done, would the diagnosis, and what
# one does about it, still be the same?

# %%
stop = ranked.stop
stop.recommended, stop.reason, round(stop.same_diagnosis, 2), round(stop.same_action, 2)

# %% [markdown]
# With the occlusions seen and the hearing loss measured, little is left to learn:

# %%
later = case | {"retinal_artery_occlusion": "present", "sensorineural_hearing_loss": "present"}
stop = model.next_tests(later).stop
stop.recommended, stop.reason, round(stop.same_diagnosis, 2), round(stop.same_action, 2)

# %% [markdown]
# ## A plan
#
# One test after the other, each depending on what the last one showed, within a budget. A branch
# is a result that can be told from the report; its numbers are exact. A line is as thick as its
# branch is probable.

# %%
plan = model.plan(case, budget={"cost": 20})
plan

# %% [markdown]
# A larger budget is not always spent: a plan stops where no test is worth what it takes.

# %%
for cost in (5, 20, 60):
    expected = model.plan(case, budget={"cost": cost}).expected
    print(
        f"budget {cost:>2}: spends {expected['cost']:.1f}, {expected['days']:.1f} days, "
        f"right in {expected['correct']:.0%}"
    )

# %% [markdown]
# ## The tests
#
# What they cost is an expert's estimate, in units of a blood test, and stands in
# `priors/tests.csv`.

# %%
model.tests[["label", "cost", "harm", "days", "requires"]]
