"""Files are searched by another process, which bothers nobody once nobody waits for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from memviz.core.errors import Cancelled, KnownError
from memviz.core.progress import no_progress
from memviz.stores.file_search import _PROGRAM, search_files

_CHECKOUT = Path(__file__).resolve().parents[2]


def test_each_file_with_what_stands_in_it(tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b", tmp_path / "empty"]
    for file, content in zip(files, (b"...green grass...", b"blue sky, green grass", b""), strict=True):
        file.write_bytes(content)
    found = search_files(files, [b"green grass", b"blue sky", b"red wine"], no_progress)
    assert found == ([17, 21, 0], [{0}, {0, 1}, set()])
    with pytest.raises(KnownError, match="cannot be searched"):
        search_files([tmp_path / "missing"], [b"green grass"], no_progress)


def test_it_ends_without_a_word_when_nobody_waits_any_more(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)

    def stop(_done: int, _total: int, _words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        search_files([tmp_path / "a"], [b"green grass"], stop)
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_CHECKOUT
    ) as asked:
        assert asked.stdin is not None
        asked.stdin.write(b'{"files": ["half of a')
        asked.stdin.close()
    assert asked.returncode == 0
    assert capfd.readouterr().err == ""
