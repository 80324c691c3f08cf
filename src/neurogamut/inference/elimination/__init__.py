"""Exact inference by compiled variable elimination."""
