"""Folders whose files are there and say nonsense: one sentence each, which names the file to mend."""

from __future__ import annotations

import json
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from memviz.core.errors import KnownError
from memviz.models.transformer import load_transformer
from tests.models.tiny import tiny_model, tiny_seq2seq, tiny_tokenizer

Header = dict[str, Any]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "whole"
    tiny_model("llama").save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "model"))


def refused(folder: Path) -> str:
    with pytest.raises(KnownError) as caught:
        load_transformer(str(folder))
    words = str(caught.value)
    assert "\n" not in words
    assert words.endswith(".")
    return words


def change_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def change_header(folder: Path, change: Callable[[Header, str], None]) -> None:
    file = folder / "model.safetensors"
    raw = file.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])
    change(header, "lm_head.weight")
    changed = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(changed)) + changed + raw[8 + length :])


def _wrong_size(header: Header, name: str) -> None:
    header[name]["shape"] = [7, 7]


def _unknown_type(header: Header, name: str) -> None:
    header[name]["dtype"] = "Q9"


def _overlapping(header: Header, name: str) -> None:
    header[name]["data_offsets"] = [0, 4]


def _negative(header: Header, name: str) -> None:
    header[name]["shape"] = [-600, 32]


def _turned(header: Header, name: str) -> None:
    header[name]["shape"] = header[name]["shape"][::-1]


def _renamed(header: Header, name: str) -> None:
    header["other"] = header.pop(name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_wrong_size, "cannot be loaded"),
        (_unknown_type, "cannot be loaded"),
        (_overlapping, "cannot be loaded"),
        (_negative, "has a broken header"),
        (_turned, r"1 of them have other sizes .*lm_head.weight: 32 × 600 instead of 600 × 32"),
        (_renamed, r"lacks 1 of its weights \(lm_head.weight\)"),
    ],
)
def test_a_header_that_lies(copied: Path, change: Callable[[Header, str], None], words: str) -> None:
    change_header(copied, change)
    assert re.search(words, refused(copied))


def test_flipped_bits_of_the_header_never_surprise(copied: Path) -> None:
    file = copied / "model.safetensors"
    raw = file.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    generator = torch.Generator().manual_seed(0)
    refusals = 0
    for _ in range(40):
        at = int(torch.randint(8 + length, (1,), generator=generator))
        changed = bytearray(raw)
        changed[at] ^= 1 << int(torch.randint(8, (1,), generator=generator))
        file.write_bytes(changed)
        try:  # any other error fails the test; a bit of the metadata changes nothing
            load_transformer(str(copied))
        except KnownError:
            refusals += 1
    assert 20 <= refusals <= 40


def test_a_shard_of_no_bytes(copied: Path) -> None:
    (copied / "model.safetensors").write_bytes(b"")
    assert "no safetensors file; download the model again" in refused(copied)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hidden_size": "wide"}, "config.json of “model” cannot be used (Validation error"),
        ({"num_attention_heads": 0}, "config.json of “model” cannot be used (integer modulo by zero)"),
        ({"num_hidden_layers": -1}, "config.json of “model” cannot be used (num_hidden_layers is -1)"),
        ({"hidden_act": "foo"}, "cannot be loaded (KeyError 'foo')"),
        ({"model_type": ["llama"]}, "does not know"),
        ({"model_type": None}, "does not know"),
        ({"model_type": "foo", "architectures": 7}, "does not know"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_config_with_wrong_values_is_named(copied: Path, changes: dict[str, Any], words: str) -> None:
    change_config(copied, **changes)
    assert words in refused(copied)


def test_a_config_nested_without_end(copied: Path) -> None:
    (copied / "config.json").write_text('{"a":' * 100_000)
    assert "cannot be read as JSON; download the model again" in refused(copied)


def test_one_architecture_may_stand_without_a_list(copied: Path) -> None:
    change_config(copied, architectures="LlamaForCausalLM")
    assert load_transformer(str(copied)).name == "model"


def test_a_tokenizer_with_code_of_its_own(copied: Path) -> None:
    file = copied / "tokenizer_config.json"
    options = json.loads(file.read_text())
    options |= {"tokenizer_class": "OwnTokenizer", "auto_map": {"AutoTokenizer": ["own.OwnTokenizer", None]}}
    file.write_text(json.dumps(options))
    words = refused(copied)
    assert "needs program code of its own, which memviz does not run" in words
    assert transformers.__version__ in words


@pytest.mark.parametrize("tokenizer", [True, False], ids=["with tokenizer", "without"])
@pytest.mark.parametrize(
    ("architecture", "model_type", "words"),
    [
        ("ViTModel", "vit", "is an image model"),
        ("CLIPModel", "clip", "is an image model"),
        ("Wav2Vec2Model", "wav2vec2", "is an audio model"),
        ("WhisperModel", "whisper", "is an audio model"),
        ("WhisperForConditionalGeneration", "whisper", "is an audio model"),
        ("HubertModel", "hubert", "is an audio model"),
        ("SpeechT5ForTextToSpeech", "speecht5", "is an audio model"),
    ],
)
def test_models_that_see_or_hear(copied: Path, architecture: str, model_type: str, words: str, tokenizer: bool) -> None:
    config = transformers.AutoConfig.for_model(model_type)
    config.save_pretrained(copied)
    change_config(copied, architectures=[architecture])
    if not tokenizer:
        (copied / "tokenizer.json").unlink()
        (copied / "tokenizer_config.json").unlink()
    said = refused(copied)
    assert words in said
    assert "copy" not in said  # a tokenizer would not help


@pytest.mark.parametrize("architecture", ["GPT2ForSequenceClassification", "GPT2Model", "GPT2ForQuestionAnswering"])
def test_causal_models_without_their_head(copied: Path, architecture: str) -> None:
    change_config(copied, model_type="gpt2", architectures=[architecture])
    assert f"without a language-model head ({architecture}); choose" in refused(copied)


def test_an_encoder_decoder_that_does_not_say_how_answers_begin(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    tiny_seq2seq("bart").save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    change_config(folder, decoder_start_token_id=None, bos_token_id=None)
    assert "add decoder_start_token_id to its config.json" in refused(folder)


def test_memory_that_is_used_up_while_weights_are_read(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", full)
    assert "memory was used up while “model” was loaded" in refused(copied)
