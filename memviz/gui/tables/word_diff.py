"""What changed between two texts, word by word."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass

_TOKEN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\\W_]+|\\s+|.", re.DOTALL)
#: Comparing takes time in the square of this many words; larger changes are shown as one replacement.
_MOST_TOKENS = 1_500
#: More pairs of equal words take too long; then words that stand everywhere do not decide what belongs together.
_MOST_PAIRS = 20_000
_CONTEXT = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``same``, ``deleted``, ``inserted``, or ``gap`` for what is left out."""

    kind: str
    text: str


def word_diff(before: str, after: str) -> list[Piece]:
    """Pieces that, without the inserted ones, join to ``before``, and, without the deleted ones, to ``after``."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    start, end = _at_word_edges(before, after, start, end)
    pieces = [
        Piece("same", before[:start]),
        *_middle(before[start : len(before) - end], after[start : len(after) - end]),
        Piece("same", before[len(before) - end :]),
    ]
    return _joined([piece for piece in pieces if piece.text])


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Changes with nothing but a space or a sign between them as one: ``Ridley Scott`` → ``Jane Campion``."""
    result: list[Piece] = []
    deleted = inserted = ""
    for number, piece in enumerate(pieces):
        bridges = (deleted or inserted) and number + 1 < len(pieces) and len(piece.text) == 1
        if piece.kind == "deleted" or (piece.kind == "same" and bridges):
            deleted += piece.text
        if piece.kind == "inserted" or (piece.kind == "same" and bridges):
            inserted += piece.text
        if piece.kind == "same" and not bridges:
            result += _change(deleted, inserted)
            result.append(piece)
            deleted = inserted = ""
    return result + _change(deleted, inserted)


def _change(deleted: str, inserted: str) -> list[Piece]:
    return [piece for piece in (Piece("deleted", deleted), Piece("inserted", inserted)) if piece.text]


def _common(one: str, other: str) -> int:
    """Length of the common beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _at_word_edges(before: str, after: str, start: int, end: int) -> tuple[int, int]:
    """Gives back the parts of words that happen to be equal, so that words change as a whole."""
    while start and (_inside(before, start) or _inside(after, start)):
        start -= 1
    while end and (_inside(before, len(before) - end) or _inside(after, len(after) - end)):
        end -= 1
    return start, end


def _inside(text: str, position: int) -> bool:
    """The position is between two letters of one word."""
    if not 0 < position < len(text):
        return False
    token = _TOKEN.match(text[position - 1 : position + 1])
    return token is not None and token.end() == 2


def _middle(before: str, after: str) -> list[Piece]:
    old, new = _tokens(before), _tokens(after)
    if old is None or new is None:
        return [Piece("deleted", before), Piece("inserted", after)]
    pieces = []
    counts = Counter(new)
    pairs = sum(count * counts[word] for word, count in Counter(old).items() if not word.isspace())
    matcher = difflib.SequenceMatcher(str.isspace, old, new, autojunk=pairs > _MOST_PAIRS)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[i:j])))
        else:
            pieces += [Piece("deleted", "".join(old[i:j])), Piece("inserted", "".join(new[k:m]))]
    return pieces


def _tokens(text: str) -> list[str] | None:
    """The words of a text, None for too many of them."""
    found = []
    for match in _TOKEN.finditer(text):
        found.append(match.group())
        if len(found) > _MOST_TOKENS:
            return None
    return found


def condensed(pieces: list[Piece], context: int = _CONTEXT, longest: int = 400) -> list[Piece]:
    """The changes with ``context`` characters around them and at most ``longest`` of each; gaps for the rest."""
    result: list[Piece] = []
    last = len(pieces) - 1
    for number, piece in enumerate(pieces):
        head = 0 if piece.kind == "same" and number == 0 else context
        tail = 0 if piece.kind == "same" and number == last else context
        if piece.kind != "same":
            head = tail = longest // 2
        if len(piece.text) <= head + tail + 3:
            result.append(piece)
            continue
        result.append(Piece(piece.kind, piece.text[:head]))
        result.append(Piece("gap", " … "))
        result.append(Piece(piece.kind, piece.text[len(piece.text) - tail :] if tail else ""))
    return [piece for piece in result if piece.text]
