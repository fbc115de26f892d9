"""Plain text and Markdown, split into entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.exchange.records import Record, Reject
from memviz.exchange.text_file import TextFile

SPLITS = ("paragraph", "heading", "file")
#: More than a model reads at once; an entry of a whole book is of no use to anybody.
LONGEST_TEXT = 1 << 24
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n")


class Prose:
    """A text as records with ``key``, ``text`` and ``source``.

    Args:
        split: ``paragraph`` (empty lines part them), ``heading`` (Markdown; the headings above are the key, parted by
            `` · ``) or ``file`` (all of it is one entry).
        longest: longer texts are split at the ends of sentences, in characters; 0: never.
    """

    columns: Sequence[str] = ("key", "text", "source")
    own = False

    def __init__(self, path: Path, encoding: str = "", *, split: str = "", longest: int = 0) -> None:
        self._file = TextFile(path, encoding)
        self.path, self.size = path, self._file.size
        self.split = split or ("heading" if path.suffix.lower() in (".md", ".markdown") else "paragraph")
        if self.split not in SPLITS:
            raise KnownError(f"A text is split by {', '.join(SPLITS)}, not by “{split}”.")
        self._longest = longest

    @property
    def position(self) -> int:
        return self._file.position

    def records(self, reject: Reject) -> Iterator[Record]:
        by = {"paragraph": self._paragraphs, "heading": self._sections, "file": self._whole}[self.split]
        for number, key, lines in by():
            text = "\n".join(lines).strip()
            if not text:
                continue
            if len(text) > LONGEST_TEXT:
                reject(number, "begins a text of more than 16 million characters; part it by empty lines or headings")
                continue
            for part in _parts(text, self._longest):
                yield number, {"key": key, "text": part, "source": self.path.name}

    def _paragraphs(self) -> Iterator[tuple[int, str, list[str]]]:
        begun, held = 1, _Held()
        for number, line in self._numbered():
            if line.strip():
                if not held.lines:
                    begun = number
                held.add(line)
            elif held.lines:
                yield begun, "", held.take()
        yield begun, "", held.take()

    def _sections(self) -> Iterator[tuple[int, str, list[str]]]:
        begun, held, above, fence = 1, _Held(), list[tuple[int, str]](), ""
        for number, line in self._numbered():
            mark = _FENCE.match(line)
            if mark and (not fence or fence == mark.group(1)):
                fence = "" if fence else mark.group(1)
            found = None if fence or mark else _HEADING.fullmatch(line)
            if found is None:
                held.add(line)
                continue
            yield begun, self._key(above), held.take()
            level = len(found.group(1))
            above = [*(one for one in above if one[0] < level), (level, (found.group(2) or "").strip())]
            begun = number
        yield begun, self._key(above), held.take()

    def _whole(self) -> Iterator[tuple[int, str, list[str]]]:
        held = _Held()
        for _, line in self._numbered():
            held.add(line)
        yield 1, self.path.stem, held.take()

    def _numbered(self) -> Iterator[tuple[int, str]]:
        return ((number, line.rstrip("\r\n")) for number, line in enumerate(self._file.lines(), 1))

    def _key(self, above: Sequence[tuple[int, str]]) -> str:
        return " · ".join(words for _, words in above if words) or self.path.stem


class _Held:
    """Lines of one text; of one that is too long only so much that it can be told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._length = 0

    def add(self, line: str) -> None:
        if self._length <= LONGEST_TEXT:
            self.lines.append(line)
            self._length += len(line) + 1

    def take(self) -> list[str]:
        lines, self.lines, self._length = self.lines, [], 0
        return lines


def _parts(text: str, longest: int) -> Iterator[str]:
    """``text`` in parts of at most ``longest`` characters, at the ends of sentences where there are some."""
    if longest <= 0 or len(text) <= longest:
        yield text
        return
    held = ""
    for sentence in _sentences(text):
        if held and len(held) + len(sentence) > longest:
            yield held.strip()
            held = ""
        held += sentence
        while len(held) > longest:
            cut = held.rfind(" ", 1, longest + 1)
            cut = longest if cut < 0 else cut
            yield held[:cut].strip()
            held = held[cut:]
    if held.strip():
        yield held.strip()


def _sentences(text: str) -> Iterator[str]:
    at = 0
    for found in _SENTENCE_END.finditer(text):
        if found.end() > at:
            yield text[at : found.end()]
            at = found.end()
    yield text[at:]
