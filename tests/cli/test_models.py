"""``memviz models``: the list, and what is told about one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from huggingface_hub import constants

from memviz.cli import main
from memviz.session.bundled import model_folder, shipped_models
from tests.hub_cache import put_into_cache
from tests.hub_server import hub


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with one network, and a hub that must not be asked."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    put_into_cache(tmp_path / "hub", "someone/stories", model_folder("memn2n-babi"))
    return tmp_path / "hub"


def test_the_list_has_what_ships_and_what_is_cached(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    size = sum(file.stat().st_size for file in model_folder("memn2n-babi").iterdir())
    assert listed["shipped"] == shipped_models()
    assert [(model["name"], model["size"]) for model in listed["cached"]] == [("someone/stories", size)]
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  movies-reader" in lines
    assert any("someone/stories" in line and "last used 20" in line for line in lines)


def test_one_model_is_told_as_in_the_window(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "movies-reader", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["architecture"], told["layers"]) == ("causal-lm", "LlamaForCausalLM", 5)
    assert [need["dtype"] for need in told["needs"]] == ["float32", "bfloat16", "float16"]
    assert told["problem"] is None
    assert main(["models", "someone/stories"]) == 0
    assert "end-to-end memory network" in capsys.readouterr().out


def test_what_cannot_be_opened_says_why_and_exits_with_2(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nothing").mkdir()
    assert main(["models", str(tmp_path / "nothing")]) == 2
    assert "is empty" in capsys.readouterr().out
    assert main(["models", "someone/else", "--look-up", "--json"]) == 2
    assert "cannot be reached" in json.loads(capsys.readouterr().out)["problem"]
    assert main(["models", "--look-up"]) == 2
    assert "hub name" in capsys.readouterr().err


def test_the_hub_is_asked_only_when_it_is_wanted(
    cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub("someone/new", {"model.safetensors": b"12345"}) as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.address)
        assert main(["models", "someone/new"]) == 0
        assert "opening it downloads it" in capsys.readouterr().out
        assert served.asked == []
        assert main(["models", "someone/new", "--look-up"]) == 0
        assert "5 bytes" in capsys.readouterr().out


def test_ask_passes_device_and_dtype_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "who?", "--no-memory", "--dtype", "int3"]) == 2
    assert "no dtype" in capsys.readouterr().err
    assert main(["ask", "who?", "--no-memory", "--device", "tpu"]) == 2
    assert "no device" in capsys.readouterr().err
