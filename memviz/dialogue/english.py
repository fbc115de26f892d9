"""What an English sentence says about its speaker."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

from memviz.core.entry import Kind
from memviz.dialogue.dates import find_date
from memviz.dialogue.english_clauses import english_clauses
from memviz.dialogue.english_events import english_event
from memviz.dialogue.english_rules import english_statements
from memviz.dialogue.english_values import third_person
from memviz.dialogue.statements import OWNER, Clause, Statement, shown

_REMEMBER = re.compile(
    r"(?:(?:hi|hello|hey|also|and|ok|okay|so|by the way)[, ]+)*"
    r"(?:please\s+|(?:can|could|would)\s+you\s+(?:please\s+)?)?"
    r"(?:(?:remember|note|keep\s+in\s+mind|don't\s+forget|do\s+not\s+forget)(?:\s+that\s+|:\s*|,\s*|\s+(?=my\b|i\b|i'm\b))"
    r"|make\s+a\s+note(?:\s+that\s+|:\s*))(?P<rest>\S.+)$",
    re.IGNORECASE,
)
_ASKED_TO_REMEMBER = 0.95
_WORDS_OF_A_LABEL = 5


def english_sentence(sentence: str, said: datetime.date | None) -> list[Statement]:
    """The statements of one sentence; none where it asks, supposes or only says what somebody else said."""
    asked = _REMEMBER.match(" ".join(sentence.replace("’", "'").split()))
    if asked is None:
        return _told(sentence, said)
    rest = asked["rest"].rstrip("?.! ")
    told = _told(rest, said)
    if told:
        return [replace(each, strength=max(each.strength, _ASKED_TO_REMEMBER)) for each in told]
    note = shown(third_person(rest))
    label = "note: " + " ".join(note.split()[:_WORDS_OF_A_LABEL])
    says = f"{OWNER} asked to remember: {note}."
    return [Statement(label.lower(), label, note, says, shown(sentence), _ASKED_TO_REMEMBER, Kind.FACT)]


def _told(sentence: str, said: datetime.date | None) -> list[Statement]:
    found: list[Statement] = []
    for clause in english_clauses(sentence, said):
        told = english_statements(clause) or english_statements(_since_then(clause))
        event = None if told else english_event(clause)
        found += told if event is None else [event]
    return found


def _since_then(clause: Clause) -> Clause:
    """“Last week I moved to Porto” without its date, which has passed."""
    date = find_date(clause.text, clause.said) if clause.said is not None else None
    if date is None or clause.said is None or date.start > 0 or date.value[-10:] > clause.said.isoformat():
        return clause
    return replace(clause, text=clause.text[date.end :].lstrip(" ,"))
