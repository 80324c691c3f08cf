"""How answers are drawn: one description, several media. Knows no answer."""
