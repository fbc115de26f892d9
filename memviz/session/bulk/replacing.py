"""Find and replace in the fields of entries; an expression that takes too long is stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from memviz.core.edits import Edit
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.session.bulk.actions import changed

#: Where can be searched. Of metadata only texts are, wherever they stand in it.
FIELDS = ("text", "key", "owner", "source", "tags", "metadata")
#: An expression may take so long for one field of one entry, in seconds.
SECONDS = 0.5
#: A text may become so long, in characters: an expression can make a thousand times as much of it.
LONGEST = 10_000_000
#: Letters of scripts that write words without spaces: beside one of these a word may begin or end.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_INSIDE_WORD = rf"(?!{_UNSPACED})\w"


@dataclass(frozen=True, slots=True)
class Replace:
    """Replaces what is found by something else.

    Attributes:
        find: the text, or a regular expression.
        by: what stands there instead; of an expression ``\\1`` and ``\\g<name>`` are its groups.
        fields: some of :data:`FIELDS`.
        expression: ``find`` is a regular expression (of the ``regex`` package, which knows more than ``re``).
        match_case: capitals differ from small letters.
        whole_words: only where no letter or digit goes on beside it; Chinese is not divided into words.

    Raises:
        KnownError: nothing to find, no such field, or an expression with a mistake, whose place is named.
    """

    find: str
    by: str = ""
    fields: tuple[str, ...] = ("text",)
    expression: bool = False
    match_case: bool = True
    whole_words: bool = False
    _sub: Callable[[str], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.find:
            raise KnownError("Say what is to be found.")
        if not self.fields:
            raise KnownError("Choose at least one field to search.")
        for name in self.fields:
            if name not in FIELDS:
                raise KnownError(f"“{name}” cannot be searched; choose some of {', '.join(FIELDS)}.")
        object.__setattr__(self, "_sub", self._compiled())

    @property
    def words(self) -> str:
        return "Replace"

    def _compiled(self) -> Callable[[str], str]:
        import regex

        pattern = self.find if self.expression else regex.escape(self.find, literal_spaces=True)
        if self.whole_words:
            pattern = _whole(pattern, self.find, self.expression)
        try:
            compiled = regex.compile(pattern, 0 if self.match_case else regex.IGNORECASE)
        except regex.error as error:
            raise KnownError(_mistake(self.find, error)) from None
        except (RecursionError, OverflowError):
            raise KnownError("This regular expression is nested too deeply; write a simpler one.") from None
        by: str | Callable[[Any], str] = self.by if self.expression else lambda _match: self.by
        if self.expression:
            _check_template(compiled, self.by)

        def sub(text: str) -> str:
            # A group that looks back can hold all of the text at every place of it.
            most = (len(text) + 1) * (len(self.by) + self.by.count("\\") * len(text))
            written = by if most <= LONGEST else _Bounded(by)
            replaced: str = compiled.sub(written, text, timeout=SECONDS if self.expression else None)
            return replaced

        return sub

    def edit(self, entry: Entry) -> Edit | None:
        try:
            new = {name: self._replaced(getattr(entry, name)) for name in self.fields}
        except TimeoutError:
            raise KnownError(
                f"The regular expression takes more than {SECONDS:g} s in entry {entry.id}, so it was stopped, and"
                " nothing was changed; write it so that it has fewer ways to match."
            ) from None
        except _TooLongError:
            raise KnownError(
                f"Entry {entry.id} would become longer than {LONGEST:,} characters, so nothing was changed; find less"
                " of it, or replace it by something shorter."
            ) from None
        return changed(entry, **new)

    def _replaced(self, value: Any) -> Any:
        """Of a text, of each of some texts, or of all texts inside JSON."""
        if isinstance(value, str):
            return self._sub(value)
        if isinstance(value, tuple):
            return tuple(dict.fromkeys(tag for one in value if (tag := self._sub(one).strip())))
        if isinstance(value, Mapping):
            return {name: self._replaced(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._replaced(item) for item in value]
        return value


class _TooLongError(Exception):
    pass


class _Bounded:
    """Writes what stands in place of each match of one text, until all of it together is too long."""

    def __init__(self, by: str | Callable[[Any], str]) -> None:
        self._by = by
        self._left = LONGEST

    def __call__(self, match: Any) -> str:
        written: str = match.expand(self._by) if isinstance(self._by, str) else self._by(match)
        self._left -= len(written)
        if self._left < 0:
            raise _TooLongError
        return written


def _whole(pattern: str, find: str, expression: bool) -> str:
    before, after = rf"(?<!{_INSIDE_WORD})", rf"(?!{_INSIDE_WORD})"
    if expression:
        return f"{before}(?:{pattern}){after}"
    # Beside a sign or a Chinese character every place is an end of a word.
    return (before if _is_spaced(find[0]) else "") + pattern + (after if _is_spaced(find[-1]) else "")


def _is_spaced(character: str) -> bool:
    import regex

    return regex.fullmatch(_INSIDE_WORD, character) is not None


def _check_template(compiled: Any, by: str) -> None:
    """Says what is wrong with a replacement before anything is looked for."""
    import regex

    names = {number: name for name, number in compiled.groupindex.items()}
    groups = (f"(?P<{names[number]}>)" if number in names else "()" for number in range(1, compiled.groups + 1))
    try:
        regex.sub("".join(groups), by, "")  # an expression with the same groups that matches
    except (regex.error, IndexError) as error:
        raise KnownError(
            f"The replacement “{by[:60]}” cannot be used: {error}. The brackets of the expression count from 1, and"
            " \\\\ stands for a backslash."
        ) from None


def _mistake(find: str, error: Any) -> str:
    place = error.pos if isinstance(error.pos, int) else len(find) + 1
    where = "" if place > len(find) else " at its end" if place == len(find) else f" at character {place + 1}"
    return f"The regular expression “{find[:60]}” has a mistake{where}: {error.msg}. Mend it, or search for plain text."
