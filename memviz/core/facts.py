"""Facts of a knowledge base, and the sentences that entries make of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A subject, a relation of :data:`SENTENCES`, and its objects in the order of the source."""

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


def render(fact: Fact) -> tuple[str, str]:
    """The key and the text of the entry for ``fact``."""
    word, sentence = SENTENCES[fact.relation]
    text = sentence.replace("{objects}", ", ".join(fact.objects)).replace("{subject}", fact.subject, 1)
    return f"{fact.subject} · {word}", text
