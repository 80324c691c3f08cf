"""How long work tells how far it is: a function that is given the share done, from 0 to 1."""

from collections.abc import Callable

Progress = Callable[[float], None]


def silent(share: float) -> None:
    """Progress that nobody watches."""
