"""The adapters, and what reads a file: what its address says, else the one that recognises its tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from memviz.core.errors import KnownError, NeedsTable
from memviz.stores.attached import tables as any_table
from memviz.stores.attached.adapter import Adapter, Reading
from memviz.stores.attached.address import TABLE, Attachment
from memviz.stores.attached.chroma import FILE, Chroma
from memviz.stores.attached.columns import listed, tables_of
from memviz.stores.attached.langgraph_store import LangGraphStore
from memviz.stores.attached.langgraph_threads import LangGraphThreads
from memviz.stores.attached.mcp_memory import McpMemory
from memviz.stores.attached.mem0 import Mem0

#: A new program is a file beside these, and a line here; its scheme comes into ``address.SCHEMES``.
ADAPTERS: tuple[Adapter, ...] = (Chroma(), LangGraphStore(), LangGraphThreads(), Mem0(), McpMemory())


def file_of(attachment: Attachment) -> Path:
    """The SQLite file of an address, which may name a folder of Chroma's.

    Raises:
        KnownError: a folder in which Chroma keeps nothing.
    """
    path = attachment.path
    if path.is_dir():
        if not (path / FILE).is_file():
            raise KnownError(
                f"There is no {FILE} in the folder “{path}”; choose the folder that Chroma’s PersistentClient was"
                " given."
            )
        return path / FILE
    return path


def read(connection: sqlite3.Connection, attachment: Attachment) -> tuple[Attachment, Reading]:
    """What a file holds for memviz, and the whole address of that.

    Raises:
        NeedsTable: no adapter recognises the file, and which of its tables is meant is not said.
        KnownError: no such table, column or part, a version that is not known, or nothing to be read.
    """
    found = tables_of(connection)
    if attachment.scheme == TABLE and attachment.columns.get("table"):
        columns = dict(attachment.columns)
        choice = any_table.checked(connection, found, columns.pop("table"), columns)
        nothing = {field: "" for field, column in columns.items() if not column}  # not to be guessed the next time
        whole = attachment.with_columns({"table": choice.table, **choice.columns, **nothing})
        return whole, any_table.reading(connection, found, choice)
    for adapter in ADAPTERS:
        if adapter.scheme == attachment.scheme or (not attachment.scheme and adapter.recognises(found)):
            reading = adapter.reading(connection, found, attachment.part)
            return attachment.with_scheme(adapter.scheme), reading
    table = any_table.guess_table(connection, found)
    if not table:
        raise KnownError(
            f"“{attachment.path}” is another program’s SQLite file, and none of its tables ({listed(found)}) holds"
            " text; choose another file."
        )
    offer = any_table.guess(connection, found, table)
    address = attachment.with_columns({"table": table, **offer.columns}).url
    raise NeedsTable(
        f"“{attachment.path}” is another program’s SQLite file; attach one of its tables ({listed(found)}), for example"
        f" as '{address}'.",
        str(attachment.path),
        address,
    )
