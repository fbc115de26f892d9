"""Options of a question that are more than a number: a dialogue from a file, a neuron with its factor."""

from __future__ import annotations

import json
import re
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.events import Turn
from memviz.core.neurons import NeuronScale

_NEURON = re.compile(r"(\d+):(\d+)=(-?\d+(?:\.\d+)?)")
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
