"""The explorer in a notebook cell."""
