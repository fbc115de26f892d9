"""A knowledge base as a graph of names: what a question mentions, and what can be reached from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from memviz.core.facts import Fact
from memviz.core.text import words


class Triple(NamedTuple):
    """One statement of a fact, read from ``name`` to ``value``.

    Attributes:
        name: the subject, or with ``inverse`` an object.
        relation: of the fact.
        inverse: read from an object to the subject.
        value: the other end.
        fact: the index of the fact that says so.
    """

    name: str
    relation: str
    inverse: bool
    value: str
    fact: int

    @property
    def label(self) -> str:
        """For people; ``⁻¹`` marks the inverse relation."""
        return f"{self.name} · {self.relation}{'⁻¹' if self.inverse else ''} → {self.value}"


@dataclass(frozen=True, slots=True)
class Mention:
    """Words ``start`` … ``stop`` of a question are one of ``names``, which are written alike."""

    names: tuple[str, ...]
    start: int
    stop: int


class KnowledgeGraph:
    """Facts by the names in them, in both directions: Miller et al. 2016 double their knowledge base (section 3.2)."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = tuple(facts)
        self._subject_of: dict[str, list[int]] = {}
        self._object_of: dict[str, list[int]] = {}
        for number, fact in enumerate(self._facts):
            if fact.objects:
                self._subject_of.setdefault(fact.subject, []).append(number)
            for value in fact.objects:
                self._object_of.setdefault(value, []).append(number)

    @cached_property
    def _by_words(self) -> dict[tuple[str, ...], list[str]]:
        found: dict[tuple[str, ...], list[str]] = {}
        for name in self.names:
            found.setdefault(_words(name), []).append(name)
        return found

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._by_words), default=0)

    @property
    def names(self) -> Sequence[str]:
        """Subjects, then the objects that are no subject."""
        return tuple(dict.fromkeys([*self._subject_of, *self._object_of]))

    def about(self, name: str) -> list[Triple]:
        """What the graph says about a name: as a subject, then as an object."""
        facts = self._facts
        said = [
            Triple(name, facts[number].relation, False, value, number)
            for number in self._subject_of.get(name, ())
            for value in facts[number].objects
        ]
        said += [
            Triple(name, facts[number].relation, True, facts[number].subject, number)
            for number in self._object_of.get(name, ())
        ]
        return said

    def _degree(self, name: str) -> int:
        """The number of triples about a name."""
        forward = sum(len(self._facts[number].objects) for number in self._subject_of.get(name, ()))
        return forward + len(self._object_of.get(name, ()))

    def mentions(self, question: str) -> list[Mention]:
        """Names that the question holds, longest first; none of them within a longer one.

        Names are compared by their words. Where one is written exactly as in the graph, those that differ from it in
        case or punctuation are left out, and so are those that share a word with it (“who stars in Time Changer” does
        not mean “In Time”).
        """
        said = words(question)
        found: list[tuple[int, int]] = []
        for length in range(min(self._longest, len(said)), 0, -1):
            for start in range(len(said) - length + 1):
                inside = any(a <= start and start + length <= b for a, b in found)
                if not inside and tuple(said[start : start + length]) in self._by_words:
                    found.append((start, start + length))
        exact: list[Mention] = []
        alike: list[Mention] = []
        for start, stop in found:
            same = self._by_words[tuple(said[start:stop])]
            written = [name for name in same if name in question]
            (exact if written else alike).append(Mention(tuple(written or same), start, stop))
        return [*exact, *(one for one in alike if not any(_overlap(one, other) for other in exact))]

    def near(
        self, names: Iterable[str], hops: int, *, most: int | None = None, hub: int | None = None
    ) -> list[list[Triple]]:
        """For each hop the triples that it reaches first, beginning at ``names``; at most ``most`` in all.

        No way leads on through a name with more than ``hub`` triples, like a year or a genre: it would reach everything
        (the paper leaves out words that occur more than 1,000 times for the same reason).
        """
        layers: list[list[Triple]] = []
        left = most
        seen: set[str] = set()
        frontier = dict.fromkeys(names)
        for hop in range(hops):
            open_names = [n for n in frontier if n not in seen and not (hop and hub and self._degree(n) > hub)]
            seen.update(open_names)
            layer = [triple for name in open_names for triple in self.about(name)][:left]
            left = None if left is None else left - len(layer)
            layers.append(layer)
            frontier = dict.fromkeys(triple.value for triple in layer)
        return layers


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.stop and other.start < one.stop


@lru_cache(maxsize=200_000)
def _words(name: str) -> tuple[str, ...]:
    """Of a name; small graphs are made of the same names again and again."""
    return tuple(words(name))
