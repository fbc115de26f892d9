"""MessagePack after its specification, and messages in every shape in which LangGraph's serializers wrote them."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memviz.stores.attached.langgraph_values import Message, decoded, messages_in
from memviz.stores.attached.msgpack import unpacked
from memviz.stores.attached.store import AttachedStore


def _pair(kind: int, data: bytes) -> tuple[int, bytes]:
    return kind, data


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x00", 0),
        (b"\x7f", 127),
        (b"\xe0", -32),
        (b"\xff", -1),
        (b"\xc0", None),
        (b"\xc2", False),
        (b"\xc3", True),
        (b"\xcc\xff", 255),
        (b"\xcd\x01\x00", 256),
        (b"\xce\x00\x01\x00\x00", 65_536),
        (b"\xcf" + b"\xff" * 8, 2**64 - 1),
        (b"\xd0\x80", -128),
        (b"\xd1\x80\x00", -32_768),
        (b"\xd2\x80\x00\x00\x00", -(2**31)),
        (b"\xd3\x80" + b"\x00" * 7, -(2**63)),
        (b"\xca" + struct.pack(">f", 0.5), 0.5),
        (b"\xcb" + struct.pack(">d", 0.1), 0.1),
        (b"\xa3abc", "abc"),
        (b"\xd9\x03\xe5\x8c\x97", "北"),
        (b"\xda\x00\x01a", "a"),
        (b"\xdb\x00\x00\x00\x01a", "a"),
        (b"\xc4\x02\x00\xff", b"\x00\xff"),
        (b"\xc5\x00\x01a", b"a"),
        (b"\xc6\x00\x00\x00\x01a", b"a"),
        (b"\x92\x01\x02", [1, 2]),
        (b"\xdc\x00\x01\x05", [5]),
        (b"\xdd\x00\x00\x00\x01\x05", [5]),
        (b"\x81\xa1a\x01", {"a": 1}),
        (b"\xde\x00\x01\x07\x01", {"7": 1}),
        (b"\xdf\x00\x00\x00\x01\xa1a\xc0", {"a": None}),
        (b"\xd4\x05a", (5, b"a")),
        (b"\xd5\x05ab", (5, b"ab")),
        (b"\xd8\xff" + b"x" * 16, (-1, b"x" * 16)),
        (b"\xc7\x03\x05abc", (5, b"abc")),
        (b"\xc8\x00\x01\x05a", (5, b"a")),
        (b"\xc9\x00\x00\x00\x01\x05a", (5, b"a")),
    ],
)
def test_every_format(data: bytes, value: Any) -> None:
    assert unpacked(data, _pair) == value


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\xa5abc", b"\x92\x01", b"\xdd\xff\xff\xff\xff", b"\x91" * 200 + b"\x00"]
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"early|no MessagePack|deeply"):
        unpacked(data, _pair)


_LC = {"lc": 2, "type": "constructor", "id": ["langchain_core", "messages", "ai", "AIMessage"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({**_LC, "kwargs": {"content": "Hi", "id": "m1"}}, Message("assistant", "Hi", "", "m1")),
        ({"role": "user", "content": "Hi"}, Message("user", "Hi", "", "")),
        ({"type": "human", "content": "Hi", "name": "Ana"}, Message("user", "Hi", "Ana", "")),
        (
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}, "b"]},
            Message("user", "a\nb", "", ""),
        ),
        (
            {"type": "ai", "content": "", "tool_calls": [{"name": "search", "args": {}}]},
            Message("assistant", "", "", "", ("search",)),
        ),
    ],
)
def test_shapes_of_messages(value: Any, expected: Message) -> None:
    assert list(messages_in({"messages": [value], "other": [1, {"content": "no role"}]})) == [expected]


def test_kinds_that_cannot_be_read() -> None:
    assert decoded("null", b"") is None
    assert decoded("json", b'{"a": 1}') == {"a": 1}
    for kind, data in (("pickle", b"\x80"), ("json", b"{"), ("msgpack", b"\xc1")):
        with pytest.raises(ValueError, match=r"pickle|JSON|MessagePack"):
            decoded(kind, data)


def test_threads_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """From the documented schema of version 1: JSON in place of MessagePack, and no table of writes."""
    path = tmp_path / "old.sqlite"
    said = {**_LC, "kwargs": {"content": "Hi"}}
    checkpoint = {"v": 1, "ts": "2024-08-01T10:00:00+00:00", "channel_values": {"messages": [said, said]}}
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            """CREATE TABLE checkpoints (thread_id TEXT NOT NULL, checkpoint_ns TEXT NOT NULL DEFAULT '',
               checkpoint_id TEXT NOT NULL, parent_checkpoint_id TEXT, type TEXT, checkpoint BLOB, metadata BLOB,
               PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id))"""
        )
        rows = [("a", "json", json.dumps(checkpoint).encode()), ("b", "msgpack", b"\xc1"), ("c", "json", b"[]")]
        other.executemany("INSERT INTO checkpoints VALUES (?, '', '1', NULL, ?, ?, NULL)", rows)
        other.commit()
    with closing(AttachedStore.open(path)) as store:
        assert [(entry.text, entry.metadata["turn"]) for entry in store.get(store.search_ids())] == [
            ("Hi", 1),
            ("Hi", 2),
        ]
        [notice] = store.notices
        assert "b (no MessagePack: a value begins with 0xc1), c (it holds no channels)" in notice
