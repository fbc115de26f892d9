"""What rules find in a sentence, before it is known who said it; and how a text is cut into sentences."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from memviz.core.entry import Kind

#: A hedge ("maybe", 可能) leaves this share of a claim's confidence.
HEDGED = 0.5

#: Where the owner's name stands in :attr:`Statement.says`.
OWNER = "\ue000"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a sentence says about whoever speaks.

    Attributes:
        attribute, label, value, kind: as in :class:`~memviz.dialogue.claims.Claim`.
        says: the sentence, with :data:`OWNER` for the owner's name.
        words: of the turn.
        strength: of the rule that found it, 0..1, hedges counted.
        correction: whether the words take something back.
    """

    attribute: str
    label: str
    value: str
    says: str
    words: str
    strength: float
    kind: Kind = Kind.PROFILE
    correction: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that rules look at.

    Attributes:
        text: without the words around it that say nothing.
        words: of the turn, as they were said.
        said: the day on which they were said, or None.
        hedged: whether the speaker is not sure.
        correction: whether the speaker takes something back.
        greeted: whether a greeting comes before it.
    """

    text: str
    words: str
    said: datetime.date | None = None
    hedged: bool = False
    correction: bool = False
    greeted: bool = False

    def found(
        self, attribute: str, label: str, value: str, says: str, strength: float, kind: Kind = Kind.PROFILE
    ) -> Statement:
        """What a rule of this strength found in it."""
        share = HEDGED if self.hedged else 1.0
        return Statement(attribute, label, value, says, self.words, round(strength * share, 3), kind, self.correction)


_QUOTED = re.compile(r'"[^"\n]{1,300}"|“[^”\n]{1,300}”|「[^」\n]{1,300}」|『[^』\n]{1,300}』|《[^》\n]{1,100}》')
#: Marks of sentences and clauses, and what stands for them inside of quotations, which are never cut.
_MARKS = ".!?;,。！？；，\n"
_HIDDEN = {ord(mark): 0xE100 + at for at, mark in enumerate(_MARKS)}
_SHOWN = {hidden: mark for mark, hidden in _HIDDEN.items()}
_SENTENCE = re.compile(
    r"(?:[^.!?。！？；;\n]|\.(?=\S)|(?<=\bMr)\.|(?<=\bMs)\.|(?<=\bDr)\.|(?<=\bMrs)\.|(?<=\bSt)\.)+[.!?。！？；;…]*"
)


def sentences(text: str) -> list[str]:
    """The sentences of a text with their marks at the end; what is quoted stays whole (see :func:`shown`)."""
    hidden = _QUOTED.sub(lambda quoted: quoted.group().translate(_HIDDEN), text)
    return [found.group().strip() for found in _SENTENCE.finditer(hidden) if found.group().strip()]


def shown(text: str) -> str:
    """``text`` with the marks in quotations as they were."""
    return text.translate(_SHOWN)
