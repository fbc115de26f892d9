"""Addresses of what other programs keep: ``chroma:///folder#collection``, ``sqlite:///x.db?table=notes&text=body``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from memviz.core.errors import KnownError

#: Addresses that name an adapter.
SCHEMES = ("chroma", "langgraph-store", "langgraph-threads", "mem0", "mcp-memory")
#: Any table of a SQLite file; shares its scheme with the memories of memviz.
TABLE = "sqlite"
_TABLE_CHOICE = re.compile(r"\?(?=(?:[a-z]+=[^&]*&)*table=)")


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is to be attached.

    Attributes:
        path: the file, or a folder of Chroma's; absolute.
        scheme: one of :data:`SCHEMES`, :data:`TABLE`, or empty: the adapter that recognises it.
        part: which part of it, for example a collection; empty for all.
        columns: of any table: ``table`` and its name, field of an entry -> column.
    """

    path: Path
    scheme: str = ""
    part: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address that opens the same again."""
        where = f"{self.scheme or TABLE}:///{self.path.as_posix()}"
        if self.columns:
            chosen = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.columns.items())
            return f"{where}?{chosen}"
        return f"{where}#{quote(self.part, safe='')}" if self.part else where

    def with_scheme(self, scheme: str) -> Attachment:
        return replace(self, scheme=scheme)

    def with_columns(self, columns: Mapping[str, str]) -> Attachment:
        return replace(self, scheme=TABLE, columns=dict(columns))


def attachment_of(address: str) -> Attachment | None:
    """What an address with a scheme attaches; None where it is of another kind.

    Raises:
        KnownError: a scheme of an adapter, and no path.
    """
    scheme, mark, rest = address.partition("://")
    if not mark or not (scheme in SCHEMES or (scheme == TABLE and _TABLE_CHOICE.search(rest))):
        return None
    if not rest.startswith("/") or not rest.strip("/"):
        raise KnownError(f"“{address}” names no file; write {scheme}:///path/of/the/file.")
    if scheme == TABLE:
        where, chosen = _TABLE_CHOICE.split(rest, maxsplit=1)
        return Attachment(_path(where), TABLE, columns=dict(parse_qsl(chosen, keep_blank_values=True)))
    where, mark, part = rest.rpartition("#")
    if not mark or _path(rest).exists():  # a name with a # of its own
        return Attachment(_path(rest), scheme)
    return Attachment(_path(where), scheme, unquote(part))


def _path(written: str) -> Path:
    """``/x.db`` is x.db in the working folder, ``//tmp/x.db`` a whole path; as is ``/tmp/x.db`` where only that is
    there."""
    path = Path(written[1:]).expanduser().absolute()
    if not path.exists() and Path(written).exists():
        return Path(written).absolute()
    return path
