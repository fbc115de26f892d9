"""The checkpoints of LangGraph, ``SqliteSaver``: ``langgraph-threads:///file``; of each thread the messages it has now.

Knows the tables of langgraph-checkpoint-sqlite 1 to 3.1 (``langgraph/checkpoint/sqlite/__init__.py`` in
https://github.com/langchain-ai/langgraph/tree/main/libs/checkpoint-sqlite; written by 1.0.4 and 3.1.2 in the tests).
The newest checkpoint of a thread holds the values of all channels; messages in them become turns of a dialogue.
Checkpoints of subgraphs (another ``checkpoint_ns``) repeat them and are left out, and so is what a run wrote
(``writes``) that no checkpoint has taken up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from memviz.core.entry import Kind
from memviz.stores.attached.adapter import ForeignRow, Reading, made_row
from memviz.stores.attached.columns import Tables, check, has
from memviz.stores.attached.langgraph_values import Message, decoded, messages_in
from memviz.stores.attached.values import text_of, time_of

_TABLES = {"checkpoints": ("thread_id", "checkpoint_ns", "checkpoint_id", "type", "checkpoint")}
_ROLE_NAMES = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}


class LangGraphThreads:
    scheme = "langgraph-threads"
    program = "LangGraph’s SqliteSaver"

    def recognises(self, tables: Tables) -> bool:
        return has(tables, "checkpoints", "thread_id", "checkpoint")

    def reading(self, connection: sqlite3.Connection, tables: Tables, part: str) -> Reading:  # noqa: ARG002
        check(tables, self.program, _TABLES)
        threads = connection.execute(f"SELECT count(*) FROM ({_NEWEST})").fetchone()[0]
        return Reading(
            "LangGraph checkpoints",
            "LangGraph threads",
            threads,  # how many messages they have is known only when they were read
            lambda: _rows(connection),
            notices=_notices(connection),
        )


#: Their ids are UUIDs of version 6, which sort by time.
_NEWEST = """SELECT thread_id, max(checkpoint_id) AS newest FROM checkpoints
    WHERE checkpoint_ns = '' GROUP BY thread_id"""


def _notices(connection: sqlite3.Connection) -> tuple[str, ...]:
    unread = []
    for thread, kind, blob in _checkpoints(connection):
        try:
            _values(decoded(kind, blob))
        except ValueError as error:
            unread.append(f"{thread} ({error})")
    if not unread:
        return ()
    return (f"The newest checkpoints of these threads cannot be read and are left out: {', '.join(unread[:5])}.",)


def _rows(connection: sqlite3.Connection) -> Iterator[ForeignRow]:
    for thread, kind, blob in _checkpoints(connection):
        try:
            checkpoint = decoded(kind, blob)
            values = _values(checkpoint)
        except ValueError:
            continue  # a notice tells it
        time, told = time_of(checkpoint.get("ts")), set[str]()
        for number, message in enumerate(messages_in(values), 1):
            name = message.number or f"{number}"
            if name not in told:  # a thread that was interrupted may hold one in two channels
                told.add(name)
                yield made_row(f"{thread}\n{name}", _turn(thread, number, message, time))


def _checkpoints(connection: sqlite3.Connection) -> Iterator[tuple[str, Any, Any]]:
    for thread, kind, blob in connection.execute(
        f"""SELECT c.thread_id, c.type, c.checkpoint FROM checkpoints c JOIN ({_NEWEST}) n
            ON c.thread_id = n.thread_id AND c.checkpoint_id = n.newest AND c.checkpoint_ns = '' ORDER BY c.rowid"""
    ):
        yield text_of(thread), kind, blob


def _values(checkpoint: Any) -> Any:
    if not isinstance(checkpoint, Mapping) or not isinstance(checkpoint.get("channel_values"), Mapping):
        raise ValueError("it holds no channels")
    return checkpoint["channel_values"]


def _turn(thread: str, number: int, message: Message, time: float | None) -> dict[str, Any]:
    who = message.name or _ROLE_NAMES.get(message.role, message.role.capitalize())
    metadata: dict[str, Any] = {"role": message.role, "session": thread, "turn": number, "thread": thread}
    if message.calls:
        metadata["calls"] = list(message.calls)
    fields: dict[str, Any] = {
        "key": f"{who} · {thread}",
        "text": message.text,
        "kind": Kind.DIALOGUE_TURN,
        "source": f"thread {thread}",
        "metadata": metadata,
    }
    if time is not None:
        fields["created"] = time  # of the checkpoint: messages have no time of their own
    return fields
