"""Dialogue files: MemoryBank's JSON, JSON lines, and plain transcripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memviz.core.chat_messages import messages_in, said, takes_no_turn, takes_turn
from memviz.core.errors import KnownError
from memviz.core.held_files import is_held
from memviz.dialogue.turns import ASSISTANT, USER, DialogueSession, SpokenTurn, local_date, time_of

LONGEST_FILE = 200_000_000

#: What JSON can escape and no file can hold.
_HALF = "half of a character (a lone surrogate)"

_USERS = "user|human|me|you|用户|我|人"
_ASSISTANTS = "assistant|ai|bot|model|system|助手|助理|机器人|模型"
_SPOKEN = re.compile(rf"\s*(?:(?P<user>{_USERS})|(?P<assistant>{_ASSISTANTS}))\s*[:：]\s?(?P<text>.*)", re.IGNORECASE)
_HEADING = re.compile(r"\s*(?:#+\s*(?P<heading>\S.*?)|\[(?P<date>[^\]]+)\])\s*")


@dataclass(frozen=True, slots=True)
class DialogueFile:
    """The sessions of a file, in its order."""

    path: Path
    sessions: tuple[DialogueSession, ...]

    @property
    def count(self) -> int:
        """Number of turns."""
        return sum(len(session.turns) for session in self.sessions)

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose dialogues they are, without doubles."""
        return tuple(dict.fromkeys(session.owner for session in self.sessions))


def read_dialogue_file(path: str | Path) -> DialogueFile:
    """Reads a file of dialogues.

    MemoryBank's JSON (Zhong et al. 2024): ``{user: {"name": …, "history": {date: [{"query": …, "response": …}]}}}``.
    JSON lines: an object with ``role`` (user or assistant) and ``text`` or ``content`` on each line, and ``time`` (ISO,
    or seconds since 1970), ``session``, ``owner`` and ``speaker`` where they are known; or a JSON list of such objects.
    Either may hold ``{"messages": […]}`` instead, each of which is a session. What the system or a tool says takes no
    turn. A transcript: ``User: …`` and
    ``Assistant: …`` (用户：, 助手：) at the beginning of lines, and ``# 2024-05-14`` before a session (any name after a
    “#”, or a date in brackets).

    Of messages, what the assistant says without an owner belongs to whoever it answers. The whole file is read and
    checked before anything of it is used.

    Raises:
        KnownError: the file cannot be read, is too long, is of no such form, or holds no turn; the line is named.
    """
    path = Path(path)
    if is_held(path):
        raise KnownError(f"“{path.name}” is a memory that is open here; choose a file of a dialogue.")
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise KnownError(f"“{path.name}” is larger than 200 MB; split it and load a part.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KnownError(f"“{path.name}” cannot be read ({error.strerror}); choose another file.") from error
    except UnicodeDecodeError:
        raise KnownError(f"“{path.name}” is not UTF-8 text; save it as UTF-8 and load it again.") from None
    sessions = tuple(session for session in _sessions(path, text) if session.turns)
    if not sessions:
        raise KnownError(f"“{path.name}” holds no turn of a dialogue; the README shows the forms that are read.")
    return DialogueFile(path, sessions)


def _sessions(path: Path, text: str) -> Iterator[DialogueSession]:
    first = text.lstrip().split("\n", 1)[0].rstrip()
    told = _json_value(first)
    if not first.startswith(("{", "[")) or (told is None and _HEADING.fullmatch(first)):
        return _transcript(path, text)
    if path.suffix.lower() == ".jsonl" or (isinstance(told, dict) and "\n" in text.strip()):
        return _spoken(path, _lines(path, text))
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise KnownError(f"Line {error.lineno} of “{path.name}” is no JSON ({error.msg}); mend it.") from None
    except RecursionError:
        raise KnownError(f"“{path.name}” is nested too deep; it is no file of dialogues.") from None
    if messages_in(told) is not None:
        return _spoken(path, [("Conversation 1", told)])
    if isinstance(told, list) and any(isinstance(one, Mapping) for one in told):
        kind = "Message" if messages_in(told[0]) is None else "Conversation"
        return _spoken(path, ((f"{kind} {number}", one) for number, one in enumerate(told, 1)))
    return _memory_bank(path, told)


def _json_value(line: str) -> Any:
    """What a line holds where it is JSON by itself, else None."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


# -- MemoryBank ------------------------------------------------------------------------------------------------------


def _memory_bank(path: Path, told: Any) -> Iterator[DialogueSession]:
    if not isinstance(told, Mapping):
        raise KnownError(
            f"Line 1 of “{path.name}” is no object of users;"
            " write {user: {history: {date: [{query, response}]}}}."
        )
    for user, known in told.items():
        history = known.get("history") if isinstance(known, Mapping) else None
        if not isinstance(history, Mapping):
            raise KnownError(f"“{path.name}” has no history for “{user}”; write {{date: [{{query, response}}]}} there.")
        name = known.get("name")
        owner = (name if isinstance(name, str) and name.strip() else user).strip()
        if not _storable(owner, *history):
            raise KnownError(f"“{path.name}” has a user or a date that holds {_HALF}; remove it.")
        for date, exchanges in history.items():
            yield DialogueSession(date, owner, tuple(_exchanges(path, f"{user}, {date}", date, owner, exchanges)))


def _exchanges(path: Path, where: str, date: str, owner: str, exchanges: Any) -> Iterator[SpokenTurn]:
    if not isinstance(exchanges, list):
        raise KnownError(f"“{path.name}” ({where}) holds no list of exchanges; write [{{query, response}}].")
    time = time_of(date)
    for number, exchange in enumerate(exchanges, 1):
        query = exchange.get("query") if isinstance(exchange, Mapping) else None
        response = exchange.get("response") if isinstance(exchange, Mapping) else None
        if not isinstance(query, str) or not isinstance(response, str):
            raise KnownError(
                f"Exchange {number} of “{path.name}” ({where}) has no query and response as text; mend it."
            )
        if not _storable(query, response):
            raise KnownError(f"Exchange {number} of “{path.name}” ({where}) holds {_HALF}; remove it.")
        if query.strip():
            yield SpokenTurn(USER, query.strip(), time, owner)
        if response.strip():
            yield SpokenTurn(ASSISTANT, response.strip(), time)


# -- messages --------------------------------------------------------------------------------------------------------

#: Where a JSON value stands, which begins a sentence, and the value.
_Placed = tuple[str, Any]


def _lines(path: Path, text: str) -> Iterator[_Placed]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield f"Line {number}", json.loads(line)
        except (ValueError, RecursionError):
            raise _bad_line(path, number, "is no JSON object; write one with role and text") from None


def _messages(values: Iterable[_Placed]) -> Iterator[tuple[str, Any, str]]:
    """Messages with the session that they are in; empty where the message itself may say it."""
    for number, (where, value) in enumerate(values, 1):
        conversation = messages_in(value)
        if conversation is None:
            yield where, value, ""
        for place, message in enumerate(conversation or (), 1):
            yield f"Message {place} of {where[0].lower()}{where[1:]}", message, str(number)


def _spoken(path: Path, values: Iterable[_Placed]) -> Iterator[DialogueSession]:
    name: tuple[str, str] | None = None
    turns: list[SpokenTurn] = []
    for where, message, conversation in _messages(values):
        if takes_no_turn(message):
            continue
        turn, session, owner = _turn(path, where, message, conversation)
        if name is not None and turn.role == ASSISTANT and not owner and session == name[0]:
            owner = name[1]
        if name is not None and (session, owner) != name:
            yield DialogueSession(name[0], name[1], tuple(turns))
            turns = []
        name = session, owner
        turns.append(turn)
    if name is not None:
        yield DialogueSession(name[0], name[1], tuple(turns))


def _turn(path: Path, where: str, told: Any, conversation: str) -> tuple[SpokenTurn, str, str]:
    """The turn of a message, its session and its owner."""
    if not takes_turn(told):
        raise _bad(path, where, "is no turn; write a JSON object with role (user or assistant) and text")
    role, text = told["role"], said(told) or ""
    given = told.get("time")
    time = time_of(given) if isinstance(given, str) else given
    bad = isinstance(time, bool) or not isinstance(time, int | float | None) or (given is not None and time is None)
    if bad or (time is not None and local_date(time) is None):
        raise _bad(path, where, "has a time that is none; write 2024-05-14T09:30, or seconds since 1970")
    words = {key: told.get(key) or "" for key in ("session", "owner", "speaker")}
    if not all(isinstance(word, str | int) for word in words.values()):
        raise _bad(path, where, "has a session, owner or speaker that is no text")
    if not _storable(text, *words.values()):
        raise _bad(path, where, f"holds {_HALF}; remove it")
    day = local_date(time)
    session = str(words["session"]) or conversation or (day.isoformat() if day is not None else "1")
    speaker, owner = str(words["speaker"]), str(words["owner"])
    return SpokenTurn(role, text, None if time is None else float(time), speaker), session, owner


def _storable(*texts: str | int) -> bool:
    """Whether none holds half of a character, as an escape of JSON may; no memory can store that."""
    try:
        "".join(map(str, texts)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _bad_line(path: Path, number: int, what: str) -> KnownError:
    return _bad(path, f"Line {number}", what)


def _bad(path: Path, where: str, what: str) -> KnownError:
    return KnownError(f"{where} of “{path.name}” {what}.")


# -- transcripts -----------------------------------------------------------------------------------------------------


def _transcript(path: Path, text: str) -> Iterator[DialogueSession]:
    name, time = "1", None
    turns: list[SpokenTurn] = []
    for number, line in enumerate(text.splitlines(), 1):
        heading = _heading(line)
        if heading:
            if turns:
                yield _session(name, turns)
                turns = []
            name, time = heading, time_of(heading)
            continue
        spoken = _SPOKEN.match(line)
        if spoken is not None:
            turns.append(SpokenTurn(USER if spoken["user"] else ASSISTANT, spoken["text"].strip(), time))
        elif turns:
            before = turns[-1]
            turns[-1] = SpokenTurn(before.role, f"{before.text}\n{line.rstrip()}", time)
        elif line.strip():
            raise _bad_line(path, number, "says not who speaks; begin it with “User:” or “Assistant:” (用户：, 助手：)")
    if turns:
        yield _session(name, turns)


def _heading(line: str) -> str:
    """The name of the session that begins with a line; empty for any other, such as “[laughs]”."""
    found = _HEADING.fullmatch(line)
    if found is None or (found["date"] and time_of(found["date"]) is None):
        return ""
    return found["heading"] or found["date"]


def _session(name: str, turns: list[SpokenTurn]) -> DialogueSession:
    """Without the empty lines around the texts, and without turns that say nothing."""
    bare = (SpokenTurn(turn.role, turn.text.strip(), turn.time) for turn in turns)
    return DialogueSession(name, "", tuple(turn for turn in bare if turn.text))
