"""Makes the vectors of the built-in embedder: what each piece of a word adds to an encoder's vector of a text.

A static embedding learned from a sentence encoder, as in model2vec (Tulkens and van Dongen 2024): the vector of a text
is the sum of its pieces' vectors, and these are fitted so that it points where the encoder's vector does, projected on
its principal components. How much a piece counts is the length of its vector, learned with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from memviz.core.arrays import FloatArray
from memviz.core.progress import Progress, no_progress
from memviz.core.text import words
from memviz.core.vectors import Embedder
from memviz.models.static_embedder.pieces import INNER, Pieces
from memviz.models.static_embedder.practice import practice_sentences
from memviz.models.static_embedder.table import PieceTable
from memviz.models.threads import use_threads
from memviz.models.training.fit import Report

_TEACHER_BATCH = 1_024


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the vectors are learned.

    Attributes:
        dimension: D of a piece's vector.
        sentences: that the encoder teaches with.
        epochs, batch, rate: of Adam (Kingma and Ba 2015); the rate falls to 0.
        held_out: share of the sentences that only measures.
        seed: of sentences and order.
    """

    dimension: int = 192
    sentences: int = 180_000
    epochs: int = 3
    batch: int = 512
    rate: float = 0.01
    held_out: float = 0.02
    seed: int = 0


@dataclass
class _Lessons:
    """Sentences as pieces, and where each should point."""

    pieces: list[tuple[int, ...]] = field(default_factory=list)
    targets: FloatArray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))  # [n, D], length 1


def usable_pieces(vocabulary: Sequence[str]) -> list[str]:
    """The pieces of letters and digits, in their order; runs in other scripts are hashed instead."""
    return [piece for piece in vocabulary if (bare := piece.removeprefix(INNER)).isascii() and bare.isalnum()]


def vocabulary_of(folder: Path) -> list[str]:
    """The pieces of an encoder with WordPiece, by their number.

    Raises:
        OSError: the folder has no ``vocab.txt``.
    """
    return (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()


def distil(
    teacher: Embedder,
    vocabulary: Sequence[str],
    recipe: Recipe,
    *,
    threads: int = 1,
    progress: Progress = no_progress,
    report: Callable[[Report], None] = lambda _: None,
) -> PieceTable:
    """Learns a vector for each usable piece. 15 minutes with all-MiniLM-L6-v2 on one core.

    Args:
        vocabulary: pieces, the frequent ones first.
        report: called after each epoch; ``cosine`` is that of held-out sentences with where they should point.

    Raises:
        Cancelled: from ``progress``.
    """
    started = time.perf_counter()
    usable = usable_pieces(vocabulary)
    finder = Pieces(usable)
    sentences = practice_sentences(usable, recipe.sentences, recipe.seed)
    taught, projection, mean = _taught(teacher, sentences, recipe.dimension, progress)
    lessons = _lessons(finder, sentences, taught)
    first = _taught_words(teacher, usable, projection, mean, progress)
    use_threads(threads)
    torch.manual_seed(recipe.seed)
    bag = torch.nn.EmbeddingBag(len(usable), recipe.dimension, mode="sum")
    bag.weight.data = torch.from_numpy(first)
    optimizer = torch.optim.Adam(bag.parameters(), lr=recipe.rate)
    held = max(1, round(len(lessons.pieces) * recipe.held_out))
    steps = recipe.epochs * -(-(len(lessons.pieces) - held) // recipe.batch)
    done = 0
    for epoch in range(recipe.epochs):
        order = np.random.default_rng((recipe.seed, epoch)).permutation(len(lessons.pieces) - held) + held
        losses = []
        for start in range(0, len(order), recipe.batch):
            loss = 1 - _cosines(bag, lessons, order[start : start + recipe.batch]).mean()
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.item())
            done += 1
            optimizer.param_groups[0]["lr"] = recipe.rate * (1 - done / steps)
            progress(done, steps, "fitting the pieces")
        with torch.no_grad():
            cosine = float(_cosines(bag, lessons, np.arange(held)).mean())
        seconds = time.perf_counter() - started
        report(Report(epoch + 1, recipe.epochs, float(np.mean(losses)), {"cosine": cosine}, seconds, True))
    return PieceTable.of(usable, bag.weight.detach().numpy())


def _cosines(bag: torch.nn.EmbeddingBag, lessons: _Lessons, chosen: NDArray[np.int64]) -> torch.Tensor:
    """Of the sums of pieces with where they should point: [B]."""
    pieces = [lessons.pieces[at] for at in chosen]
    flat = torch.tensor([piece for one in pieces for piece in one])
    starts = torch.tensor(np.cumsum([0, *map(len, pieces)])[:-1])
    made = torch.nn.functional.normalize(bag(flat, starts), dim=-1)
    return (made * torch.from_numpy(lessons.targets[chosen])).sum(dim=-1)


def _taught(
    teacher: Embedder, sentences: Sequence[str], dimension: int, progress: Progress
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The teacher's vectors on their principal components [n, D], these [D, T], and the mean [T]."""
    vectors = _embedded(teacher, sentences, progress, "the encoder reads sentences")
    mean = vectors.mean(axis=0)
    _, _, components = np.linalg.svd(vectors[:: max(1, len(vectors) // 20_000)] - mean, full_matrices=False)
    projection = components[:dimension]
    return (vectors - mean) @ projection.T, projection, mean


def _lessons(finder: Pieces, sentences: Sequence[str], taught: FloatArray) -> _Lessons:
    pieces = [tuple(piece for word in words(sentence) for piece in finder.of(word)) for sentence in sentences]
    kept = [at for at, found in enumerate(pieces) if found]
    targets = taught[kept]
    lengths = np.linalg.norm(targets, axis=1, keepdims=True)
    return _Lessons([pieces[at] for at in kept], (targets / np.maximum(lengths, 1e-9)).astype(np.float32))


def _taught_words(
    teacher: Embedder, pieces: Sequence[str], projection: FloatArray, mean: FloatArray, progress: Progress
) -> FloatArray:
    """What the teacher says of each piece alone, to begin with: [V, D]."""
    bare = [piece.removeprefix(INNER) for piece in pieces]
    vectors = _embedded(teacher, bare, progress, "the encoder reads pieces")
    return np.ascontiguousarray((vectors - mean) @ projection.T, dtype=np.float32)


def _embedded(teacher: Embedder, texts: Sequence[str], progress: Progress, words_: str) -> FloatArray:
    parts = []
    for start in range(0, len(texts), _TEACHER_BATCH):
        parts.append(teacher.embed(texts[start : start + _TEACHER_BATCH]))
        progress(start, len(texts), words_)
    return np.concatenate(parts)
