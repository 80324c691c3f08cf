"""How far the answer can be trusted when the percentages cannot."""
