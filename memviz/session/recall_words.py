"""Recall settings as a user writes them: ``dense=1``, ``policy=newest``, ``decay.fact=exponential:30``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from memviz.core.decay import Decay, DecayKind
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.recall_settings import SETTING_NAMES, RecallSettings

HELP = """\
settings:
  lexical, dense             weights of words and vectors; 0 does not search them
  recency, confidence, use   weights of what is left of an entry, of its confidence, of how often it was used
  rank_constant, candidates  of the fusion, and how many of the best each ranking gives
  least_score                entries that score less are cut
  least_retention            entries of which decay has left less are cut, 0 to 1
  policy                     of conflicts: mark, newest, confident, sources, both
  exceptions.TOPIC           policy of one conflict: “exceptions.Ann · birthday=both”
  owner, kinds               recall only what is theirs; only these kinds: kinds=fact,profile
  decay.KIND                 none, exponential:DAYS, power:DAYS:EXPONENT or use:DAYS:GROWTH
  exact, probes              compare with every vector; lists of an approximate index that are searched
An empty value takes a setting back to what is usual.
"""

_NUMBERS = frozenset({"lexical", "dense", "recency", "confidence", "use", "rank_constant", "least_score"})
_NUMBERS |= {"least_retention"}
_WHOLE = frozenset({"candidates", "probes"})
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
#: What the third part of a decay sets.
_SHAPE = {DecayKind.POWER: "exponent", DecayKind.USE: "growth"}


def parse_recall(words: Iterable[str], settings: RecallSettings | None = None) -> RecallSettings:
    """``settings`` (None: the usual ones) with what ``KEY=VALUE`` words change, the last of a key counts.

    Raises:
        KnownError: no ``=``, a setting that does not exist, a value that it cannot have.
    """
    changed = RecallSettings() if settings is None else settings
    for word in words:
        changed = changed.changed(**_change(word, changed))
    return changed


def _change(word: str, settings: RecallSettings) -> dict[str, Any]:
    # What a conflict is about may hold the sign itself; a policy does not.
    split = word.rpartition if word.startswith("exceptions.") else word.partition
    key, sign, value = split("=")
    key, value = key.strip(), value.strip()
    if not sign or not key:
        raise KnownError(f"“{word}” sets nothing; write KEY=VALUE, for example dense=1 or policy=newest.")
    name, dot, part = key.partition(".")
    name = name.replace("-", "_")
    if name not in SETTING_NAMES or (dot and name not in ("decay", "exceptions")):
        raise KnownError(f"“{key}” is no recall setting; use one of {', '.join(SETTING_NAMES)}.")
    if name == "decay" and dot:
        kind = _kind(part)
        kept = {known: law for known, law in settings.decay.items() if known != kind}
        return {"decay": {**kept, kind: _decay(value)} if value else kept}
    if name == "exceptions" and dot:
        others = {known: policy for known, policy in settings.exceptions.items() if known != part}
        return {"exceptions": {**others, part: value} if value else others}
    return {name: _value(name, value) if value else getattr(RecallSettings(), name)}


def _value(name: str, text: str) -> Any:
    if name in _NUMBERS:
        return _number(name, text)
    if name in _WHOLE:
        try:
            return int(text)
        except ValueError:
            raise KnownError(f"The recall setting “{name}” must be a whole number, not “{text}”.") from None
    if name == "exact":
        if text.lower() not in _YES_NO:
            raise KnownError(f"The recall setting “exact” must be yes or no, not “{text}”.")
        return _YES_NO[text.lower()]
    if name == "kinds":
        return tuple(_kind(kind) for kind in text.split(",") if kind.strip())
    return _object(name, text) if name in ("decay", "exceptions") else text


def _object(name: str, text: str) -> Mapping[str, Any]:
    try:
        loaded = json.loads(text)
    except ValueError:
        loaded = None
    if not isinstance(loaded, dict):
        example = "decay.fact=exponential:30" if name == "decay" else "exceptions.Ann · birthday=both"
        raise KnownError(f"“{name}” must be a JSON object, not “{text}”; or set one part of it, like “{example}”.")
    return loaded


def _decay(text: str) -> Decay:
    law, *figures = (part.strip() for part in text.split(":"))
    if len(figures) > 2 or (len(figures) == 2 and law not in _SHAPE):
        raise KnownError(f"“{text}” is no decay; write exponential:30, power:30:0.5, use:30:2 or none.")
    names = ("half_life", _SHAPE.get(DecayKind(law), "") if law in list(DecayKind) else "")
    values = {name: _number(name.replace("_", " "), figure) for name, figure in zip(names, figures, strict=False)}
    return Decay(law, **values)  # type: ignore[arg-type]  # it takes the names of laws


def _kind(text: str) -> Kind:
    """``dialogue-turn`` may be written with a space, a hyphen or an underscore, or as ``dialogue``."""
    words = text.strip().casefold().replace("-", " ").replace("_", " ")
    for kind in Kind:
        if words in (kind.value, kind.value.split()[0]):
            return kind
    raise KnownError(f"“{text}” is no kind of entry; use one of {', '.join(Kind)}.")


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise KnownError(f"The recall setting “{name}” must be a number, not “{text}”.") from None


def recall_words(settings: RecallSettings) -> list[str]:
    """The settings as words that :func:`parse_recall` takes back."""
    words = []
    for name, value in settings.as_json().items():
        match name:
            case "decay":
                words += [f"decay.{kind.replace(' ', '-')}={_decay_words(law)}" for kind, law in settings.decay.items()]
            case "exceptions":
                words += [f"exceptions.{topic}={policy}" for topic, policy in value.items()]
            case "kinds":
                words.append(f"kinds={','.join(value)}")
            case "exact":
                words.append(f"exact={'yes' if value else 'no'}")
            case _:
                words.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
    return words


def _decay_words(law: Decay) -> str:
    if law.kind is DecayKind.NONE:
        return "none"
    shape = _SHAPE.get(law.kind)
    return f"{law.kind}:{law.half_life:g}" + (f":{getattr(law, shape):g}" if shape else "")
