"""Words as pieces of a vocabulary, the longest first (WordPiece, Wu et al. 2016), in plain Python."""

from __future__ import annotations

from collections.abc import Sequence

#: What stands before a piece that does not begin a word.
INNER = "##"
#: Longer words are no words.
_LONGEST = 100


class Pieces:
    """Finds the pieces of words.

    Args:
        vocabulary: the pieces; those inside of words begin with ``##``.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}

    def of(self, word: str) -> tuple[int, ...]:
        """Numbers of the pieces of a word as ``core.text.words`` gives it; none where some of it is in no piece."""
        if len(word) > _LONGEST:
            return ()
        found = []
        start = 0
        while start < len(word):
            before = INNER if start else ""
            for stop in range(len(word), start, -1):
                number = self._numbers.get(before + word[start:stop])
                if number is not None:
                    break
            else:
                return ()
            found.append(number)
            start = stop
        return tuple(found)
