"""What to test next: value of information over whole tests, when to stop, and plans."""
