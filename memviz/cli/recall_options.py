"""How a question recalls, as ``ask``, ``recall`` and ``why`` take it on the command line."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from memviz.core.decay import Decay, DecayKind
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.events import Query
from memviz.core.recall_settings import SETTING_NAMES, RecallSettings
from memviz.session.recalling import recall_settings
from memviz.session.session import Session

_DEFAULTS = Query("")
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

RECALL_HELP = """\
--recall takes a setting of recall and its value, for this question only:
  lexical=1 dense=1 recency=0.3 confidence=0.5 use=0.2      weights of the parts of a score
  rank_constant=20 candidates=200 probes=32 exact=true      how the rankings are searched and fused
  least_score=2 least_retention=0.05                        what is cut
  owner=ann kinds=fact,profile                              what is seen
  policy=newest exceptions.Alien · year=both                what is recalled of entries in conflict
  decay.fact=exponential:30 decay.dialogue=power:7:0.5      law, half-life in days, exponent (power) or growth (use)
Settings that are not named are those that the memory keeps.
"""


def add_recall_options(parser: argparse.ArgumentParser) -> None:
    """``--recall``, ``--pin``, ``--limit`` and ``--least-share``."""
    group = parser.add_argument_group("recall")
    group.add_argument(
        "--limit", metavar="N", type=int, default=_DEFAULTS.limit, help="at most N entries (default: %(default)s)"
    )
    group.add_argument(
        "--least-share",
        metavar="S",
        type=float,
        default=_DEFAULTS.least_share,
        help="cut entries that score less than this share of the best; 0 cuts none (default: %(default)s)",
    )
    group.add_argument(
        "--recall", metavar="KEY=VALUE", action="append", default=[], help="a setting of recall; may be repeated"
    )
    group.add_argument(
        "--pin",
        metavar="ID",
        type=int,
        action="append",
        default=[],
        help="inject this entry first, whatever its score; may be repeated",
    )


def with_recall(query: Query, arguments: argparse.Namespace, session: Session | None) -> Query:
    """The query with its recall options; ``session``: whose memory's settings they change, None for no memory. Blocks.

    Raises:
        KnownError: a setting that does not exist, a value that it cannot have, or a pinned entry that is not there.
    """
    query = replace(
        query, limit=arguments.limit, least_share=arguments.least_share, pinned=tuple(dict.fromkeys(arguments.pin))
    )
    base = RecallSettings()
    if session is not None:
        for entry_id in query.pinned:
            session.entry(entry_id)
        if arguments.recall:
            base = recall_settings(session).result()
    return replace(query, recall=changed_settings(base, arguments.recall)) if arguments.recall else query


def changed_settings(base: RecallSettings, assignments: list[str]) -> RecallSettings:
    """Settings after ``KEY=VALUE`` changes.

    Raises:
        KnownError: it is written otherwise, or recall has no such setting or value.
    """
    changes: dict[str, Any] = {}
    for text in assignments:
        name, sign, value = (part.strip() for part in text.partition("="))
        group, dot, inner = name.partition(".")
        if not sign or (not value and name not in ("owner", "kinds")):
            raise KnownError(f"“{text}” sets nothing; write KEY=VALUE, for example recency=0.3.")
        if dot and group in ("decay", "exceptions"):
            known = changes.get(group) or dict(getattr(base, group))
            changes[group] = known | ({_kind(inner): _law(value)} if group == "decay" else {inner: value})
        else:
            changes[name] = _value(name, value)
    return base.changed(**changes)


def _value(name: str, text: str) -> Any:
    """A value of the type that the setting has."""
    if name in ("decay", "exceptions"):
        example = "decay.fact=exponential:30" if name == "decay" else "exceptions.Alien · year=newest"
        raise KnownError(f"Say of what: {example}.")
    if name not in SETTING_NAMES:
        return text  # refused with the names that there are
    default = getattr(RecallSettings(), name)
    if isinstance(default, bool):
        if text.lower() not in (*_YES, *_NO):
            raise KnownError(f"The recall setting “{name}” must be true or false, not “{text}”.")
        return text.lower() in _YES
    if isinstance(default, tuple):
        return tuple(_kind(part.strip()) for part in text.split(",") if part.strip())
    if isinstance(default, int | float):
        return _number(text, whole=isinstance(default, int), what=f"recall setting “{name}”")
    return text


def _law(text: str) -> Decay:
    """``exponential:30``, ``power:30:0.5`` (exponent), ``use:2:2.5`` (growth) or ``none``."""
    law, *numbers = (part.strip() for part in text.split(":"))
    names = ["half_life", "growth" if law == DecayKind.USE else "exponent"]
    if len(numbers) > len(names):
        raise KnownError(f"“{text}” is no decay; write law:half-life, for example exponential:30.")
    given = {
        name: _number(number, whole=False, what=f"{name.replace('_', '-')} of the decay")
        for name, number in zip(names, numbers, strict=False)
    }
    return Decay(law, **given)  # type: ignore[arg-type]  # the law is checked there


def _kind(name: str) -> Kind:
    """``fact``, ``dialogue turn`` or ``dialogue`` …"""
    for kind in Kind:
        if name.casefold() in (kind.value, kind.value.split()[0]):
            return kind
    raise KnownError(f"“{name}” is no kind of entry; use one of {', '.join(Kind)}.")


def _number(text: str, *, whole: bool, what: str) -> float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        raise KnownError(f"The {what} must be a {'whole ' if whole else ''}number, not “{text}”.") from None
