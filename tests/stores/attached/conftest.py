"""Files that other programs wrote, and what must not be touched of them."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

_FILES = Path(__file__).with_name("files")

Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """A fresh copy of a file that ``make_fixtures.py`` wrote, by name, alone in a folder of its own."""

    def unpack(name: str) -> Path:
        folder = tmp_path / "theirs"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_bytes(lzma.decompress((_FILES / f"{name}.xz").read_bytes()))
        return path

    return unpack


def traces(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, with its bytes and the time of its last change; and the times of the folders."""
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in (folder, *folder.rglob("*"))
    }
