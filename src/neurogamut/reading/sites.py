"""Which site a sign is at: `calcification of the thalami and dentate nuclei`, `the pons and vermis
show lesions`."""

from __future__ import annotations

from dataclasses import dataclass

from .parsed import Occurrence, Parsed

#: Words between signs that go together.
SIGNS_APART = 3
#: Words that neither join nor are sites between a site and a sign after it: in a phrase, in a
#: sentence; and between a preposition and its site.
PHRASE, SENTENCE, LED = 4, 10, 2
#: How words end that describe another sign rather than being one.
ADJECTIVES = ("ing", "ed", "intense", "dense", "ic", "ive", "bright", "ial")


@dataclass(frozen=True)
class SignGroup:
    """Signs that go together (`enhancing, T2-hyperintense lesions`) and the sites they are at."""

    signs: tuple[Occurrence, ...]
    sites: tuple[Occurrence, ...]


def groups(parsed: Parsed) -> list[SignGroup]:
    """The signs of a sentence, each group with its sites."""
    finder = _Finder(parsed)
    at: list[list[Occurrence]] = [[] for _ in finder.clusters]
    for site in finder.sites:
        number = finder.cluster_of(site)
        if number is not None:
            at[number].append(site)
    return [SignGroup(tuple(c), tuple(s)) for c, s in zip(finder.clusters, at, strict=True)]


class _Finder:
    def __init__(self, parsed: Parsed):
        self._parsed = parsed
        self.sites = parsed.of_kind("site")
        self._covered = {i for site in self.sites for i in range(site.start, site.end)}
        self.clusters: list[list[Occurrence]] = []
        for sign in parsed.of_kind("sign"):
            if self.clusters and self._go_together(self.clusters[-1][-1], sign):
                self.clusters[-1].append(sign)
            else:
                self.clusters.append([sign])

    def _go_together(self, sign: Occurrence, other: Occurrence) -> bool:
        """Few words between two signs, none of which is a site, a preposition or a break."""
        start, end = sign.end, other.start
        parted = (
            end - start > SIGNS_APART
            or self._parsed.has("preposition", start, end)
            or any(start <= site.start < end for site in self.sites)
            or any(start <= place < end for place in self._parsed.breaks)
        )
        return not parted and not self._begins_another(sign, start, end)

    def _begins_another(self, sign: Occurrence, start: int, end: int) -> bool:
        """`white matter lesions and a thin callosum`: the first has its site, another begins; so
        does one after a noun and a comma, but not in `enhancing, hyperintense lesions`."""
        has_site = any(0 <= sign.start - site.end <= 1 for site in self.sites)
        listed = self._parsed.has("list", start, end)
        is_noun = not self._parsed.norms[sign.end - 1].endswith(ADJECTIVES)
        item = is_noun and "," in self._parsed.norms[start:end]
        return listed and (has_site or item or self._parsed.has("article", start, end))

    def cluster_of(self, site: Occurrence) -> int | None:
        """The number of the signs that a site belongs to: those before it where a preposition leads
        to the site, else those that soon follow, else those before."""
        within = self._around(site)
        if within is not None or site.outer:
            return within
        left, right = self._left(site), self._right(site)
        gap = self._gap(site.end, self.clusters[right][0].start) if right is not None else SENTENCE
        if left is not None and (gap >= PHRASE or self._is_led_to(site)):
            return left
        return right if gap < SENTENCE else None

    def _around(self, site: Occurrence) -> int | None:
        """Signs on both sides, or in the same wording."""
        low, high = site.outer or (site.end, site.start)
        for number, cluster in enumerate(self.clusters):
            same = any(low <= sign.start and sign.end <= high for sign in cluster)
            if same or cluster[0].start <= site.start < cluster[-1].end:
                return number
        return None

    def _left(self, site: Occurrence) -> int | None:
        start = max((place for place in self._parsed.breaks if place < site.start), default=-1)
        found = [n for n, c in enumerate(self.clusters) if start < c[0].start < site.start]
        return found[-1] if found else None

    def _right(self, site: Occurrence) -> int | None:
        ends = [place for place in self._parsed.breaks if place >= site.end]
        end = min(ends, default=len(self._parsed.norms))
        found = [n for n, c in enumerate(self.clusters) if site.end <= c[0].start < end]
        return found[0] if found else None

    def _gap(self, start: int, end: int) -> int:
        """Words between that neither join nor are sites; what comes `with` it is another thing."""
        apart = PHRASE if "with" in self._parsed.norms[start:end] else 0
        return apart + sum(self._is_strange(place) for place in range(start, end))

    def _is_strange(self, place: int) -> bool:
        return place not in self._covered and bool(
            self._parsed.count_other("joiner", place, place + 1)
        )

    def _is_led_to(self, site: Occurrence) -> bool:
        """Whether a preposition stands before the list of sites that a site is in."""
        strange = 0
        for place in range(site.start - 1, -1, -1):
            if self._parsed.has("preposition", place, place + 1):
                return True
            strange += self._is_strange(place)
            if strange > LED:
                return False
        return False
