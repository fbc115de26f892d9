"""Which texts and ids were seen before, in little memory."""

from __future__ import annotations

#: Ids up to here cost a bit each; larger ones, which no memory gives soon, as much as any number.
_BITS = 1 << 27


class SeenTexts:
    """Entries by key and text, as 64-bit hashes with a secret of this process: about 100 bytes each.

    Two different texts of a million are taken for one with a chance of about 1 in 30 million.
    """

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def add(self, key: str, text: str) -> bool:
        """Whether it is new."""
        before = len(self._hashes)
        self._hashes.add(hash((key, text)))
        return len(self._hashes) > before

    def holds(self, key: str, text: str) -> bool:
        return hash((key, text)) in self._hashes


class SeenIds:
    """Ids of a file."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._large: set[int] = set()

    def add(self, entry_id: int) -> bool:
        """Whether it is new."""
        if entry_id >= _BITS:
            new = entry_id not in self._large
            self._large.add(entry_id)
            return new
        at, bit = entry_id >> 3, 1 << (entry_id & 7)
        if at >= len(self._bits):
            self._bits.extend(bytes(max(at + 1, 2 * len(self._bits)) - len(self._bits)))
        new = not self._bits[at] & bit
        self._bits[at] |= bit
        return new
