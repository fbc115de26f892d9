"""Lines of a text file in any encoding; what is no text in it is named by its line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from memviz.core.errors import KnownError
from memviz.exchange.records import Reject, file_error

_CHUNK = 1 << 16
#: Longer lines are no lines: somebody else's format, or a quote that is never closed.
LONGEST_LINE = 1 << 26
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: In these a byte 10 can be half of a character.
_WIDE = ("utf-16", "utf-32")


class TextFile:
    """A text file that is read line by line, in parts of 64 KB. Any one thread at a time.

    Args:
        encoding: its name; empty: as its mark at the beginning says (UTF-8, UTF-16, UTF-32), else UTF-8.

    Raises:
        KnownError: the file cannot be read, or there is no such encoding.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        self.path = path
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(_CHUNK)
        except OSError as error:
            raise file_error(path, error) from None
        found = next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), (b"", ""))
        self.encoding = _known(encoding or found[1] or "utf-8", found[1])
        self._skipped = len(found[0]) if _same_family(self.encoding, found[1]) else 0
        if not encoding and not found[1] and _looks_wide(head[:1_024]):
            raise KnownError(
                f"“{path.name}” is no UTF-8 text; if it is UTF-16 without a mark at its beginning, choose its encoding:"
                " utf-16-le or utf-16-be."
            )
        self.position = 0

    def lines(self, reject: Reject | None = None) -> Iterator[str]:
        """All lines with their ends, which are line feeds alone (a carriage return before one stays).

        Args:
            reject: is told of lines that are no text, which are left out then (of UTF-16 and UTF-32 it is never told).

        Raises:
            KnownError: a line that is no text in this encoding, or longer than 64 MB.
        """
        try:
            with self.path.open("rb") as file:
                self.position = self._skipped
                file.seek(self._skipped)
                yield from self._wide(file) if self.encoding.startswith(_WIDE) else self._narrow(file, reject)
        except OSError as error:
            raise file_error(self.path, error) from None

    def _narrow(self, file: BinaryIO, reject: Reject | None) -> Iterator[str]:
        number, encoding = 0, self.encoding
        while raw := file.readline(LONGEST_LINE):
            number += 1
            self.position += len(raw)
            if len(raw) == LONGEST_LINE:
                raise KnownError(f"Line {number:,} of “{self.path.name}” is longer than 64 MB; choose another format.")
            try:
                line = raw.decode(encoding)
            except UnicodeDecodeError:
                if reject is None:
                    raise self._no_text(number) from None
                reject(number, self._why())
                line = "\n"
            yield line

    def parts(self) -> Iterator[str]:
        """All of the text in pieces of about 64 KB, wherever they end.

        Raises:
            KnownError: a line that is no text in this encoding.
        """
        try:
            with self.path.open("rb") as file:
                self.position = self._skipped
                file.seek(self._skipped)
                yield from self._pieces(file)
        except OSError as error:
            raise file_error(self.path, error) from None

    def _pieces(self, file: BinaryIO) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        ended = 0  # how many lines
        while True:
            raw = file.read(_CHUNK)
            self.position += len(raw)
            try:
                text = decoder.decode(raw, not raw)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(self.encoding, "replace")
                raise self._no_text(ended + good.count("\n") + 1) from None
            ended += text.count("\n")
            yield text
            if not raw:
                return

    def _wide(self, file: BinaryIO) -> Iterator[str]:
        number, rest = 0, ""
        for text in self._pieces(file):
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                number += 1
                yield line + "\n"
            if len(rest) > LONGEST_LINE:
                raise KnownError(f"Line {number + 1:,} of “{self.path.name}” is longer than 64 MB; choose another one.")
        if rest:
            yield rest

    def _why(self) -> str:
        return f"is not {self.encoding.upper()} text"

    def _no_text(self, number: int) -> KnownError:
        return KnownError(
            f"Line {number:,} of “{self.path.name}” {self._why()}; choose its encoding, for example gb18030"
            " (--encoding on the command line), or save it as UTF-8."
        )


def _looks_wide(head: bytes) -> bool:
    """Whether every second byte of much of it is zero, as in UTF-16 of Latin letters."""
    return head.count(0) * 4 > len(head)


def _known(encoding: str, marked: str) -> str:
    """Its usual name; which bytes come first in UTF-16 and UTF-32 is what the mark at the beginning says."""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, UnicodeError):
        raise KnownError(
            f"There is no encoding “{encoding}”; choose for example utf-8, utf-16, gb18030, big5 or latin-1."
        ) from None
    if name in _WIDE:
        return marked if marked.startswith(name) else f"{name}-le"
    return "utf-8" if name == "utf-8-sig" else name


def _same_family(encoding: str, marked: str) -> bool:
    """Whether the mark at the beginning belongs to the encoding that is read, and is no text then."""
    return bool(marked) and encoding == marked
