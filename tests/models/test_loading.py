"""Loading model folders: good ones, and one clear sentence for each kind of bad one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from memviz.core.errors import Cancelled, KnownError
from memviz.core.events import FinishEvent, PromptEvent
from memviz.core.protocols import MemoryModel
from memviz.core.query import Query
from memviz.models import transformer
from memviz.models.folders import model_memory
from memviz.models.folders.model_folder import check_model_folder
from memviz.models.transformer import load_transformer
from tests.models.tiny import entries, tiny_model, tiny_tokenizer


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "good"
    tiny_model("llama").to(torch.float16).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "sharded"
    tiny_model("gpt2").save_pretrained(folder, max_shard_size="60KB")
    tiny_tokenizer().save_pretrained(folder)
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


@pytest.fixture
def copied(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "model"))


def test_a_folder_loads_and_answers(good: Path) -> None:
    said: list[tuple[int, int, str]] = []
    model = load_transformer(str(good), progress=lambda *words: said.append(words))
    assert isinstance(model, MemoryModel)
    assert (model.name, model.layers, model.heads, model.capture) == ("good", 2, 4, "rows")
    assert (model.dtype, model.device, model.context_length, model.threads) == ("float32", "cpu", 256, 1)
    assert model.parameters == sum(p.numel() for p in tiny_model("llama").parameters())
    assert [done for done, _, _ in said] == list(range(len(said)))
    events = list(model.run(Query("who?", max_tokens=3), entries("one"), None))
    assert isinstance(events[-1], FinishEvent)
    assert set(events[-1].timings) >= {"prompt", "prefill"}
    model.close()
    model.close()


def test_shards_load(sharded: Path) -> None:
    assert load_transformer(str(sharded)).layers == 2


def test_dtype_and_options_of_the_folder_are_used(copied: Path) -> None:
    options = {"template": "{entries} | {question} =", "entry": "* {key}: {text}", "stop": ["\n"], "task": "movies"}
    (copied / "memviz.json").write_text(json.dumps(options))
    model = load_transformer(str(copied), dtype="bfloat16")
    assert model.dtype == "bfloat16"
    assert model.capture == "rows"
    prompt = next(iter(model.run(Query("who?"), entries("one"), None)))
    assert isinstance(prompt, PromptEvent)
    assert prompt.text == "* key 0: one | who? ="


def _empty(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def _only_pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")


def _only_gguf(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.gguf")


def _truncated(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def _cut_in_the_header(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100])


def _garbage(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"<html>not found</html>")


def _lfs_pointer(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


def _unfinished(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.safetensors.incomplete")


def _no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def _no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def _broken_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"model": 3}')


def _bad_options(folder: Path) -> None:
    (folder / "memviz.json").write_text('{"stop": "\\n"}')


def _config(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


def _broken_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def _fewer_layers_in_the_file(folder: Path) -> None:
    tiny_model("llama", num_hidden_layers=1).save_pretrained(folder / "small")
    shutil.copy(folder / "small" / "model.safetensors", folder)
    shutil.rmtree(folder / "small")


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (shutil.rmtree, "There is no model folder"),
    "empty": (_empty, "is empty"),
    "pickled": (_only_pickled, r"only pickled weights \(pytorch_model.bin\)"),
    "gguf": (_only_gguf, "GGUF weights only"),
    "truncated": (_truncated, "half-downloaded: it ends after"),
    "cut in the header": (_cut_in_the_header, "half-downloaded"),
    "garbage": (_garbage, "no safetensors file"),
    "git lfs": (_lfs_pointer, "git lfs pull"),
    "unfinished": (_unfinished, "half-downloaded .*incomplete"),
    "no config": (_no_config, "no config.json"),
    "broken config": (_broken_config, "cannot be read as JSON"),
    "no tokenizer": (_no_tokenizer, "no tokenizer"),
    "broken tokenizer": (_broken_tokenizer, "tokenizer of “model” cannot be loaded"),
    "bad options": (_bad_options, "memviz.json.* wrong “stop”"),
    "unknown": (
        _config(model_type="quux", architectures=["QuuxForCausalLM"]),
        rf"QuuxForCausalLM.*transformers {transformers.__version__} does not know",
    ),
    "own code": (_config(model_type="quux", auto_map={"AutoModel": "x.y"}), "code of its own"),
    "no decoder": (_config(model_type="t5", architectures=["T5EncoderModel"]), "without a language-model head"),
    "vision": (_config(model_type="vit", architectures=["ViTForImageClassification"]), "an image model"),
    "audio": (_config(model_type="wav2vec2", architectures=["Wav2Vec2ForCTC"]), "an audio model"),
    "no head": (_config(architectures=["LlamaModel"]), r"without a language-model head \(LlamaModel\)"),
    "other sizes": (_config(hidden_size=64), "cannot be loaded"),
    "missing weights": (_fewer_layers_in_the_file, "lacks 9 of its weights"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_folder_is_refused_with_one_sentence(copied: Path, kind: str) -> None:
    spoil, words = BAD[kind]
    spoil(copied)
    with pytest.raises(KnownError, match=words) as caught:
        load_transformer(str(copied))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert "model" in message


def test_a_missing_shard_is_named(sharded: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sharded, tmp_path / "model"))
    lost = sorted(folder.glob("*.safetensors"))[1]
    lost.unlink()
    with pytest.raises(KnownError, match=f"half-downloaded: 1 of .*{lost.name}"):
        load_transformer(str(folder))


def test_a_file_is_no_folder(good: Path) -> None:
    with pytest.raises(KnownError, match="is a file"):
        load_transformer(str(good / "config.json"))


def test_a_model_larger_than_free_memory_is_refused_before_loading(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_memory, "free_memory", lambda: 90_000_000)
    monkeypatch.setattr(transformer, "_load_weights", lambda *_: pytest.fail("the weights were read"))
    with pytest.raises(KnownError, match="needs about 100 MB of memory, but 90 MB are free"):
        load_transformer(str(good))


def test_sizes_come_from_the_headers(good: Path) -> None:
    folder = check_model_folder(good)
    parameters = sum(p.numel() for p in tiny_model("llama").parameters())
    assert folder.numbers == {"F16": parameters}
    assert folder.bytes_as(None) == 2 * parameters
    assert folder.bytes_as(4) == 4 * parameters


@pytest.mark.parametrize(("options", "words"), [({"device": "tpu"}, "no device"), ({"dtype": "int3"}, "no dtype")])
def test_a_device_or_dtype_that_is_not_there(good: Path, options: dict[str, str], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        load_transformer(str(good), **options)


def test_loading_can_be_cancelled_between_its_parts(good: Path) -> None:
    def cancel(done: int, total: int, words: str) -> None:
        if "weights" in words:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_transformer(str(good), progress=cancel)


@pytest.fixture
def hub_cache(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local Hugging Face cache with one whole and one half-downloaded model, and no network."""
    from huggingface_hub import constants

    cache = tmp_path / "hub"
    for name in ("someone/whole", "someone/half"):
        repo = cache / f"models--{name.replace('/', '--')}"
        shutil.copytree(good, repo / "snapshots" / "abc")
        (repo / "refs").mkdir()
        (repo / "refs" / "main").write_text("abc")
    (cache / "models--someone--half" / "snapshots" / "abc" / "model.safetensors").unlink()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    return cache


def test_a_hub_name_is_found_in_the_local_cache(hub_cache: Path) -> None:
    assert load_transformer("someone/whole").name == "someone/whole"


@pytest.mark.parametrize("name", ["someone/other", "someone/half", "gpt2"])
def test_a_hub_name_without_network_offers_the_local_cache(hub_cache: Path, name: str) -> None:
    with pytest.raises(KnownError, match=r"hub cannot be reached; .*\(someone/half, someone/whole\)"):
        load_transformer(name)
