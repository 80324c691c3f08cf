"""What can be asked of any discrete network, and the answers. Knows no medicine."""
