"""`python -m neurogamut` is the `neurogamut` command."""

from .cli.main import main

main()
