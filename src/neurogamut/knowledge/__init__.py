"""From CSV rows with their sources to the CPTs of a Bayesian network."""
