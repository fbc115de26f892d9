"""Searches the bytes of files in a process of its own.

On Linux and macOS a process that closes any handle of a file loses all its locks on it, those that SQLite holds too. So
nobody but SQLite may open a memory's file in the process that has it open.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from memviz.core.errors import BugError, KnownError
from memviz.core.progress import Progress
from memviz.stores.byte_search import ByteSearch

_PROGRAM = "from memviz.stores.file_search import main; main()"
#: Bytes that are read at once.
_CHUNK = 1 << 24


def search_files(
    files: Sequence[Path], strings: Sequence[bytes], progress: Progress
) -> tuple[list[int], list[set[int]]]:
    """How many bytes each file has, and which of the strings stand in it. Blocks.

    Raises:
        KnownError: a file that cannot be read.
        Cancelled: by ``progress``.
    """
    root = str(Path(__file__).resolve().parent.parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    asked = {"files": [str(file) for file in files], "strings": [string.hex() for string in strings]}
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asked).encode())
            process.stdin.close()
            for line in process.stdout:
                match json.loads(line):
                    case {"done": int(done), "total": int(total)}:
                        progress(done, total, "searching every byte")
                    case {"sizes": sizes, "found": found}:
                        return sizes, [set(numbers) for numbers in found]
                    case {"error": str(sentence)}:
                        raise KnownError(sentence)
        finally:
            process.kill()
    raise BugError("the process that searches files ended without a word")


def main() -> None:
    """Of the process: what is asked comes as JSON on stdin, what is told goes as lines of JSON to stdout.

    Without a word where whoever asked is gone. Ctrl+C is for whoever asked, who then ends this process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asked = json.load(sys.stdin)
    except ValueError:
        return
    try:
        _search(asked)
    except BrokenPipeError:
        os._exit(0)  # an ordinary end would write what is left to be told


def _search(asked: Mapping[str, Any]) -> None:
    strings = [bytes.fromhex(string) for string in asked["strings"]]
    files = [Path(file) for file in asked["files"]]
    try:
        sizes = [file.stat().st_size for file in files]
        found: list[list[int]] = []
        done = 0
        for file, size in zip(files, sizes, strict=True):
            found.append(sorted(_in_file(file, strings, done, sum(sizes))))
            done += size
    except BrokenPipeError:
        raise
    except OSError as error:
        _tell({"error": f"“{error.filename}” cannot be searched ({error.strerror}); check that you may read it."})
        return
    _tell({"sizes": sizes, "found": found})


def _in_file(file: Path, strings: Sequence[bytes], before: int, total: int) -> set[int]:
    found: set[int] = set()
    search: ByteSearch | None = None
    rest = b""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            buffer = rest + chunk
            if search is None:
                search = ByteSearch(strings, buffer)
            found.update(number for number, _ in search.find(buffer))
            rest = buffer[-(search.longest - 1) :] if search.longest > 1 else b""
            _tell({"done": before + stream.tell(), "total": total})
    return found


def _tell(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
