"""Receipts of forgettings: JSON that says what was removed and checked, and never a text that was forgotten.

``seal`` is a hash over all else, and the memory keeps it too: a receipt that was altered no longer fits.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError

KIND = "memviz receipt of a forgetting"
FORMAT = 1
#: States: the entries may be gone, but their bytes may still lie in the files; all is done.
UNFINISHED, FINISHED = "unfinished", "finished"
#: More entries than any memory has; a receipt that names more was not written by memviz.
_MOST_IDS = 20_000_000
_HEX = re.compile(r"([0-9a-f]{2})*")


def hashed(text: str, salt: str) -> str:
    """What a receipt says of a text: nobody who does not know the text can tell it, nor compare two receipts."""
    return hashlib.sha256(bytes.fromhex(salt) + text.encode("utf-8", "surrogatepass")).hexdigest()


def seal_of(values: Mapping[str, Any]) -> str:
    """The hash over everything but the seal."""
    rest = {name: value for name, value in values.items() if name != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def write_receipt(path: Path, values: Mapping[str, Any]) -> str:
    """Seals and writes a receipt, whole or not at all; returns the seal.

    Raises:
        KnownError: the file cannot be written.
    """
    seal = seal_of(values)
    unfinished = path.with_name(f".{path.name}.new")
    try:
        with unfinished.open("w", encoding="utf-8") as stream:
            json.dump({**values, "seal": seal}, stream, ensure_ascii=False, indent=1)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise KnownError(
            f"The receipt cannot be written to “{path}” ({error.strerror}); choose another file."
        ) from None
    return seal


def read_receipt(path: Path) -> dict[str, Any]:
    """
    Raises:
        KnownError: it cannot be read, or is no receipt that this memviz knows.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise KnownError(f"The receipt “{path}” cannot be read ({error.strerror}); check the path.") from None
    except (ValueError, RecursionError):
        raise KnownError(f"“{path}” is no receipt of a forgetting; name the file that --receipt wrote.") from None
    if not isinstance(values, dict) or values.get("kind") != KIND:
        raise KnownError(f"“{path}” is no receipt of a forgetting; name the file that --receipt wrote.")
    if values.get("format") != FORMAT:
        raise KnownError(f"“{path}” was written by another memviz (format {values.get('format')}); use that one.")
    if not _has_all(values):
        raise KnownError(f"“{path}” was altered: parts of the receipt are missing or make no sense; take the original.")
    return values


def _has_all(values: Mapping[str, Any]) -> bool:
    """Whether all that is read of a receipt is there, in the form in which it was written."""
    forms: dict[str, type] = {"state": str, "memory": str, "version": int, "ids": list}
    forms |= {"salt": str, "forgotten texts hashed": list}
    if values.get("state") == FINISHED:
        forms |= {"checked": dict, "left": dict, "removed": dict, "seal": str}
    if any(type(values.get(name)) is not form for name, form in forms.items()):
        return False
    pairs = values["ids"]
    if not all(isinstance(pair, list) and list(map(type, pair)) == [int, int] for pair in pairs):
        return False
    return (
        all(0 < first <= last for first, last in pairs)
        and sum(last - first + 1 for first, last in pairs) <= _MOST_IDS
        and 0 <= values["version"] < 2**63
        and _HEX.fullmatch(values["salt"]) is not None
        and (values["state"] != FINISHED or _is_told(values["checked"], values["left"]))
    )


def _is_told(checked: Mapping[str, Any], left: Mapping[str, Any]) -> bool:
    try:
        said = [
            *(each["text hashed"] for each in checked.get("said by what was kept", ())),
            *(each["entries"] + each["history of entries"] for each in checked.get("said by what was kept", ())),
            *(", ".join(each["files"]) for each in checked.get("found", ())),
        ]
    except (TypeError, KeyError, AttributeError):
        return False
    return all(isinstance(each, str | list) for each in said) and type(left.get("entries")) is int


def check_free_for(path: Path, url: str) -> None:
    """Raises a KnownError where a receipt cannot be written there, or another one would be lost."""
    if path.is_dir():
        raise KnownError(f"“{path}” is a folder; name a file for the receipt.")
    if not path.parent.is_dir():
        raise KnownError(f"There is no folder “{path.parent}” for the receipt; make it first, or choose another one.")
    if path.exists() and not is_unfinished(path, url):
        raise KnownError(f"“{path}” is there already; choose another file for the receipt.")


def is_of(path: Path, url: str, version: int | None = None) -> bool:
    """Whether a sound receipt of a forgetting in this memory (of this version) lies there, finished or not."""
    try:
        values = read_receipt(path)
    except KnownError:
        return False
    same = values.get("memory") == url and values.get("seal") == seal_of(values)
    return same and version in (None, values.get("version"))


def is_unfinished(path: Path, url: str) -> bool:
    """Whether a receipt of a forgetting in this memory lies there that came to no end."""
    try:
        values = read_receipt(path)
    except KnownError:
        return False
    return values.get("state") == UNFINISHED and values.get("memory") == url
