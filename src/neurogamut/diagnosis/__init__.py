"""What is it, and why: one disease or several, and how the answers are drawn."""
