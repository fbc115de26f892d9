"""What is told about a model before it is loaded, of real folders and a real cache."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from huggingface_hub import constants

from memviz.models.folders import model_memory
from memviz.session import model_details as module
from memviz.session.bundled import shipped_models
from memviz.session.model_details import ModelDetails, checked, look_up, model_details, read_details
from memviz.session.model_words import DETAIL_NAMES, detail_rows, memory_words, state_words
from memviz.session.models_at_hand import usable_devices
from tests.hub_cache import put_into_cache
from tests.hub_server import Hub, hub
from tests.models.tiny import tiny_model, tiny_tokenizer

NAME = "someone/tiny"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("details") / "tiny"
    tiny_model("llama").to(torch.float16).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(llama, tmp_path / "model"))


@pytest.fixture
def server(tmp_path: Path, llama: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one model, and an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    about = {
        "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
        "safetensors": {"parameters": {"F16": 42_000}, "total": 42_000},
    }
    with hub(NAME, {file.name: file.read_bytes() for file in llama.iterdir()}, about) as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.address)
        yield served


def test_a_folder_is_told_without_reading_its_weights(folder: Path) -> None:
    details = model_details(str(folder))
    parameters = sum(p.numel() for p in tiny_model("llama").parameters())
    shape = details.shape
    assert (details.kind, shape.architecture, details.problem) == ("causal-lm", "LlamaForCausalLM", "")
    assert (shape.layers, shape.heads, shape.width, shape.vocabulary, shape.context) == (2, 4, 32, 600, 256)
    assert (details.parameters, details.stored_as, details.folder) == (parameters, ("float16",), folder)
    assert details.disk == sum(file.stat().st_size for file in folder.iterdir())
    assert [need.dtype for need in details.needs] == ["float32", "bfloat16", "float16"]
    assert [need.bytes for need in details.needs] == [int(parameters * size * 1.1) + 100_000_000 for size in (4, 2, 2)]
    rows = dict(detail_rows(details))
    assert rows["Kind"] == "causal language model"
    assert rows["Context"] == "256 tokens"
    assert set(rows) < set(DETAIL_NAMES)
    assert state_words(details) == ""


def test_a_model_that_does_not_fit_is_marked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = sum(p.numel() for p in tiny_model("llama").parameters())
    monkeypatch.setattr(module, "free_memory", lambda: 100_000_000 + 3 * parameters)
    details = read_details(str(folder))
    assert [need.fits for need in details.needs] == [False, True, True]
    assert memory_words(details.needs[0], details.free).endswith("does not fit")


@pytest.mark.parametrize(
    ("name", "layers", "heads", "width", "context"),
    [("gpt2", 2, 4, 32, 256), ("bloom", 2, 4, 32, None), ("mpt", 2, 4, 32, 256), ("gemma2", 2, 4, 32, 256)],
)
def test_every_architecture_calls_its_sizes_differently(
    name: str, layers: int, heads: int, width: int, context: int | None, tmp_path: Path
) -> None:
    tiny_model(name).save_pretrained(tmp_path)
    shape = read_details(str(tmp_path)).shape  # it has no tokenizer, and its sizes are told all the same
    assert (shape.layers, shape.heads, shape.width, shape.context) == (layers, heads, width, context)


@pytest.mark.parametrize(
    ("config", "encoder", "decoder", "heads"),
    [
        (transformers.T5Config(num_layers=3, num_decoder_layers=5, num_heads=2, d_model=16), 3, 5, 2),
        (transformers.BartConfig(encoder_layers=3, decoder_layers=5, d_model=16), 3, 5, 16),
    ],
)
def test_an_encoder_decoder_has_two_numbers_of_layers(
    config: Any, encoder: int, decoder: int, heads: int, tmp_path: Path
) -> None:
    config.save_pretrained(tmp_path)
    shape = read_details(str(tmp_path)).shape
    assert (shape.encoder_layers, shape.layers, shape.heads) == (encoder, decoder, heads)
    assert dict(detail_rows(read_details(str(tmp_path))))["Layers"] == "3 in the encoder, 5 in the decoder"


def test_what_comes_with_memviz_can_be_opened() -> None:
    for name in shipped_models():
        details = read_details(name)
        assert (details.problem, details.to_download) == ("", False)
        assert details.kind or not details.checked
        if details.kind not in ("", "kv-ngram"):
            assert [need.dtype for need in details.needs] == ["float32"]
            assert details.parameters


def _config(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


def _empty(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def _half(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.safetensors.incomplete")


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (shutil.rmtree, "There is no model folder"),
    "empty": (_empty, "is empty"),
    "half": (_half, "half-downloaded"),
    "pickled": (_pickled, "only pickled weights (pytorch_model.bin), which can run code"),
    "unknown": (
        _config(model_type="quux", architectures=["QuuxForCausalLM"]),
        f"transformers {transformers.__version__} does not know",
    ),
    "own code": (_config(model_type="quux", auto_map={"AutoModel": "x.y"}), "code of its own"),
    "vision": (_config(model_type="vit", architectures=["ViTForImageClassification"]), "an image model"),
    "audio": (_config(model_type="wav2vec2", architectures=["Wav2Vec2ForCTC"]), "an audio model"),
    "no head": (_config(architectures=["LlamaModel"]), "without a language-model head (LlamaModel)"),
    "other kind": (lambda folder: (folder / "memviz.json").write_text('{"kind": "tape"}') and None, "“tape”"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_opened_says_why_in_one_sentence(folder: Path, kind: str) -> None:
    spoil, words = BAD[kind]
    spoil(folder)
    problem = model_details(str(folder)).problem
    assert words in problem
    assert problem.endswith(".")
    assert "\n" not in problem


def test_a_pickled_model_still_tells_its_sizes(folder: Path) -> None:
    _pickled(folder)
    assert read_details(str(folder)).shape.layers == 2


def test_no_name_is_asked_for_one() -> None:
    assert "Type the name" in read_details("  ").problem


def test_a_hub_name_is_never_asked_for_unasked(server: Hub) -> None:
    details = model_details(NAME)
    assert (details.to_download, details.folder, details.download, details.problem) == (True, None, None, "")
    assert "opening it downloads it" in state_words(details)
    assert server.asked == []


def test_looking_up_tells_what_a_download_would_be(server: Hub) -> None:
    details = look_up(NAME)
    assert details.to_download
    assert details.download == sum(len(body) for body in server.files.values())
    assert (details.kind, details.shape.architecture, details.parameters) == ("causal-lm", "LlamaForCausalLM", 42_000)
    assert details.stored_as == ("float16",)
    assert details.needs[0].bytes > details.needs[1].bytes
    assert server.sent == 0


def test_looking_up_says_what_cannot_be_opened(server: Hub) -> None:
    server.about = {"config": {"architectures": ["ViTForImageClassification"], "model_type": "vit"}}
    assert "an image model" in look_up(NAME).problem
    assert "no such model" in look_up("someone/else").problem


def test_looking_up_without_network_says_so(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    details = look_up(NAME)
    assert "the Hugging Face hub cannot be reached" in details.problem
    assert details.to_download


def test_a_cached_model_is_told_from_the_cache(server: Hub, tmp_path: Path, llama: Path) -> None:
    snapshot = put_into_cache(tmp_path / "hub", NAME, llama)
    details = model_details(NAME)
    assert (details.folder, details.to_download, details.problem) == (snapshot, False, "")
    (snapshot / "model.safetensors").unlink()
    half = model_details(NAME)
    assert (half.to_download, half.problem, half.shape.layers) == (True, "", 2)
    assert "holds no weights" in half.lacking
    assert state_words(half).endswith("Opening it downloads what is missing from the Hugging Face hub.")
    (snapshot / "pytorch_model.bin").touch()
    assert "only pickled weights" in state_words(model_details(NAME))
    assert server.asked == []


def test_sizes_are_read_without_transformers(folder: Path, server: Hub) -> None:
    code = f"""
import sys
from memviz.session.model_details import read_details
from memviz.session.models_at_hand import cached_models
cached_models()
details = read_details({str(folder)!r})
assert details.parameters and not details.checked
print([name for name in ("torch", "transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_checking_twice_changes_nothing(folder: Path) -> None:
    details = model_details(str(folder))
    assert checked(details) is details
    assert isinstance(details, ModelDetails)


def test_the_cpu_is_a_device_and_says_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = usable_devices()
    assert devices[0].name == "cpu"
    assert 0 < devices[0].free <= model_memory.psutil.virtual_memory().total
