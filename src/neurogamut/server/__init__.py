"""The HTTP interface: the same questions as in Python and on the command line, and a page."""
