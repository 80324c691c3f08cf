"""The words of the tables, compiled: which sequences of words mean what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os.path import commonprefix

from ..knowledge.spelling import words
from ..knowledge.wordings import NEAR, NOWHERE, RESULTS, SITE, TERM, Cue, Limit, Phrase, Wordings

#: Words shorter than this are never taken for a misspelling.
SHORTEST = 6


@dataclass(frozen=True)
class Rule:
    """One wording of a phrase: `parts` are names of meanings, of which the first is looked up."""

    phrase: Phrase
    parts: tuple[str, ...]


@dataclass
class Lexicon:
    """`sequences` by their first word, with the meanings of each: a term, a cue or a wording.
    `parents` are the terms that hold a term. `rules` by their form and first part: alone, near,
    site (a sign at a site), nowhere (a sign at no site)."""

    sequences: dict[str, dict[tuple[str, ...], set[str]]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    parents: dict[str, set[str]] = field(default_factory=dict)
    cues: dict[str, Cue] = field(default_factory=dict)
    rules: dict[tuple[str, str], list[Rule]] = field(default_factory=dict)
    tests: dict[str, list[Phrase]] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    limits: dict[str, list[Limit]] = field(default_factory=dict)
    units: dict[tuple[str, ...], str] = field(default_factory=dict)
    fillers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    vocabulary: set[str] = field(default_factory=set)
    misspelt: dict[str, list[str]] = field(default_factory=dict)

    def add(self, wording: str, meaning: str) -> None:
        """A sequence of words and what it means."""
        sequence = words(wording)
        found = self.sequences.setdefault(sequence[0], {})
        found.setdefault(sequence, set()).add(meaning)

    def meanings(self, sequence: tuple[str, ...]) -> tuple[str, ...]:
        """What a sequence means, with the terms that hold its terms, in order of name."""
        found = self.sequences.get(sequence[0], {}).get(sequence, ())
        named = {above for name in found for above in (name, *self.parents.get(name, ()))}
        return tuple(sorted(named))

    def known(self, word: str) -> str:
        """The word itself, or the known word of six letters or more within one letter of it."""
        if len(word) < SHORTEST or word in self.vocabulary or word in self.fillers["real"]:
            return word
        near = (known for variant in shortened(word) for known in self.misspelt.get(variant, ()))
        return next((known for known in near if is_misspelt(word, known)), word)

    def close(self) -> None:
        """Index the words, once all are in."""
        self.vocabulary = {
            word for found in self.sequences.values() for sequence in found for word in sequence
        }
        cues = self.cues.keys()
        named = {
            word
            for found in self.sequences.values()
            for sequence, meanings in found.items()
            if not meanings <= cues
            for word in sequence
        }
        for word in sorted(named):
            if len(word) >= SHORTEST and word.isalpha():
                for variant in shortened(word):
                    self.misspelt.setdefault(variant, []).append(word)


def shortened(word: str) -> Iterator[str]:
    """The word, and the word without one of its letters but the first: words within one letter of
    each other share one of these."""
    yield word
    for index in range(1, len(word)):
        yield word[:index] + word[index + 1 :]


def is_misspelt(word: str, known: str) -> bool:
    """Whether one letter was lost, added or changed, or two neighbours swapped; never the first, as
    `afebrile` is not `febrile`, nor the ending, as `remove` is not `removed`."""
    if word.startswith(known) or known.startswith(word):
        return False
    start = len(commonprefix([word, known]))
    end = len(commonprefix([word[start:][::-1], known[start:][::-1]]))
    wrong, right = word[start : len(word) - end], known[start : len(known) - end]
    swapped = len(wrong) == 2 and wrong == right[::-1]
    return start > 0 and (max(len(wrong), len(right)) <= 1 or swapped)


def compile_lexicon(wordings: Wordings) -> Lexicon:
    """The tables as one lexicon."""
    lexicon = Lexicon()
    _add_terms(lexicon, wordings)
    for phrase in wordings.phrases:
        for wording in phrase.words:
            _add_phrase(lexicon, phrase, wording)
    for number, cue in enumerate(wordings.cues):
        name = f"cue {number}"
        lexicon.cues[name] = cue
        for wording in cue.words:
            lexicon.add(wording, name)
    for limit in wordings.limits:
        for wording in limit.analyte:
            name = f"analyte {' '.join(words(wording))}"
            lexicon.add(wording, name)
            lexicon.limits.setdefault(name, []).append(limit)
    lexicon.units = {words(w): unit.unit for unit in wordings.units for w in unit.words}
    lexicon.fillers = {f.role: wordings.small_words(f.role) for f in wordings.fillers}
    lexicon.close()
    return lexicon


def _add_terms(lexicon: Lexicon, wordings: Wordings) -> None:
    held: dict[str, set[str]] = {}
    for term in wordings.terms:
        lexicon.kinds[term.term] = term.kind
        for wording in term.words:
            if inner := TERM.fullmatch(wording):
                held.setdefault(inner[1], set()).add(term.term)
            else:
                lexicon.add(wording, term.term)
    for name in held:
        lexicon.parents[name] = set(_above(name, held))


def _above(name: str, held: dict[str, set[str]]) -> Iterator[str]:
    for parent in held.get(name, ()):
        yield parent
        yield from _above(parent, held)


def _add_phrase(lexicon: Lexicon, phrase: Phrase, wording: str) -> None:
    form = "near" if NEAR in wording else "site" if SITE in wording else "alone"
    parts = [part.strip() for part in wording.split(NEAR if form == "near" else SITE)]
    if form == "site" and parts[1] == NOWHERE:
        form, parts = "nowhere", parts[:1]
    names = tuple(_name(lexicon, part) for part in parts)
    if phrase.says == "ignored":
        lexicon.ignored.update(names)
    elif phrase.says in RESULTS:
        lexicon.tests.setdefault(names[0], []).append(phrase)
    else:
        lexicon.rules.setdefault((form, names[0]), []).append(Rule(phrase, names))


def _name(lexicon: Lexicon, part: str) -> str:
    """A term by its name; anything else is a wording, added now."""
    if term := TERM.fullmatch(part):
        return term[1]
    name = " ".join(words(part))
    lexicon.add(part, name)
    return name
