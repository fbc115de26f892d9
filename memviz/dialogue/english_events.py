"""Plans and events with a date, as an English clause tells them."""

from __future__ import annotations

import re

from memviz.core.entry import Kind
from memviz.dialogue.dates import FoundDate, find_date
from memviz.dialogue.english_values import folded, third_person
from memviz.dialogue.statements import OWNER, Clause, Statement, shown

_LONGEST = 120
#: Verbs in the past after which something happened; “was”, “felt” and “thought” are none.
_HAPPENED = (
    "went|visited|met|saw|watched|bought|started|finished|moved|passed|failed|attended|got|had|made|cooked|learned"
    "|learnt|tried|joined|celebrated|adopted|lost|quit|left|took|read|ran|played|climbed|received|won|baked|hiked"
    "|travelled|traveled|flew|drove|graduated|married|signed|completed|discovered|completed|helped|broke|hurt|sold"
)
_WILL = re.compile(
    r"I(?:\s+will|'ll|\s+(?:am|'m)\s+going\s+to|'m\s+going\s+to|\s+plan\s+to|(?:\s+am|'m)\s+planning\s+to|\s+have\s+to"
    r"|\s+need\s+to|\s+intend\s+to|\s+must)\s+(?:probably\s+|maybe\s+|also\s+)?(?P<what>.+)$",
    re.IGNORECASE,
)
_WISH = re.compile(r"I(?:\s+want\s+to|'d\s+like\s+to|\s+would\s+like\s+to|\s+hope\s+to)\s+(?P<what>.+)$", re.IGNORECASE)
_DOING = re.compile(
    r"I(?:'m|\s+am)\s+(?P<what>(?:going|flying|travell?ing|leaving|starting|moving|meeting|visiting|returning|seeing|getting|having|taking)\s+.+)$",
    re.IGNORECASE,
)
_OCCASIONS = (
    "exam|interview|flight|appointment|wedding|meeting|trip|concert|surgery|deadline|graduation|presentation|holiday"
    "|vacation|party|test|anniversary|date|class|lesson|match|game|competition|dinner"
)
_DO = re.compile(
    rf"I\s+(?P<what>(?:go|fly|travel|leave|start|move|meet|visit|return)\b.*|have\s+an?\s+(?:\w+\s+){{0,2}}(?:{_OCCASIONS})\b.*)$",
    re.IGNORECASE,
)
_MINE = re.compile(
    rf"my\s+(?P<what>(?:\w+\s+)?(?:{_OCCASIONS}))\s+is(?:\s+on)?$",
    re.IGNORECASE,
)
_PAST = re.compile(rf"I\s+(?:just\s+|finally\s+|also\s+)?(?P<what>(?:{_HAPPENED})\b.*)$", re.IGNORECASE)
_CUT = re.compile(
    r"\s*(?:[,:(–—]|\b(?:which|because|although|so that|when|while|where|and\s+(?:the|it|there|they))\b).*$"
    r"|\s+(?:on|at|in|this|the|for)$",
    re.IGNORECASE,
)
#: Something that was spoken of, or what the speaker wants of whom is spoken to.
_EMPTY = re.compile(
    r"(?:\w+\s+)?(?:it|that|this|so|them|one|to)?(?:\s+for\b.*)?$|.*\b(?:you|your|question|questions)\b", re.IGNORECASE
)


def english_event(clause: Clause) -> Statement | None:
    """A plan or an event with its date; None where there is none, or nobody knows when it was said."""
    if clause.said is None:
        return None
    date = find_date(clause.text, clause.said)
    if date is None or date.value.isdigit():
        return None
    rest = _without(clause.text, date)
    past = _PAST.match(rest)
    if past is not None and date.value[-10:] <= clause.said.isoformat():
        return _event(clause, date, past["what"])
    if date.value.removeprefix("week of ") < clause.said.isoformat()[: len(date.value.removeprefix("week of "))]:
        return None
    for pattern, strength in ((_WILL, 0.8), (_MINE, 0.85), (_DO, 0.7), (_DOING, 0.75), (_WISH, 0.5)):
        match = pattern.match(rest)
        if match is not None and (pattern is _WILL or date.value > clause.said.isoformat()):
            return _plan(clause, date, match["what"], strength)
    return None


def _without(text: str, date: FoundDate) -> str:
    """The clause without its date, and without the commas around it."""
    before, after = text[: date.start].rstrip(" ,"), text[date.end :].lstrip(" ,")
    return " ".join(f"{before} {after}".split())


def _what(words: str) -> str:
    found = _CUT.sub("", words).strip(" .!")
    found = _CUT.sub("", found) if found else ""
    return "" if len(found) > _LONGEST or _EMPTY.match(found) else re.sub(r"[,.]([\"”])$", r"\1", shown(found))


def _event(clause: Clause, date: FoundDate, words: str) -> Statement | None:
    what = _what(words)
    if not what or " " not in what:
        return None
    told = third_person(what)
    when = "In the " + date.value if date.value.startswith("week") else f"On {date.value}"
    says = f"{when} {OWNER} {told}."
    return clause.found(f"event: {folded(told)}", f"event: {told}", date.value, says, 0.75, Kind.FACT)


def _plan(clause: Clause, date: FoundDate, words: str, strength: float) -> Statement | None:
    what = _what(words)
    if not what:
        return None
    told = third_person(what)
    says = f"{OWNER}’s plan for {'the ' if date.value.startswith('week') else ''}{date.value}: {told}."
    return clause.found(f"plan: {folded(told)}", f"plan: {told}", date.value, says, strength, Kind.FACT)
