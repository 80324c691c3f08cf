"""Files of Bayesian networks: one module for each format, its reader and writer in one."""
