"""A few facts and ways of asking, and a tokenizer made of them."""

from __future__ import annotations

import random

import pytest
from transformers import PreTrainedTokenizerFast

from memviz.core.facts import Fact, render
from memviz.models.reader.examples import Context, ExampleMaker
from memviz.models.reader.questions import Templates
from memviz.models.reader.tokens import train_tokenizer

FACTS = (
    Fact("Blade Runner", "directed_by", ("Ridley Scott",)),
    Fact("Blade Runner", "release_year", ("1982",)),
    Fact("Alien", "directed_by", ("Ridley Scott",)),
    Fact("Alien", "has_tags", ("space", "horror")),
    Fact("The Piano", "directed_by", ("Jane Campion",)),
    Fact("The Piano", "starred_actors", ("Holly Hunter", "Harvey Keitel", "Sam Neill")),
    Fact("Inside Out", "written_by", ("Pete Docter", "Meg LeFauve")),
    Fact("Up", "release_year", ("2009",)),
)

TEMPLATES: Templates = {
    ("directed_by", False): ("who directed {entity}", "{entity} was directed by who"),
    ("directed_by", True): ("what films did {entity} direct",),
    ("release_year", False): ("when was {entity} released",),
    ("starred_actors", False): ("who stars in {entity}",),
    ("written_by", False): ("who wrote {entity}",),
    ("has_tags", False): ("describe {entity}",),
}


def context(*facts: Fact) -> Context:
    """What recall might have found for a question about the first director."""
    return Context(facts, ("directed_by", False), "{entity} was directed by who", facts[0].subject)


@pytest.fixture
def maker() -> ExampleMaker:
    return ExampleMaker(FACTS, TEMPLATES, random.Random(0))


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    texts = [render(fact)[1] for fact in FACTS] + [text for texts in TEMPLATES.values() for text in texts]
    return train_tokenizer(texts, 400)
