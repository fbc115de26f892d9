"""What LangGraph's serializer wrote, without the classes that it names; messages are found by their shape.

Source: ``langgraph/checkpoint/serde/jsonplus.py`` of langgraph-checkpoint 1 to 4. MessagePack extensions hold a list
(module, class, arguments, method); JSON has objects with ``lc``, ``id`` and ``kwargs`` in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from memviz.stores.attached.msgpack import unpacked
from memviz.stores.attached.values import json_text, text_of

#: Types of extensions: of one argument, of arguments by place, by name (2), a method, pydantic 1 and 2, arrays, and a
#: snapshot, which is its value.
_BY_NAME, _PYDANTIC_1, _PYDANTIC_2, _SNAPSHOT = 2, 4, 5, 7
_ROLES = {"human": "user", "ai": "assistant", "user": "user", "assistant": "assistant"}
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Made:
    """An object of a class that is only named here."""

    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    Attributes:
        role: ``user``, ``assistant``, or LangChain's own word (``system``, ``tool`` …).
        name: of who said it, mostly empty.
        number: LangChain's id, empty where there is none.
        calls: names of the tools that it calls.
    """

    role: str
    text: str
    name: str
    number: str
    calls: tuple[str, ...] = ()


def decoded(kind: object, data: object) -> Any:
    """What a blob holds; ``kind`` as the table says it: ``msgpack``, ``json``, ``null`` …

    Raises:
        ValueError: it cannot be read, or is of a kind that is not known here.
    """
    if kind in (None, "null", "empty") and not data:
        return None
    if kind == "msgpack" and isinstance(data, bytes):
        return unpacked(data, _extension)
    if kind in ("json", None):
        found = json_text(data)
        if isinstance(found, str | bytes):
            raise ValueError("no JSON")
        return found
    raise ValueError(f"the kind “{kind}”")


def messages_in(value: Any, depth: int = 0) -> Iterator[Message]:
    """All messages inside a value, in its order."""
    if depth > _DEEPEST:
        return
    if (message := _message(value)) is not None:
        yield message
    elif isinstance(value, Made):
        yield from messages_in(value.arguments, depth + 1)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from messages_in(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from messages_in(item, depth + 1)


def _extension(kind: int, data: bytes) -> Any:
    held = unpacked(data, _extension)
    if kind == _SNAPSHOT or not isinstance(held, list) or len(held) < 3:
        return held
    return Made(f"{held[0]}.{held[1]}", held[2])


def _message(value: Any) -> Message | None:
    arguments, named = value, ""
    if isinstance(value, Made):
        arguments, named = value.arguments, value.name
    elif isinstance(value, Mapping) and "lc" in value and isinstance(value.get("id"), list):
        arguments, named = value.get("kwargs"), ".".join(map(str, value["id"]))
    if not isinstance(arguments, Mapping) or "content" not in arguments:
        return None
    role = arguments.get("role", arguments.get("type"))
    if named:
        last = named.rpartition(".")[2]
        if not last.removesuffix("Chunk").endswith("Message"):
            return None
        role = role or last.removesuffix("Chunk").removesuffix("Message").lower()
    if not isinstance(role, str):
        return None
    calls = arguments.get("tool_calls")
    return Message(
        _ROLES.get(role, role),
        _content(arguments["content"]),
        text_of(arguments.get("name")),
        text_of(arguments.get("id")),
        tuple(text_of(call.get("name")) for call in calls if isinstance(call, Mapping))
        if isinstance(calls, list)
        else (),
    )


def _content(content: Any) -> str:
    """Text as it is; of a list the texts of its parts."""
    if not isinstance(content, list):
        return text_of(content)
    parts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
    return "\n".join(part for part in parts if isinstance(part, str))
