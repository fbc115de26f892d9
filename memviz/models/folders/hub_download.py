"""Asks the Hugging Face hub for a model, in a process of its own that can be ended at any moment.

The hub client reports and can be stopped only between pieces of a file, waits for a silent server for many seconds,
and downloads some files in threads that hear no exception. A process ends at once. ``hub_process.py`` starts it.

Each line that it prints is a JSON object: ``{"progress": [done, total, words]}`` with bytes, and last ``{"result": …}``
or ``{"error": sentence}``.
"""

from __future__ import annotations

import errno
import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from memviz.core.errors import KnownError
from memviz.core.progress import Progress
from memviz.core.sizes import size_words
from memviz.models.folders.hub_cache import cached_models
from memviz.models.folders.model_memory import check_memory

DOWNLOAD, LOOK_UP = "download", "look-up"

_WANTED = re.compile(r"model[\w.-]*\.safetensors|[\w.-]+\.(json|txt|model|jinja|tiktoken|spm|bpe)")
_PICKLED = re.compile(r"[\w.-]+\.(bin|pt|pth|ckpt)")
_TIMEOUT = 10.0  # seconds
_REPORT_EVERY = 0.1  # seconds
#: Bytes between two reports. The client's own 10 MB would be one report in ten seconds on a slow line.
_PIECE = 256 * 1024


def download(name: str, progress: Progress) -> str:
    """Downloads what loading needs into the local cache; whole files that lie there are not fetched again.

    ``progress`` gets bytes. Returns the folder.

    Raises:
        KnownError: no such name, no network, no permission, too large for the free memory, or nothing to be loaded.
    """
    from huggingface_hub import hf_hub_download

    info = _model_info(name, progress)
    files = wanted_files(name, info)
    check_memory(name, sum(size for file, size in files if file.endswith(".safetensors")))
    total = sum(size for _, size in files)
    done, folder = 0, Path()
    revision: str | None = None
    for file, size in files:

        def report(fetched: int, before: int = done, size: int = size, file: str = file) -> None:
            have = before + min(fetched, size)
            progress(have, total, f"Downloading {size_words(have)} of {size_words(total)}: {name}, {file}")

        report(0)
        with _told_errors(name):
            path = hf_hub_download(
                name, file, revision=revision, etag_timeout=_TIMEOUT, tqdm_class=cast(Any, _byte_counter(report))
            )
        folder = Path(path).parent
        # The first file is asked for by branch: then the cache notes which commit that is, and the model is found there
        # without the hub. All others come from the same commit, whatever is pushed meanwhile.
        revision = folder.name
        done += size
    return str(folder)


def look_up(name: str, progress: Progress) -> dict[str, Any]:
    """What the hub says about a model: ``size`` of the download in bytes, ``numbers`` of its weights by safetensors
    type, and ``config`` with its ``architectures`` and ``model_type``; the last two may be empty.

    Raises:
        KnownError: as :func:`download`, apart from the memory.
    """
    info = _model_info(name, progress)
    files = wanted_files(name, info)
    counted = getattr(info, "safetensors", None)
    return {
        "size": sum(size for _, size in files),
        "numbers": dict(getattr(counted, "parameters", None) or {}),
        "config": dict(getattr(info, "config", None) or {}),
    }


def wanted_files(name: str, info: Any) -> list[tuple[str, int]]:
    """(file, bytes) of what loading needs, small files first.

    Raises:
        KnownError: there are no safetensors weights; the sentence says what there is.
    """
    siblings = {str(file.rfilename): int(file.size or 0) for file in info.siblings or []}
    wanted = [(file, size) for file, size in siblings.items() if _WANTED.fullmatch(file)]
    if not any(file.endswith(".safetensors") for file, _ in wanted):
        held = (
            "only pickled weights, which can run code" if any(map(_PICKLED.fullmatch, siblings)) else "no safetensors"
        )
        raise KnownError(f"“{name}” has {held} on the Hugging Face hub; choose a model with safetensors weights.")
    return sorted(wanted, key=lambda pair: (pair[0].endswith(".safetensors"), pair[0]))


def _model_info(name: str, progress: Progress) -> Any:
    from huggingface_hub import HfApi

    progress(0, 0, f"Looking for {name} on the Hugging Face hub")
    with _told_errors(name):
        return HfApi().model_info(name, files_metadata=True, timeout=_TIMEOUT)


@contextmanager
def _told_errors(name: str) -> Iterator[None]:
    """What the hub client raises, as a sentence about ``name``."""
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise KnownError(
            f"“{name}” is given only to those its owner admits; ask on its hub page and log in."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise KnownError(
            f"There is no folder “{name}” and no such model on the Hugging Face hub; check the name."
        ) from error
    except _network_errors() as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise KnownError(f"The disk is too full to download “{name}”; make room first.") from error
        raise KnownError(
            f"“{name}” is neither a folder nor in the local cache, and the Hugging Face hub cannot be reached;"
            f" {_offline_advice()}."
        ) from error


def _network_errors() -> tuple[type[BaseException], ...]:
    """Which library speaks HTTP differs between versions of the hub client; all its errors have a common base."""
    from huggingface_hub.errors import HfHubHTTPError

    return (*HfHubHTTPError.__bases__, OSError)


def _offline_advice() -> str:
    cached = [model.name for model in cached_models()]
    if not cached:
        return "check the network, or choose a model folder"
    shown = ", ".join(cached[:5]) + (" …" if len(cached) > 5 else "")
    return f"check the network, or choose a model folder or one from the local cache ({shown})"


def _byte_counter(report: Callable[[int], None]) -> type:
    """A class that the hub client takes for its progress bar: ``report`` gets the bytes of the file so far.

    The client tells of bytes written and, apart from them, of bytes received, which come first where a file is put
    together from compressed pieces; the greater of the two counts.
    """

    class ByteCounter:
        def __init__(self, *, total: int | None = None, initial: int = 0, **_: object) -> None:
            self.total, self.n = total, initial
            self._received = initial

        def __enter__(self) -> ByteCounter:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, count: float | None = 1) -> None:
            self.n += int(count or 0)
            report(max(self.n, self._received))

        def update_transfer(self, count: float | None = 1) -> None:
            self._received += int(count or 0)
            report(max(self.n, self._received))

        def ignored(self, *_: object, **__: object) -> None:
            pass

        set_postfix_str = set_transfer_postfix_str = set_description = refresh = close = ignored

    return ByteCounter


class _Printer:
    """Prints lines that ``hub_process.py`` reads. Any thread: pieces of a file may arrive on others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told = 0.0

    def say(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            print(json.dumps(line), flush=True)  # noqa: T201 - this is how the two processes speak

    def progress(self, done: int, total: int, words: str) -> None:
        now = time.monotonic()
        if now - self._told >= _REPORT_EVERY or done == total:
            self._told = now
            self.say({"progress": [done, total, words]})


def _stop(*_: object) -> None:
    """Asked to end: the client removes its half file on the way out, which it does for this exception everywhere."""
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """``download NAME`` into the local cache, or ``look-up NAME``; returns the exit code."""
    from huggingface_hub import constants

    signal.signal(signal.SIGTERM, _stop)
    constants.DOWNLOAD_CHUNK_SIZE = _PIECE
    printer = _Printer()
    what, name = arguments
    try:
        printer.say({"result": {DOWNLOAD: download, LOOK_UP: look_up}[what](name, printer.progress)})
    except KnownError as error:
        printer.say({"error": str(error)})
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0
