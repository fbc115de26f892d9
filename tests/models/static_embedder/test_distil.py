"""The built-in embedder is learned from an encoder: here from one that knows twelve words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from memviz.core.errors import Cancelled
from memviz.core.text import words
from memviz.models.static_embedder.distil import Recipe, distil, usable_pieces
from memviz.models.static_embedder.practice import practice_sentences
from memviz.models.training.fit import Report

VOCABULARY = ["[PAD]", "the", "cat", "kitten", "dog", "rates", "bank", "money", "piano", "violin", "##s", "##ing", "猫"]
RECIPE = Recipe(dimension=6, sentences=600, epochs=8, batch=64, rate=0.05)


class Teacher:
    """A text's vector is the sum of its words', and words of one topic share theirs; “the” says nothing."""

    space, dimension = "teacher", 12
    topics = ("cat kitten dog", "rates bank money", "piano violin")

    def embed(self, texts: Sequence[str], *, query: bool = False) -> np.ndarray:
        vectors = np.full((len(texts), self.dimension), 0.01, np.float32)
        for row, text in enumerate(texts):
            for word in words(text):
                for topic, known in enumerate(self.topics):
                    vectors[row, topic] += word in known.split()
                vectors[row, 3 + len(word) % 9] += 0.05
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def close(self) -> None: ...


def test_pieces_point_where_the_encoder_does_and_count_as_much() -> None:
    told: list[Report] = []
    table = distil(Teacher(), VOCABULARY, RECIPE, report=told.append)
    assert table.pieces == tuple(VOCABULARY[1:12])
    assert [report.round for report in told] == list(range(1, 9))
    assert told[-1].figures["cosine"] > max(0.8, told[0].figures["cosine"])
    vectors = dict(zip(table.pieces, table.numbers * table.scales[:, None], strict=True))

    def cosine(one: str, other: str) -> float:
        a, b = vectors[one], vectors[other]
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert cosine("cat", "kitten") > 0.8 > 0.3 > cosine("cat", "bank")
    assert np.linalg.norm(vectors["the"]) < 0.5 * np.linalg.norm(vectors["cat"])


def test_it_can_be_cancelled() -> None:
    def stop(done: int, total: int, said: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        distil(Teacher(), VOCABULARY, RECIPE, progress=stop)


def test_practice_is_the_same_every_time_and_has_every_word() -> None:
    pieces = usable_pieces(VOCABULARY)
    sentences = practice_sentences(pieces, 500)
    assert sentences == practice_sentences(pieces, 500)
    assert sentences != practice_sentences(pieces, 500, seed=1)
    text = " ".join(sentences)
    assert all(piece in text for piece in pieces if not piece.startswith("##"))
    assert "{" not in text
