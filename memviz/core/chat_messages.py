"""Messages of a chat, as JSON has them: what is one, who says it, and what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

#: Who speaks in a dialogue.
USER, ASSISTANT = "user", "assistant"
ROLES = (USER, ASSISTANT)
#: Who has messages among the others and takes no turn: instructions, and what programs answer.
_SILENT = ("system", "developer", "tool", "function")


def messages_in(value: Any) -> list[Any] | None:
    """The list of ``{"messages": […]}``, which is one conversation; None for anything else."""
    messages = value.get("messages") if isinstance(value, Mapping) else None
    return messages if isinstance(messages, list) else None


def said(message: Mapping[str, Any]) -> str | None:
    """The text of a message: its ``text`` or its ``content``, of which parts that are no text are left out.

    None where it has neither, as a message that only calls a tool; then it takes no turn.
    """
    content = message.get("text", message.get("content"))
    if isinstance(content, list):
        content = "\n".join(
            part["text"] for part in content if isinstance(part, Mapping) and isinstance(part.get("text"), str)
        )
    return content if isinstance(content, str) else None


def takes_no_turn(value: Any) -> bool:
    """Whether a message is an instruction, an answer of a tool, or a call of one."""
    if not isinstance(value, Mapping):
        return False
    calls = value.get("role") == ASSISTANT and bool(value.get("tool_calls") or value.get("function_call"))
    return value.get("role") in _SILENT or (calls and not said(value))


def takes_turn(value: Any) -> bool:
    """Whether a JSON value is what the user or the assistant says."""
    return isinstance(value, Mapping) and value.get("role") in ROLES and bool((said(value) or "").strip())


def are_dialogue(records: Collection[Any]) -> bool:
    """Whether JSON values are the messages of a dialogue, or conversations of such messages, and nothing else."""
    messages: list[Any] = []
    for value in records:
        conversation = messages_in(value)
        messages += [value] if conversation is None else conversation
    return any(map(takes_turn, messages)) and all(takes_turn(one) or takes_no_turn(one) for one in messages)
