"""Facts of a knowledge base, and the sentences that entries make of them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A subject, a relation, and its objects in the order of the source.

    The relations of :data:`SENTENCES` have sentences of their own; any other words are told by :data:`PLAIN`.
    """

    subject: str
    relation: str
    objects: tuple[str, ...]


#: Relation -> (word in the key, sentence). The relations are those of MetaQA's knowledge base.
SENTENCES = {
    "directed_by": ("director", "{subject} was directed by {objects}."),
    "written_by": ("writer", "{subject} was written by {objects}."),
    "starred_actors": ("actors", "{subject} starred {objects}."),
    "release_year": ("year", "{subject} was released in {objects}."),
    "in_language": ("language", "{subject} is in {objects}."),
    "has_genre": ("genre", "{subject} has the genre {objects}."),
    "has_tags": ("tags", "{subject} can be described by {objects}."),
    "has_imdb_rating": ("rating", "{subject} has the rating {objects}."),
    "has_imdb_votes": ("votes", "{subject} has the votes {objects}."),
}

PLAIN = "{subject} – {relation}: {objects}."
_DOT = " · "
_OBJECT = re.compile(r"“([^“”]*, [^“”]*)”(?:, |\Z)|(.*?)(?:, |\Z)", re.DOTALL)


def render(fact: Fact) -> tuple[str, str]:
    """The key and the text of the entry for ``fact``; :func:`parsed` takes them back."""
    word, sentence = SENTENCES.get(fact.relation, (fact.relation, PLAIN.replace("{relation}", fact.relation)))
    text = sentence.replace("{objects}", ", ".join(map(_quoted, fact.objects))).replace("{subject}", fact.subject, 1)
    return f"{fact.subject}{_DOT}{word}", text


def parsed(key: str, text: str) -> Fact | None:
    """The fact that an entry states, by its text as :func:`render` writes it; None where it states none.

    The key only helps to tell where the subject ends and which relation is meant; where text and key differ, as after
    an edit of the text, the text is right.
    """
    subject, _, word = key.rpartition(_DOT)
    hinted = _RELATION_OF.get(word, word)
    middles = ((hinted, _middle(hinted)), *_ALL_MIDDLES)
    if subject and text.startswith(subject):
        for relation, middle in middles:
            if text.startswith(middle, len(subject)):
                return Fact(subject, relation, _objects(text[len(subject) + len(middle) :]))
    for relation, middle in middles:
        if middle in text and relation:
            found, _, objects = text.partition(middle)
            if found and objects:
                return Fact(found, relation, _objects(objects))
    return None


def _quoted(name: str) -> str:
    """In quotes where it would fall apart, like “Paris, Texas”. One that holds such quotes as well still does."""
    return f"“{name}”" if ", " in name else name


def _objects(text: str) -> tuple[str, ...]:
    found = _OBJECT.findall(text.strip().removesuffix("."))
    return tuple(quoted or plain for quoted, plain in found if quoted or plain)


def _between(sentence: str) -> str:
    """What stands between subject and objects."""
    return sentence.removeprefix("{subject}").removesuffix("{objects}.")


def _middle(relation: str) -> str:
    return _MIDDLES.get(relation) or _PLAIN_MIDDLE.replace("{relation}", relation)


_MIDDLES = {relation: _between(sentence) for relation, (_, sentence) in SENTENCES.items()}
_ALL_MIDDLES = tuple(_MIDDLES.items())
_PLAIN_MIDDLE = _between(PLAIN)
_RELATION_OF = {word: relation for relation, (word, _) in SENTENCES.items()}
