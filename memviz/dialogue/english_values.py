"""Values of English claims: where they end, what is no value, how a list is taken apart."""

from __future__ import annotations

import re

#: After these words a value is over.
_END = re.compile(
    r"\s+(?:because|since|when|whenever|which|that|who|whom|but|so|as|especially|particularly|where|while|after|before"
    r"|until|unless|although|though|very much|a lot|too|as well|so much|the most|most of all|these days|at the moment"
    r"|right now|now|anymore|any more|recently|lately|with you|for now|nowadays|like you|is|are|was|were|has|have"
    r"|can|will|would|such as|like|including|for example|for instance|at least"
    r"|in (?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|spring"
    r"|summer|autumn|fall|winter|\d{4})|last (?:week|month|year|spring|summer|autumn|winter)|this (?:week|month|year)"
    r"|for (?:\d+|a|an|one|two|three|many|several|some|about|over|almost|nearly|more|the past))\b.*$"
    r"|\s*[,:(–—].*$",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(
    r"(?:it|its|this|that|that's|these|those|them|him|her|you|your|yours|one|ones|me|us|everything|anything|something"
    r"|nothing|nobody|no|not|none|never|what|how|when|where|why|who|if|there|the (?:idea|way|fact|sound|look|feeling)"
    r"|being here|both|all of|some of|most of|such|so|very|much|more|doing so|hearing|talking (?:to|with) you"
    r"|chatting(?: with you)?|etc|such|like|including|a variety of (?:them|things))\b"
    # “the plot” is something that was spoken of; what goes on with “of” or “in”, or is a name, says which
    r"|the (?!\w+ (?:of|in)\b|(?-i:[A-Z])"
    r"|(?:guitar|piano|violin|drums|sea|ocean|beach|outdoors|mountains|countryside)$)",
    re.IGNORECASE,
)
_LONGEST = 60
_MOST_WORDS_OF_AN_ITEM = 5
_AND = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+and\s+(?:also\s+)?|\s+as well as\s+|\s+or\s+", re.IGNORECASE)
_PRONOUNS = {
    "my": "their",
    "me": "them",
    "myself": "themselves",
    "i": "they",
    "i'm": "they’re",
    "i've": "they’ve",
    "mine": "theirs",
    "our": "their",
    "us": "them",
    "we": "they",
}


def value(text: str, *, most_words: int = 8) -> str:
    """The value at the beginning of what follows a verb; empty where that is none."""
    found = _END.sub("", " " + text.strip()).strip(" .!\"'”“")
    if not found or len(found) > _LONGEST or len(found.split()) > most_words or _NO_VALUE.match(found):
        return ""
    return found


def proper(text: str) -> str:
    """A value that is a name: of a place, a firm, a person."""
    found = value(text)
    bare = re.sub(r"^(?:the|an?)\s+", "", found, flags=re.IGNORECASE)
    return found if bare[:1].isupper() or bare[:1].isdigit() else ""


def items(text: str) -> list[str]:
    """The values of a list: “painting, tea and long walks”; those before the first that is none."""
    text = re.split(r"[.!:(–—]", text, maxsplit=1)[0].strip()
    parts = _AND.split(text)
    if _adjectives(text, parts):
        parts = [text]
    elif re.match(r"to\s|\w+ing\s+(?:near|in|at|on|by|with)\s", text):
        parts = parts[:1]  # what follows is another place, or another verb
    listed = []
    for part in parts:
        found = value(part, most_words=_MOST_WORDS_OF_AN_ITEM)
        if not found:
            break
        listed.append(found)
        if found != part.strip(" \"'”“"):
            break  # something else follows
    return listed


def _adjectives(text: str, parts: list[str]) -> bool:
    """Whether “and” stands between words that belong to one noun: “action and comedy movies”."""
    if len(parts) != 2 or "," in text or " or " in text:
        return False
    first, second = parts[0].split(), parts[1].split()
    return (
        len(first) == 1 and not first[0].endswith(("s", "ing")) and len(second) == 2 and not second[0].endswith("ing")
    )


def third_person(words: str) -> str:
    """“visit my mother” as it is said of somebody else: “visit their mother”."""
    return re.sub(
        r"\b(?:myself|mine|my|me|i'm|i've|i|our|us|we)\b(?!')",
        lambda word: _PRONOUNS[word.group().lower()],
        words,
        flags=re.IGNORECASE,
    )


def folded(text: str) -> str:
    """A value in the form in which attributes carry it."""
    return re.sub(r"^(?:the|an?|to)\s+", "", " ".join(text.lower().split()))
