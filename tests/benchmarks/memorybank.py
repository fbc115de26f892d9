"""MemoryBank's dialogues with its probing questions, and the turns that answer them, as we labelled them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memviz.session.recall_questions import RecallQuestion, Reference

_EVIDENCE = Path(__file__).with_name("memorybank_evidence.txt")
_CODES = {"english": "en", "chinese": "cn"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a user's dialogues; ``date`` as in 2023-05-02."""

    date: str
    speaker: str
    text: str


#: Ways in which a program may write a turn into an entry.
WRITTEN: dict[str, Callable[[Turn], dict[str, Any]]] = {
    "text": lambda turn: {"text": turn.text},
    "text of one source": lambda turn: {"text": turn.text, "source": "dialogue"},
    "speaker": lambda turn: {"text": f"{turn.speaker}: {turn.text}"},
    "date, speaker": lambda turn: {"text": f"[{turn.date}] {turn.speaker}: {turn.text}", "key": turn.date},
}


def dialogues(data: Path, language: str) -> Iterator[tuple[list[Turn], list[RecallQuestion]]]:
    """Turns of each user, oldest first, and the questions about them; evidence are numbers of turns from 1."""
    english, asked = _users(data, "english"), _users(data, language)
    probing = _probing(data, language)
    for (name, of_english), (own_name, turns), questions in zip(english, asked, probing, strict=True):
        if len(of_english) == len(turns):
            yield turns, list(_questions(name, own_name, questions))


def _questions(name: str, own_name: str, questions: list[str]) -> Iterator[RecallQuestion]:
    for line, row in enumerate(_EVIDENCE.read_text(encoding="utf-8").splitlines(), 1):
        if row.startswith("#"):
            continue
        user, number, evidence, category = row.split()
        if user.replace("_", " ") == name:
            turns = (2 * int(one[:-1]) + (1 if one[-1] == "U" else 2) for one in evidence.split(","))
            references = tuple(Reference("id", turn) for turn in turns)
            yield RecallQuestion(line, questions[int(number)].strip('"'), references, category)


def _users(data: Path, language: str) -> list[tuple[str, list[Turn]]]:
    code = _CODES[language]
    bank = json.loads((data / "memorybank" / code / f"memory_bank_{code}.json").read_text(encoding="utf-8"))
    users = []
    for name, user in bank.items():
        turns = []
        for date, exchanges in user["history"].items():
            for exchange in exchanges:
                turns += [Turn(date, name.strip(), exchange["query"]), Turn(date, "AI", exchange["response"])]
        users.append((name.strip(), turns))
    return users


def _probing(data: Path, language: str) -> list[list[str]]:
    code = _CODES[language]
    path = data / "memorybank" / code / f"probing_questions_{code}.jsonl"
    return [
        questions for line in path.read_text(encoding="utf-8").splitlines() for questions in json.loads(line).values()
    ]
