"""Finds any of thousands of byte strings in gigabytes.

Of every string one window of a few bytes is its anchor. All windows of a buffer are hashed into a table of bits at once
(NumPy), which leaves few places to be compared one by one. The anchor is the window whose hash is rarest in a sample of
what is searched, since many texts begin alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

#: A string shorter than this, in bytes, would be met by chance.
SHORTEST = 6
#: A text up to this length is looked for as a whole, of a longer one pieces: SQLite may part it between two pages.
_WHOLE, _PIECE, _STEP = 128, 64, 256
_BITS = 20
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SAMPLE = 1 << 22
#: Bytes that are hashed at once.
_CHUNK = 1 << 22


def pieces_of(text: bytes) -> list[bytes]:
    """What is looked for of a text, whichever of it is found; empty for one that is too short, zeros not counted: a
    file has many of them."""
    if len(text) <= _WHOLE:
        pieces = [text]
    else:
        starts = [*range(0, len(text) - _PIECE, _STEP), len(text) - _PIECE]
        pieces = [text[start : start + _PIECE] for start in starts]
    return [piece for piece in pieces if len(piece.strip(b"\0")) >= SHORTEST]


class ByteSearch:
    """Any one thread.

    Args:
        strings: at least :data:`SHORTEST` bytes each.
        sample: a part of what will be searched.
    """

    def __init__(self, strings: Sequence[bytes], sample: bytes = b"") -> None:
        self.longest = max(map(len, strings), default=0)
        self._by_width = [
            _Anchored(width, chosen, sample[:_SAMPLE])
            for width, chosen in (
                (8, [(number, each) for number, each in enumerate(strings) if len(each) >= 8]),
                (4, [(number, each) for number, each in enumerate(strings) if len(each) < 8]),
            )
            if chosen
        ]

    def find(self, buffer: bytes) -> Iterator[tuple[int, int]]:
        """(Number of the string, where it begins) of every occurrence, in no order."""
        for anchored in self._by_width:
            for start in range(0, len(buffer), _CHUNK):
                yield from anchored.find(buffer, start, min(len(buffer), start + _CHUNK + anchored.width - 1))


class _Anchored:
    """Strings whose anchors have the same width.

    Args:
        strings: number -> string.
    """

    def __init__(self, width: int, strings: Sequence[tuple[int, bytes]], sample: bytes) -> None:
        self.width = width
        self._type = np.dtype(f"<u{width}")
        self._strings: dict[int, list[tuple[int, int, bytes]]] = {}
        counts = np.zeros(1 << _BITS, np.int64)
        for _, windows in self._windows(sample, 0, len(sample)):
            counts += np.bincount(_hashed(windows), minlength=1 << _BITS)
        self._table = np.zeros(1 << _BITS, np.bool_)
        for number, string in strings:
            every = np.array(
                [int.from_bytes(string[at : at + width], "little") for at in range(len(string) - width + 1)], np.uint64
            )
            hashes = _hashed(every)
            at = int(np.argmin(counts[hashes]))
            self._table[hashes[at]] = True
            self._strings.setdefault(int(every[at]), []).append((number, at, string))

    def find(self, buffer: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        for first, windows in self._windows(buffer, start, end):
            places = np.flatnonzero(self._table[_hashed(windows)])
            for place, window in zip(places.tolist(), windows[places].tolist(), strict=True):
                for number, at, string in self._strings.get(window, ()):
                    begin = first + place * self.width - at
                    if begin >= 0 and buffer.startswith(string, begin):
                        yield number, begin

    def _windows(self, buffer: bytes, start: int, end: int) -> Iterator[tuple[int, NDArray[np.uint64]]]:
        """(Where the first begins, every so many bytes one) for each of the ways to begin."""
        for shift in range(self.width):
            first = start + shift
            count = (end - first) // self.width
            if count > 0:
                yield first, np.frombuffer(buffer, self._type, count, first).astype(np.uint64)


def _hashed(windows: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((windows * _FACTOR) >> np.uint64(64 - _BITS)).astype(np.int64)
