"""A row of cpts/ that states nothing yet."""

CELLS = dict.fromkeys(("given", "k", "n", "percent", "term", "note"), "")
CELLS |= {"state": "present", "basis": "reported"}
