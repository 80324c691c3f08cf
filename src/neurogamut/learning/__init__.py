"""From patients whose diagnosis is known to tables: what a hospital's own cases add."""
