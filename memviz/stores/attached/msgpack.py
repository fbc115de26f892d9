"""Reads MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md). Nothing in it is executed."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

#: Makes a value of an extension: its type, and its bytes.
Extension = Callable[[int, bytes], Any]

_DEEPEST = 100
#: First byte -> struct format of a number.
_NUMBERS = dict(zip(range(0xCA, 0xD4), (">f", ">d", ">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q"), strict=True))
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
#: First byte -> struct format of the length that follows.
_BYTES = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I"}
_TEXTS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_LISTS = {0xDC: ">H", 0xDD: ">I"}
_MAPS = {0xDE: ">H", 0xDF: ">I"}
_EXTENSIONS = {0xC7: ">B", 0xC8: ">H", 0xC9: ">I"}
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


def unpacked(data: bytes, extension: Extension) -> Any:
    """The value that ``data`` holds; keys of maps are made text.

    Raises:
        ValueError: it is no MessagePack, ends too early, or is nested too deeply.
    """
    return _Reader(data, extension).value(0)


class _Reader:
    def __init__(self, data: bytes, extension: Extension) -> None:
        self._data, self._at, self._extension = data, 0, extension

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        first = self._take(1)[0]
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first < 0x90:
            return self._map(first & 0x0F, depth)
        if first < 0xA0:
            return self._list(first & 0x0F, depth)
        if first < 0xC0:
            return self._text(first & 0x1F)
        return self._long(first, depth)

    def _long(self, first: int, depth: int) -> Any:
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if first in _NUMBERS:
            return self._number(_NUMBERS[first])
        if first in _TEXTS:
            return self._text(self._number(_TEXTS[first]))
        if first in _BYTES:
            return self._take(self._number(_BYTES[first]))
        if first in _LISTS:
            return self._list(self._number(_LISTS[first]), depth)
        if first in _MAPS:
            return self._map(self._number(_MAPS[first]), depth)
        if first in _EXTENSIONS or first in _FIXED_EXTENSIONS:
            length = _FIXED_EXTENSIONS.get(first) or self._number(_EXTENSIONS[first])
            kind = self._number(">b")
            return self._extension(kind, self._take(length))
        raise ValueError(f"no MessagePack: a value begins with {first:#x}")

    def _text(self, length: int) -> str:
        return self._take(length).decode("utf-8", "replace")

    def _list(self, length: int, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(length)]

    def _map(self, length: int, depth: int) -> dict[str, Any]:
        found = {}
        for _ in range(length):
            key = self.value(depth + 1)
            found[key if isinstance(key, str) else repr(key)] = self.value(depth + 1)
        return found

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise ValueError("ends too early")
        taken, self._at = self._data[self._at : end], end
        return taken
