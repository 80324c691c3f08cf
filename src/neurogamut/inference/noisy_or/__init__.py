"""Exact inference where many causes may be present: noisy-OR networks."""
