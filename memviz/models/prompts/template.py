"""How entries and a question become a prompt: a template the user can see and change, as pieces of known origin.

Nothing here formats with ``str.format``: braces in entries and questions are text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.query import Turn

DEFAULT_TEMPLATE = "Facts:\n{entries}\nQuestion: {question}\nAnswer:"

#: For models that follow instructions through a chat template.
DEFAULT_CHAT_TEMPLATE = "Answer the question in a few words. Use these facts:\n{entries}\n\nQuestion: {question}"

_PLACEHOLDER = re.compile(r"\{(entries|question|dialogue)\}")
_FIELD = re.compile(r"\{(text|key)\}")

#: Stand for entries and question while the chat template runs, so that it cannot change them and we find them again.
#: Private-use characters: no chat template trims or escapes them.
_MARKS = {name: f"\ue0fd{name}\ue0fe" for name in ("entries", "question", "dialogue")}
_TURN = "\ue0fdturn{}\ue0fe"
_MARK = re.compile("(\ue0fd[a-z]+[0-9]*\ue0fe)")
_TURN_MARK = re.compile(_TURN.format("([0-9]+)"))

#: What a turn begins with where no chat template says it.
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of prompt text.

    Attributes:
        text: as it stands in the prompt.
        kind: ``instructions`` (the template's and the chat template's own words), ``entry``, ``turn``, ``question`` or
            ``mask`` (a word that is to be filled in).
        entry: position of the entry in rank order, or of the turn; for instructions the entry that the words separate
            from the one before it, if any.
    """

    text: str
    kind: str
    entry: int | None = None

    @property
    def trusted(self) -> bool:
        """Whether special tokens in it are meant: only in the template, never in entries and questions."""
        return self.kind in ("instructions", "mask")


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """The words around entries and question.

    Attributes:
        text: with ``{question}`` once, ``{entries}`` once and, if wanted, ``{dialogue}``; without that what was said
            before stands at the beginning.
        without_entries: whether ``{entries}`` may be missing: a text to translate is the memory itself.
        entry: one entry, with ``{text}`` and, if wanted, ``{key}``.
        separator: between entries.
    """

    text: str = DEFAULT_TEMPLATE
    entry: str = "- {text}"
    separator: str = "\n"
    without_entries: bool = False

    def __post_init__(self) -> None:
        for name in ("entries", "question"):
            times = self.text.count("{" + name + "}")
            if times != 1 and not (name == "entries" and self.without_entries and times == 0):
                raise KnownError(f"The prompt template must hold {{{name}}} exactly once; correct the template.")
        if "{text}" not in self.entry:
            raise KnownError("The prompt template’s form of an entry must hold {text}; correct it.")

    @property
    def reads_entries(self) -> bool:
        return "{entries}" in self.text

    def pieces(
        self, entries: Sequence[Entry], question: str, chat_tokenizer: Any = None, dialogue: Sequence[Turn] = ()
    ) -> list[Piece]:
        """The prompt, piece by piece; joined they are its text.

        Args:
            entries: in rank order.
            question: as typed.
            dialogue: what was said before.
            chat_tokenizer: a tokenizer whose chat template the prompt goes through as the user's message; None: none.

        Raises:
            KnownError: the chat template fails or loses entries or question.
        """
        marked = _PLACEHOLDER.sub(lambda placeholder: _MARKS[placeholder.group(1)], self.text)
        if chat_tokenizer is not None:
            marked = marked.replace(_MARKS["dialogue"], "")
            marked = _through_chat_template(marked, chat_tokenizer, dialogue)
        elif _MARKS["dialogue"] not in marked:
            marked = _MARKS["dialogue"] + marked
        pieces: list[Piece] = []
        for part in _MARK.split(marked):
            turn = _TURN_MARK.fullmatch(part)
            if turn is not None:
                pieces.append(Piece(dialogue[int(turn.group(1))].text, "turn", int(turn.group(1))))
            elif part == _MARKS["dialogue"]:
                pieces += _turn_pieces(dialogue)
            elif part == _MARKS["entries"]:
                pieces += self._entry_pieces(entries)
            elif part == _MARKS["question"]:
                pieces.append(Piece(question, "question"))
            else:
                pieces.append(Piece(part, "instructions"))
        return [piece for piece in pieces if piece.text]

    def _entry_pieces(self, entries: Sequence[Entry]) -> list[Piece]:
        pieces: list[Piece] = []
        for position, entry in enumerate(entries):
            if position:
                pieces.append(Piece(self.separator, "instructions", position))
            pieces.append(Piece(self._entry_text(entry), "entry", position))
        return pieces

    def _entry_text(self, entry: Entry) -> str:
        fields = {"text": entry.text, "key": entry.key}
        return _FIELD.sub(lambda field: fields[field.group(1)], self.entry)


def _turn_pieces(dialogue: Sequence[Turn]) -> list[Piece]:
    return [
        Piece(f"{_SPEAKERS.get(turn.role, turn.role)}: {turn.text}\n", "turn", position)
        for position, turn in enumerate(dialogue)
    ]


def _rendered(tokenizer: Any, messages: Sequence[dict[str, str]]) -> str:
    return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True))


def _renders(tokenizer: Any, messages: Sequence[dict[str, str]]) -> bool:
    try:
        _rendered(tokenizer, messages)
    except Exception:  # noqa: BLE001 - a template is a program and may raise anything
        return False
    return True


def _through_chat_template(marked: str, tokenizer: Any, dialogue: Sequence[Turn]) -> str:
    """The chat template's rendering of the dialogue and one user message, ready for the answer.

    Raises:
        KnownError: it fails, or does not hold the message exactly once.
    """
    turns = [{"role": turn.role, "content": _TURN.format(at)} for at, turn in enumerate(dialogue)]
    message = {"role": "user", "content": marked}
    try:
        text = _rendered(tokenizer, [*turns, message])
    except Exception as error:  # a template is a program and may raise anything
        words = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        if dialogue and _renders(tokenizer, [message]):
            raise KnownError(
                f"The model’s chat template refuses what was said before ({words}); let user and assistant take turns,"
                " or ask without the dialogue."
            ) from error
        raise KnownError(
            f"The model’s chat template cannot be used ({words}); repair chat_template.jinja or remove it."
        ) from error
    expected = [*_MARK.findall(marked), *(_TURN.format(at) for at in range(len(dialogue)))]
    if sorted(_MARK.findall(text)) != sorted(expected):
        raise KnownError("The model’s chat template does not repeat the user’s message once; repair or remove it.")
    return text
