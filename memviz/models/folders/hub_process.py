"""Starts ``hub_download.py`` as a process, passes its progress on, and ends it at once when it is cancelled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from memviz.core.errors import BugError, Cancelled, KnownError
from memviz.core.progress import Progress
from memviz.models.folders.hub_download import DOWNLOAD, LOOK_UP

#: Not ``-m``: the package imports this module by itself before it would be run, and Python warns of that.
_PROGRAM = "import sys; from memviz.models.folders.hub_download import main; sys.exit(main(sys.argv[1:]))"
_POLL = 0.1  # seconds between two looks whether it was cancelled
_GRACE = 0.5  # seconds to remove a half file


@dataclass(frozen=True, slots=True)
class HubModel:
    """What the hub says about a model that is not here.

    Attributes:
        size: of the download, in bytes.
        numbers: how many numbers its weights hold, by safetensors type; empty where the hub does not say.
        config: ``architectures`` and ``model_type``; empty where the hub does not say.
    """

    size: int
    numbers: Mapping[str, int]
    config: Mapping[str, Any]


def downloaded(name: str, progress: Progress) -> Path:
    """Downloads a model into the local cache. Blocks; ``progress`` gets bytes, and is called ten times a second.

    Raises:
        KnownError: as :func:`memviz.models.folders.hub_download.download`.
        Cancelled: ``progress`` raised it; whole files stay in the cache, a half one does not.
    """
    try:
        return Path(str(_asked(DOWNLOAD, name, progress)))
    except Cancelled as error:
        raise Cancelled(
            f"The download of “{name}” was stopped; files that were whole stay in the local cache for the next time,"
            " the half one was removed."
        ) from error


def looked_up(name: str, progress: Progress) -> HubModel:
    """What downloading a model would mean. Blocks; errors as :func:`downloaded`."""
    told = _asked(LOOK_UP, name, progress)
    numbers = {str(kind): int(count) for kind, count in told["numbers"].items()}
    return HubModel(int(told["size"]), numbers, told["config"])


def _asked(what: str, name: str, progress: Progress) -> Any:
    blobs = _blobs(name)
    before = _half_files(blobs)
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, what, name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        assert process.stdout is not None
        lines: SimpleQueue[bytes] = SimpleQueue()
        reader = threading.Thread(target=_read, args=(process.stdout, lines), name="memviz-hub", daemon=True)
        reader.start()
        try:
            return _followed(lines, progress)
        finally:
            if _end(process):
                _remove(_half_files(blobs) - before)
            reader.join()


def _environment() -> dict[str, str]:
    """As here, also where the cache and the hub were set in this process; and this very package is what it imports."""
    from huggingface_hub import constants

    root = str(Path(__file__).resolve().parent.parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "HF_HUB_CACHE": str(constants.HF_HUB_CACHE),
        "HF_ENDPOINT": str(constants.ENDPOINT),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONIOENCODING": "utf-8",
    }


def _read(stream: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(b"")


def _followed(lines: SimpleQueue[bytes], progress: Progress) -> Any:
    """The result; meanwhile ``progress`` hears what is told, and often enough to cancel in time."""
    latest = (0, 0, "Asking the Hugging Face hub")
    said: list[str] = []
    while True:
        progress(*latest)
        try:
            line = lines.get(timeout=_POLL)
        except Empty:
            continue
        if not line:
            raise BugError("the process that asks the hub ended without a word:\n" + "\n".join(said[-30:]))
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        match told:
            case {"progress": [int(done), int(total), str(words)]}:
                latest = (done, total, words)
            case {"result": result}:
                return result
            case {"error": str(sentence)}:
                raise KnownError(sentence)
            case _:  # a warning of the client
                said.append(line.decode("utf-8", "replace").rstrip())


def _end(process: subprocess.Popen[bytes]) -> bool:
    """Ends the process; True where it had no time to clean up."""
    if process.stdout is None or process.poll() is not None:
        return False
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE / 5)  # it has said its last word
        return False
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
        return os.name == "nt"  # there it is killed
    process.kill()
    process.wait()
    return True


def _blobs(name: str) -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}" / "blobs"


def _half_files(blobs: Path) -> set[Path]:
    return set(blobs.glob("*.incomplete")) if blobs.is_dir() else set()


def _remove(files: set[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()
