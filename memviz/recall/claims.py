"""What an entry claims: a value of an attribute of a subject, found by its metadata, key, or patterns of its text.

A key ``Blade Runner · director`` names subject and attribute. Where the key does not, short sentences do, in English
(“Ann's birthday is 3 May”, “the capital of France is Paris”, “Ann lives in Lyon”, and the sentences of
``core.facts``) and in Chinese (“安的生日是五月三日”, “安住在里昂”).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from memviz.core.entry import Entry, Kind
from memviz.core.facts import SENTENCES, parsed
from memviz.core.text import normalised

#: What a subject may have several values of at once, so that two of them are no conflict.
MANY_VALUED = frozenset(
    (
        *("likes", "dislikes", "hobby", "hobbies", "interest", "interests", "plan", "plans", "event", "events"),
        *("note", "notes", "remember", "friend", "friends"),
        *("喜欢", "不喜欢", "讨厌", "爱好", "兴趣", "计划", "打算", "事件", "记住", "朋友"),
    )
)

#: In the metadata of an entry: ``{"subject": …, "attribute": …, "value": …}``, where key and text do not tell it.
CLAIM = "claim"

_DOT = " · "
#: Longer texts tell more than one thing.
_LONGEST = 300
_END = r"[.。!！]?$"
_IS = (" is ", " are ", " was ", " were ")
_DOES = (" live", " work", " was born ", " come", " is married to ", " studies at ")
#: Patterns, each with what a text in small letters must hold that it can match: one of each group. Looking for that
#: takes a small part of the time that a pattern takes to fail.
_PATTERNS = tuple(
    (groups, re.compile(pattern + _END, re.IGNORECASE))
    for groups, pattern in (
        (
            (_IS, (" of ",)),
            r"^(?:the |an? )?(?P<attribute>[^,;.]{1,60}?) of (?P<subject>[^,;.]{1,80}?) (?:is|are|was|were)"
            r" (?P<value>.+?)",
        ),
        (
            (_IS, ("'", "’")),
            r"^(?P<subject>[^,;.]{1,80}?)['’]s? (?P<attribute>[^,;.]{1,60}?) (?:is|are|was|were) (?P<value>.+?)",
        ),
        (
            (_DOES,),
            r"^(?P<subject>[^,;.]{1,80}?) (?P<attribute>lives? in|works? (?:as|at|for)|was born (?:in|on)|comes? from"
            r"|is married to|studies at) (?P<value>.+?)",
        ),
        (
            (("的",), ("是", "为", "叫", "在")),
            r"^(?P<subject>[^，。、,.]{1,40}?)的(?P<attribute>[^，。、,.的]{1,20}?)(?:是|为|叫|在)(?P<value>.+?)",
        ),
        (
            (("住在", "于", "来自"),),
            r"^(?P<subject>[^，。、,.的]{1,20}?)(?P<attribute>住在|出生于|生于|毕业于|来自|就职于|工作于)(?P<value>.+?)",
        ),
    )
)
#: Letters that a pattern takes for ASCII ones where case does not matter, though ``str.lower`` does not.
_LIKE_ASCII = str.maketrans("İıſ", "iis")


@dataclass(frozen=True, slots=True)
class Claim:
    """That an attribute of a subject has a value.

    The subject is as it is written, since “+1” and “1”, “LUV” and “Luv” are different films; the attribute is in small
    letters. ``values`` is what is compared: the objects of a fact, or the text, as normalised words.
    """

    owner: str
    subject: str
    attribute: str
    values: frozenset[str]

    @property
    def topic(self) -> tuple[str, str, str]:
        """What it is about: claims of one topic with other values are in conflict."""
        return (self.owner, self.subject, self.attribute)

    @property
    def name(self) -> str:
        """The topic for people, and in ``RecallSettings.exceptions``."""
        return topic_name(self.topic)


def topic_name(topic: tuple[str, str, str]) -> str:
    owner, subject, attribute = topic
    return f"{subject}{_DOT}{attribute}" + (f" ({owner})" if owner else "")


def claim_of(entry: Entry) -> Claim | None:
    """What an entry claims; None where it claims nothing that could be contradicted.

    What was said in a dialogue is no claim: it was said. Nor is what a subject may have several values of.
    """
    found = stated(entry)
    if found is None:
        return None
    (owner, subject, attribute), values = found
    return Claim(owner, subject, attribute, compared(values))


def stated(entry: Entry) -> tuple[tuple[str, str, str], tuple[str, ...]] | None:
    """The topic of what an entry claims, and the values as they are written; None where it claims nothing."""
    if entry.kind is Kind.DIALOGUE_TURN or not (entry.key or entry.text):
        return None
    found = _by_metadata(entry) or _by_key(entry) or _by_pattern(entry.text)
    if found is None:
        return None
    subject, attribute = " ".join(found[0].split()), " ".join(found[1].casefold().split())
    if not subject or not attribute or attribute in MANY_VALUED:
        return None
    return (entry.owner, subject, attribute), found[2]


def compared(values: Iterable[str]) -> frozenset[str]:
    """What values are compared by: their words. Signs alone, as in the title “$”, have none and stay as they are."""
    return frozenset(normalised(value) or value.strip() for value in values)


def _by_metadata(entry: Entry) -> tuple[str, str, tuple[str, ...]] | None:
    claim = entry.metadata.get(CLAIM)
    if claim is None or not isinstance(claim, Mapping):
        return None
    subject, attribute, value = (claim.get(name) for name in ("subject", "attribute", "value"))
    if not (isinstance(subject, str) and isinstance(attribute, str) and isinstance(value, str)):
        return None
    return subject, attribute, (value,)


def _by_key(entry: Entry) -> tuple[str, str, tuple[str, ...]] | None:
    subject, dot, attribute = entry.key.partition(_DOT)
    if not dot:
        return None
    fact = parsed(entry.key, entry.text) if len(entry.text) <= _LONGEST * 10 else None
    if fact is not None:
        # A subject may hold the dot itself: the fact knows where it ends.
        rest = entry.key.removeprefix(fact.subject).removeprefix(_DOT)
        return fact.subject, rest if entry.key.startswith(fact.subject) else attribute, fact.objects
    pattern = _by_pattern(entry.text, is_fact=False)
    return subject, attribute, pattern[2] if pattern else (entry.text,)


def _by_pattern(text: str, *, is_fact: bool | None = None) -> tuple[str, str, tuple[str, ...]] | None:
    """``is_fact``: False where it is known that the text states none."""
    bare = text.strip()
    if not bare or len(bare) > _LONGEST or "\n" in bare or "?" in bare or "？" in bare:
        return None
    fact = parsed("", bare) if is_fact is None or len(bare) < len(text) else None
    if fact is not None:
        word, _ = SENTENCES.get(fact.relation, (fact.relation, ""))
        return fact.subject, word, fact.objects
    small = bare.lower() if bare.isascii() else bare.translate(_LIKE_ASCII).lower()
    for groups, pattern in _PATTERNS:
        if _may_match(groups, small):
            match = pattern.match(bare)
            if match is not None:
                return match["subject"], match["attribute"], (match["value"],)
    return None


def _may_match(groups: tuple[tuple[str, ...], ...], small: str) -> bool:
    for words in groups:  # no generators: this is asked for each text of a memory
        for word in words:
            if word in small:
                break
        else:
            return False
    return True
