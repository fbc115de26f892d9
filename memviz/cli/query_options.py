"""Options of a question that are more than a number: a dialogue from a file, a neuron with its factor, a time."""

from __future__ import annotations

import argparse
import json
import re
import time
from datetime import datetime
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.neurons import NeuronScale
from memviz.core.query import Turn

_NEURON = re.compile(r"(\d+):(\d+)=(-?\d+(?:\.\d+)?)")
_VERSION = re.compile(r"v(\d{1,18})")
_DAYS_FROM_NOW = re.compile(r"([+-]\d{1,9}(?:\.\d{1,9})?)d")
_ROLES = ("user", "assistant", "system")


def neuron_scale(text: str) -> NeuronScale:
    """``3:241=0`` is neuron 241 of the third layer, switched off.

    Raises:
        KnownError: it is written otherwise.
    """
    found = _NEURON.fullmatch(text)
    if found is None or int(found.group(1)) < 1:
        raise KnownError(f"“{text}” names no neuron; write layer:neuron=factor, for example 3:241=0.")
    return NeuronScale(int(found.group(1)) - 1, int(found.group(2)), float(found.group(3)))


def as_of(text: str) -> int | float:
    """``v17`` is a version of a memory, ``2024-05-01`` or ``2024-05-01T12:30`` a time (of the user's zone where it says
    none; a day alone is its beginning), ``+30d`` so many days from now.

    Raises:
        KnownError: it is written otherwise.
    """
    words = text.strip()
    if found := _VERSION.fullmatch(words):
        return int(found.group(1))
    if found := _DAYS_FROM_NOW.fullmatch(words):
        return time.time() + float(found.group(1)) * 86_400
    try:
        return datetime.fromisoformat(words).timestamp()
    except (ValueError, OverflowError, OSError):
        raise KnownError(
            f"“{text}” is no version and no time; write for example v17, 2024-05-01, 2024-05-01T12:30 or +30d."
        ) from None


def given_as_of(arguments: argparse.Namespace) -> int | float | None:
    """What ``--as-of`` says; None where it is not given, or the command has no such option.

    Raises:
        KnownError: it is no version and no time.
    """
    words = getattr(arguments, "as_of", None)
    return None if words is None else as_of(words)


def read_dialogue(path: Path) -> tuple[Turn, ...]:
    """Turns from a file of JSON lines, each with ``role`` and ``text``; empty lines are skipped.

    Raises:
        KnownError: the file cannot be read, or a line is none; it is named.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError(f"“{path}” cannot be read as text ({error}); choose another file.") from error
    turns = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            turns.append(_turn(line, path, number))
    return tuple(turns)


def _turn(line: str, path: Path, number: int) -> Turn:
    try:
        told = json.loads(line)
        role, text = told["role"], told["text"]
    except (ValueError, KeyError, TypeError):
        role, text = None, None
    if role not in _ROLES or not isinstance(text, str):
        raise KnownError(
            f"Line {number} of “{path.name}” is no turn; write a JSON object with role (user or assistant) and text."
        )
    return Turn(role, text)
