"""Downloads from a hub on this machine: what is fetched, in bytes, and what is left where one is stopped."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from memviz.core.errors import Cancelled, KnownError
from memviz.core.progress import no_progress
from memviz.models.folders.hub_cache import cached_folder, cached_models
from memviz.models.folders.hub_download import wanted_files
from memviz.models.folders.hub_process import downloaded, looked_up
from tests.hub_server import Hub, hub

NAME = "someone/new"
LARGE = 6_000_000
FILES = {
    "model.safetensors": os.urandom(LARGE),
    "config.json": b"{}",
    "tokenizer.json": b"{ }",
    "README.md": b"nothing to load",
    "pytorch_model.bin": b"\x80",
    "onnx/model.onnx": b"?",
}
ABOUT = {
    "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
    "safetensors": {"parameters": {"BF16": 6_000_000}, "total": 6_000_000},
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def server(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub(NAME, FILES, ABOUT) as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.address)
        yield served


def files_in(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*") if file.is_file()}


def test_only_what_loading_needs_is_downloaded_and_told_in_bytes(server: Hub, cache: Path) -> None:
    assert cached_models() == []
    begun = time.time()
    server.pause = 0.003
    told: list[tuple[int, int, str]] = []
    folder = downloaded(NAME, lambda *words: told.append(words))
    assert files_in(folder) == {"config.json", "tokenizer.json", "model.safetensors"}
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert cached_folder(NAME) == folder
    total = LARGE + len(FILES["config.json"]) + len(FILES["tokenizer.json"])
    assert {whole for _, whole, _ in told if whole} == {total}
    done = [count for count, whole, _ in told if whole]
    assert done == sorted(done)
    assert len({count for count in done if 0 < count < total}) >= 3  # in the middle of the large file
    assert any("model.safetensors" in words and "6.0 MB" in words for _, _, words in told)
    [model] = cached_models()
    assert (model.name, model.size) == (NAME, total)
    assert begun - 5 < model.used <= time.time() + 5
    asked = len(server.asked)
    downloaded(NAME, no_progress)
    again = [path for path in server.asked[asked:] if path.startswith("GET") and "resolve" in path]
    assert again == []  # whole files are not fetched again


@pytest.mark.parametrize("stalled", [False, True])
def test_a_download_is_cancelled_within_a_second_in_the_middle_of_a_file(
    server: Hub, cache: Path, stalled: bool
) -> None:
    server.pause = 0.0 if stalled else 0.02
    if stalled:
        server.going.clear()  # the hub falls silent in the middle of the file
    stopped = 0.0

    def progress(done: int, total: int, words: str) -> None:
        nonlocal stopped
        if server.sent > (LARGE // 2 if stalled else 1_000_000):
            stopped = stopped or time.monotonic()
            raise Cancelled

    with pytest.raises(Cancelled, match="the half one was removed"):
        downloaded(NAME, progress)
    assert time.monotonic() - stopped < 1.0
    assert not list(cache.rglob("*.incomplete"))
    folder = cached_folder(NAME)
    assert folder is not None
    assert files_in(folder) == {"config.json", "tokenizer.json"}  # these were whole, and stay
    server.going.set()
    server.pause = 0.0
    assert (downloaded(NAME, no_progress) / "model.safetensors").stat().st_size == LARGE


def test_a_process_that_is_killed_leaves_no_half_file(
    server: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen.terminate", lambda self: None)  # it does not hear
    server.pause = 0.02

    def progress(done: int, total: int, words: str) -> None:
        if server.sent > 1_000_000:
            assert list(cache.rglob("*.incomplete"))
            raise Cancelled

    with pytest.raises(Cancelled):
        downloaded(NAME, progress)
    assert not list(cache.rglob("*.incomplete"))


def test_looking_up_tells_the_size_and_fetches_nothing(server: Hub, cache: Path) -> None:
    found = looked_up(NAME, no_progress)
    assert found.size == LARGE + 5
    assert found.numbers == {"BF16": 6_000_000}
    assert found.config == ABOUT["config"]
    assert server.sent == 0
    assert cached_folder(NAME) is None


def test_looking_up_is_cancelled_while_the_hub_is_silent(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def silent(*_: Any) -> None:
        asked.set()
        answer.wait(30)

    monkeypatch.setattr("tests.hub_server._Handler._send", silent)

    def progress(done: int, total: int, words: str) -> None:
        if asked.is_set():
            raise Cancelled

    begun = time.monotonic()
    with pytest.raises(Cancelled):
        looked_up(NAME, progress)
    answer.set()
    assert time.monotonic() - begun < 5.0  # the client alone would wait ten seconds


def test_a_model_larger_than_free_memory_is_not_downloaded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hub(NAME, FILES, {"siblings": [{"rfilename": "model.safetensors", "size": 10**15}]}) as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.address)
        with pytest.raises(KnownError, match=r"needs about 1100[.]0 TB"):
            downloaded(NAME, no_progress)
        assert served.sent == 0


class _File:
    def __init__(self, name: str, size: int) -> None:
        self.rfilename, self.size = name, size


class _Info:
    def __init__(self, *files: _File) -> None:
        self.siblings = files


def test_a_model_with_pickled_weights_is_refused() -> None:
    with pytest.raises(KnownError, match="only pickled weights"):
        wanted_files("someone/old", _Info(_File("config.json", 1), _File("pytorch_model.bin", 10**9)))
