"""The embedder that ships."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from memviz.core.errors import KnownError
from memviz.core.resources import resource_path
from memviz.core.vectors import Embedder
from memviz.models.static_embedder.embedder import StaticEmbedder, load_builtin
from memviz.models.static_embedder.pieces import Pieces
from memviz.models.static_embedder.table import PieceTable


@pytest.fixture(scope="module")
def builtin() -> StaticEmbedder:
    return load_builtin()


def nearest(embedder: Embedder, question: str, texts: list[str]) -> str:
    return texts[int(np.argmax(embedder.embed(texts) @ embedder.embed([question], query=True)[0]))]


def test_vectors_have_length_one_or_zero(builtin: StaticEmbedder) -> None:
    assert isinstance(builtin, Embedder)
    texts = ["The cat sleeps.", "猫在沙发上睡觉", "", " ?! \n", "🎬", "x", "Ж", "\ud800", "the", "a" * 5000]
    vectors = builtin.embed(texts)
    assert (vectors.shape, vectors.dtype) == ((len(texts), builtin.dimension), np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths[[0, 1, 5, 6, 8, 9]], 1.0, atol=1e-5)
    assert not lengths[[2, 3, 4]].any()
    assert builtin.embed([]).shape == (0, builtin.dimension)


def test_a_vector_does_not_depend_on_its_neighbours(builtin: StaticEmbedder) -> None:
    texts = ["The cat sleeps.", "", "猫在沙发上睡觉", "We met in Rome in 2019."] * 400
    whole = builtin.embed(texts)
    for at in (0, 2, 3, 1203):
        np.testing.assert_allclose(builtin.embed([texts[at]])[0], whole[at], atol=1e-6)


@pytest.mark.parametrize(
    ("question", "right", "others"),
    [
        (
            "Where did my kitten nap?",
            "The cat sleeps on the sofa.",
            ["Interest rates rose in March.", "He plays piano."],
        ),
        ("What physician do I see?", "My doctor is called Kim.", ["I drive an old car.", "We met at the station."]),
        ("Which instrument do I play?", "She practises the violin daily.", ["He bought bread.", "The sky is grey."]),
        ("Emilys birthday", "Emily was born on 4 May.", ["Frank was in Paris.", "Lucy likes films."]),
        ("我最喜欢的景点在厦门哪里", "去厦门旅行，最喜欢鼓浪屿", ["今天学习了英语", "他喜欢喝咖啡"]),
    ],
)
def test_what_belongs_together_is_near(builtin: StaticEmbedder, question: str, right: str, others: list[str]) -> None:
    assert nearest(builtin, question, [*others, right]) == right


def test_it_needs_neither_torch_nor_tokenizers() -> None:
    code = (
        "import sys; from memviz.models.static_embedder.embedder import load_builtin; load_builtin().embed(['a cat']);"
        "print([name for name in ('torch', 'transformers', 'tokenizers', 'faiss') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_its_file_is_small_and_says_where_it_comes_from() -> None:
    assert resource_path("embedder", "builtin.npz").stat().st_size < 6_000_000
    assert "Apache" in resource_path("embedder", "LICENSE.txt").read_text(encoding="utf-8")


def test_a_missing_or_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    for content in (None, b"", b"PK\x03\x04 nothing"):
        if content is not None:
            (tmp_path / "x.npz").write_bytes(content)
        with pytest.raises(KnownError, match="cannot be read"):
            PieceTable.load(tmp_path / "x.npz")


def test_a_table_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32)
    table = PieceTable.of(["a", "##b", "cd", "ä"], vectors)
    table.save(tmp_path / "x.npz")
    again = PieceTable.load(tmp_path / "x.npz")
    assert again.pieces == table.pieces
    np.testing.assert_array_equal(again.numbers, table.numbers)
    np.testing.assert_allclose(again.numbers * again.scales[:, None], vectors, atol=np.abs(vectors).max() / 120)


def test_words_are_taken_apart_longest_piece_first() -> None:
    pieces = Pieces(["un", "##believ", "##able", "unbe", "##lie", "##lievable", "a"])
    assert pieces.of("unbelievable") == (3, 5)
    assert pieces.of("unable") == (0, 2)
    assert pieces.of("a") == (6,)
    assert pieces.of("unx") == pieces.of("") == pieces.of("a" * 101) == ()
