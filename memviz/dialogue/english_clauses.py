"""An English sentence as clauses: without greetings and fillers, without questions and conditions."""

from __future__ import annotations

import datetime
import re

from memviz.dialogue.dates import find_date
from memviz.dialogue.statements import Clause, shown

_GREETING = re.compile(
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening))\b(?:[ ,]+(?:there"
    r"|again|my dear|my friend|ai|friend|companion|assistant)\b)*[,!:]?\s*",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:well|so|oh|yes|yeah|yep|okay|ok|sure|thanks|thank you|by the way|also|and|but|besides|honestly|haha|great|wow"
    r"|you know(?: what)?|to be honest|as for me|hmm|um|my friend|friend|these days|at the moment|right|of course"
    r"|recently|lately|currently|nowadays|now|then|plus|anyway|personally|fyi|oops)\b[,!:]?\s+",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?:actually|in fact|correction|wait|sorry|i was wrong|not any ?more|nope|no(?=,)|i mean|i meant)[,:]?\s+",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"(?:maybe|perhaps|probably|possibly|i think|i guess|i suppose|i believe|i'm not sure,? but|not sure,? but)"
    r"(?: that)?,?\s+",
    re.IGNORECASE,
)
_HEDGE_INSIDE = re.compile(r"\b(?:maybe|perhaps|probably|possibly|might|may|sort of|kind of)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"(?:if|unless|when|whenever|suppose|imagine|assuming|in case|had i|were i|let's say|pretend|once)\b", re.IGNORECASE
)
_QUESTION = re.compile(
    r"(?:do|does|did|are|is|am|can|could|would|will|should|shall|have|has|was|were|what|who|whose|where|when|why|how"
    r"|which|isn't|don't you|aren't|guess)\b(?! that)",
    re.IGNORECASE,
)
#: A question that follows a statement in the same sentence: “I love jazz, do you?”
_TAG = re.compile(
    r",\s*(?:and\s+|but\s+|so\s+)?(?:(?:do|can|could|would|are|have|did|will) you\b|(?:what|how) about\b|and you\b"
    r"|you\?|what\b|how\b|which\b|where\b|is there\b|are there\b).*\?$",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:said|says|say|tells|told|asked|asks|wrote|writes|thinks?|thought|believes?|claims?|claimed|heard)"
    r"(?: (?:me|us|him|her|them))?(?: that)?[,:]?$",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"(?:,?\s+(?:and|but|so|because|although|(?:even\s+)?though|while|since)\s+|,\s+)"
    r"(?=(?:i|i'm|i've|i'll|my|we|it|it's|he|she|they|you|that|there|this|please)\b)",
    re.IGNORECASE,
)
#: “I live in Rome and work as a nurse”: the second verb has the first one's subject.
_ELIDED = re.compile(
    r",?\s+and\s+(?:also\s+|currently\s+|now\s+)?"
    r"(?=(?:work|live|study|love|like|enjoy|hate|have|speak|come|am|can't stand|don't like|dislike)\b)",
    re.IGNORECASE,
)

#: After these the further verbs say what the speaker will do, not what is.
_MODAL = re.compile(
    r"i(?:'ll|'d|\s+(?:will|would|can|could|should|must|need|want|hope|try|tried|have to|might|may))\b", re.IGNORECASE
)


def english_clauses(sentence: str, said: datetime.date | None) -> list[Clause]:
    """The clauses of a sentence that may say something of the speaker; none for a question or a condition."""
    text = " ".join(sentence.replace("’", "'").split())
    if text.endswith("?"):
        cut = _TAG.search(text)
        if cut is None:
            return []
        text = text[: cut.start()]
    text, greeted, hedged, correction = _bare(text.rstrip(".!;… "))
    if _CONDITION.match(text) or _QUESTION.match(text):
        return []
    clauses: list[Clause] = []
    before = ""
    for part in _with_dates(_SPLIT.split(text), said):
        if _REPORTED.search(before):
            break
        bare, _, part_hedged, part_correction = _bare(part)
        for piece in _elided(bare):
            unsure = hedged or part_hedged or _HEDGE_INSIDE.search(piece) is not None
            if piece and not _CONDITION.match(piece) and not re.search(r"\b(?:if|unless)\b", piece, re.IGNORECASE):
                clauses.append(Clause(piece, shown(part).strip(), said, unsure, correction or part_correction, greeted))
        before = part
    return clauses


def _with_dates(parts: list[str], said: datetime.date | None) -> list[str]:
    """The parts, a date that stands alone joined to what follows: “Today, I went …”."""
    joined: list[str] = []
    for part in parts:
        date = find_date(joined[-1], said) if joined and said is not None else None
        if date is not None and date.end - date.start == len(joined[-1].strip()):
            part = f"{joined.pop().strip()} {part}"
        joined.append(part)
    return joined


def _bare(text: str) -> tuple[str, bool, bool, bool]:
    """Without the words before the statement; whether among them were a greeting, a hedge, a correction."""
    seen = {"greeting": False, "hedge": False, "correction": False, "": False}
    patterns = ((_GREETING, "greeting"), (_CORRECTION, "correction"), (_HEDGE, "hedge"), (_FILLER, ""))
    while True:
        for pattern, name in patterns:
            match = pattern.match(text)
            if match is not None and match.end() > 0:
                seen[name] = True
                text = text[match.end() :]
                break
        else:
            return text.strip(" ,"), seen["greeting"], seen["hedge"], seen["correction"]


def _elided(clause: str) -> list[str]:
    """The clause, cut before each further verb of its subject “I”."""
    if not re.match(r"i\b", clause, re.IGNORECASE) or _MODAL.match(clause):
        return [clause]
    first, *others = _ELIDED.split(clause)
    return [first, *(f"I {other}" for other in others)]
