"""Exact inference on discrete Bayesian networks: arrays and names, no medicine."""
