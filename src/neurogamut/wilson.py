"""Wilson's score interval of a share (J Am Stat Assoc 1927;22:209)."""

from math import sqrt

#: Standard normal quantile of a two-sided 95 % interval.
Z95 = 1.959963984540054


def interval(share: float, of: int) -> tuple[float, float]:
    """The 95 % interval of a share `of` so many, or of so many independent draws.

    >>> [round(bound, 3) for bound in interval(0.5, 10)]
    [0.237, 0.763]
    """
    centre = share + Z95**2 / (2 * of)
    spread = Z95 * sqrt(share * (1 - share) / of + (Z95 / (2 * of)) ** 2)
    scale = 1 + Z95**2 / of
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)
