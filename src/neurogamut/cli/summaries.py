"""What each command does, in a line: `--help` need not load them, and a test holds that each says
the same of itself."""

SUMMARIES = {
    "demo": "An example: a patient of a published figure, the posterior, why, and the sources.",
    "read": "A report, a letter or a dictation as a case: what it says of which finding, and why.",
    "posterior": "The probability of every disease, given a case.",
    "explain": "Each finding's weight of evidence, and the rows and sources behind it.",
    "next-tests": "Which test to do next, why, and when to stop.",
    "plan": "A decision tree of tests within a budget of cost, harm or days.",
    "sensitivity": "How far the answer can be trusted when the percentages cannot.",
    "list": "What the knowledge base holds, in lists.",
    "show": "One cell: P(FINDING | DISEASE), its distribution, and each row behind it.",
    "check": "Validate the knowledge base; show every mistake, or what its cells rest on.",
    "init": "Begin a gamut of your own in DIR: a copy of the tables, or an empty one.",
    "diff": "What changed between the tables in two folders, in words, and what that did to cases.",
    "count-priors": "A setting whose prior is how many patients had which disease.",
    "export": "Write the network to FILE, as BIF (.bif) or XMLBIF (.xml).",
    "network": "Ask a Bayesian network of your own.",
    "export-case": "A case as a GA4GH Phenopacket (v2.0), for other programs and for ours.",
    "cohort": "The probability of every disease for many cases, one a row.",
    "learn": "New tables from patients whose diagnosis is known, most findings missing.",
    "update": "One more patient: into the LEDGER, and the tables learned from all of it.",
    "validate": "Pose published patients with what was known before the diagnosis, and compare.",
    "serve": "Serve the HTTP interface and a page to read cases with.",
}
