"""From the values of files to those of fields: every function raises ValueError, whose words end a sentence."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any

from memviz.core.entry import Kind

#: An entry's metadata may be nested less deeply; this is what Python may walk.
_DEEPEST = 100
_TOO_DEEP = "has a value that is nested too deeply"
_TRUE = frozenset({"true", "yes", "y", "1", "t", "on", "是", "真"})
_FALSE = frozenset({"false", "no", "n", "0", "f", "off", "", "否", "假"})
_NEVER = frozenset({"", "never", "none", "null", "nan", "永不"})
_KINDS = {str(kind): kind for kind in Kind} | {
    "turn": Kind.DIALOGUE_TURN,
    "dialogue_turn": Kind.DIALOGUE_TURN,
    "": Kind.FACT,
}
#: Later than these are times in parts of a second: seconds reach the year 5138, milliseconds 5138, and so on.
#: The year first; whether the day or the month comes first in others, nobody can tell.
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+(\d{1,2})(:.*))?")
_PARTS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def text_of(value: Any) -> str:
    """Numbers and truth values as JSON writes them, lists and objects as JSON, nothing as nothing.

    Raises:
        ValueError: what is nested too deeply.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        raise ValueError("has bytes that are no text")
    if isinstance(value, bool | int | float | list | dict):
        try:
            return json.dumps(value, ensure_ascii=False, default=str)
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None
    return str(value)


def kind_of(value: Any) -> Kind:
    found = _KINDS.get(str(value).strip().lower() if value is not None else "")
    if found is None:
        raise ValueError(f"has the kind {_short(value)}; it must be one of {', '.join(Kind)}")
    return found


def tags_of(value: Any) -> list[str]:
    """A list, or words between commas or semicolons."""
    if isinstance(value, str):
        stripped = value.strip()
        if stripped.startswith("["):
            return tags_of(_json(stripped, "tags"))
        return stripped.replace(";", ",").replace("，", ",").replace("；", ",").split(",") if stripped else []
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [text_of(one) for one in value]
    raise ValueError("has tags that are no list")


def confidence_of(value: Any) -> float:
    """0 to 1; ``80%`` is 0.8; nothing is 1."""
    if value is None or value == "":
        return 1.0
    if isinstance(value, str) and value.strip().endswith("%"):
        number = _number(value.strip()[:-1]) / 100
    else:
        number = _number(value)
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"has a confidence of {_short(value)}; it must be from 0 to 1")
    return number


def truth_of(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = "" if value is None else str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"has {_short(value)} where true or false belongs")


def time_of(value: Any) -> float | None:
    """Seconds since 1970 (or milliseconds, microseconds, nanoseconds), or a date; without a zone the user's own time.

    Nothing and ``never`` are None.
    """
    if value is None:
        return None
    if isinstance(value, str):
        words = value.strip()
        if words.lower() in _NEVER:
            return None
        try:
            return _seconds(float(words)) if not (len(words) == 8 and words[:2] in ("19", "20")) else _moment(words)
        except ValueError:
            return _moment(words)
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        try:
            return moment.timestamp()
        except (OverflowError, ValueError, OSError):
            raise ValueError(f"has the time {value}, which no clock tells") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"has the time {_short(value)}; write for example 2024-05-14T12:30 or seconds since 1970")
    return _seconds(_number(value))


def seconds_of(value: Any) -> float | None:
    """A time as memviz writes it, seconds since 1970 whatever their size; a date where somebody wrote one."""
    if value is None or value == "":
        return None
    try:
        return _number(value)
    except ValueError:
        return time_of(value)


def metadata_of(value: Any) -> Mapping[str, Any]:
    """An object; of something else one with the name ``value``."""
    if isinstance(value, list) and value and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value):
        return {text_of(name): plain(one) for name, one in value}  # a map of Parquet
    if value is None or value == "":
        return {}
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _json(value, "metadata")
    found = plain(value)
    return found if isinstance(found, dict) else {"value": found}


def plain(value: Any, depth: int = 0) -> Any:
    """A value in the types that JSON has: Parquet knows more kinds.

    Raises:
        ValueError: what is nested too deeply, or bytes.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if depth > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    if isinstance(value, Mapping):
        return {str(name): plain(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, depth + 1) for one in value]
    return text_of(value)


def count_of(value: Any) -> int:
    """A whole number; nothing is 0."""
    if value is None or value == "":
        return 0
    number = _number(value)
    if number != int(number) or number < 0:
        raise ValueError(f"has {_short(value)} where a whole number belongs")
    return int(number) if isinstance(value, float) else int(value)


def id_of(value: Any) -> int | None:
    """The id of an entry, or nothing."""
    if value is None or value == "":
        return None
    found = count_of(value)
    if found < 1:
        raise ValueError(f"has the id {_short(value)}; ids are whole numbers from 1")
    return found


#: Field -> what makes its value.
CONVERTERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("key", "text", "owner", "source"), text_of),
    "kind": kind_of,
    "tags": tags_of,
    "confidence": confidence_of,
    **dict.fromkeys(("created", "updated", "expires"), time_of),
    **dict.fromkeys(("private", "enabled"), truth_of),
    "metadata": metadata_of,
}
#: The same for what memviz wrote itself; it has fields that nobody else has.
OWN_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    **CONVERTERS,
    **dict.fromkeys(("created", "updated", "expires", "last_used"), seconds_of),
    "used_count": count_of,
    "id": id_of,
    "superseded_by": id_of,
}


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"has {_short(value)} where a number belongs")
    return number


def _short(value: Any) -> str:
    """A value as it is shown in a sentence; a number may have thousands of digits."""
    try:
        words = repr(value)
    except ValueError:
        return "a number of very many digits"
    return words if len(words) <= 60 else f"{words[:60]}…"


def _seconds(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"has the time {number!r}; write for example 2024-05-14T12:30")
    for least, parts in _PARTS:
        if abs(number) >= least:
            return number / parts
    return number


def _moment(words: str) -> float:
    """Of an ISO date, one with the year first, or one as mails and web servers write it."""
    plain = words.replace(" UTC", "Z")
    if found := _DATE.fullmatch(plain):
        year, month, day, hour, rest = found.groups()
        plain = f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}" if hour else "")
    for parse, form in ((datetime.fromisoformat, plain), (parsedate_to_datetime, words)):
        try:
            return parse(form).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    raise ValueError(f"has the time {_short(words)}; write for example 2024-05-14T12:30 or seconds since 1970")


def _json(words: str, name: str) -> Any:
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        raise ValueError(f"has {name} that are not JSON") from None
