"""Filters that have a name, kept in the settings of the memory: what was typed, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.session.filter_words import understood

#: Their place among the settings of a memory.
SETTING = "filters"
_LONGEST_NAME, _LONGEST_TEXT, _MOST = 60, 1_000, 200


def saved_filters(settings: Mapping[str, Any]) -> dict[str, str]:
    """Name -> what is typed, by name; what cannot be a filter is left out."""
    kept = settings.get(SETTING)
    found = kept.items() if isinstance(kept, dict) else ()
    return dict(sorted((name, text) for name, text in found if isinstance(name, str) and isinstance(text, str)))


def save_filter(store: Store, name: str, text: str) -> dict[str, str]:
    """Keeps a filter, also in place of another one of that name; returns all. Store thread.

    Raises:
        KnownError: a name that is empty or too long, a filter that cannot be understood, or too many of them.
    """
    name, text = " ".join(name.split()), text.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise KnownError(f"A filter is saved by a name of 1 to {_LONGEST_NAME} characters; give it one.")
    if not 0 < len(text) <= _LONGEST_TEXT:
        raise KnownError("There is nothing to save; type words or conditions such as owner:ann first.")
    understood(text)
    kept = {**saved_filters(store.settings), name: text}
    if len(kept) > _MOST:
        raise KnownError(f"A memory keeps up to {_MOST} filters; remove one first.")
    store.change_settings({SETTING: kept})
    return dict(sorted(kept.items()))


def remove_filter(store: Store, name: str) -> dict[str, str]:
    """Forgets a filter; returns those that are left. Store thread."""
    kept = {known: text for known, text in saved_filters(store.settings).items() if known != name}
    store.change_settings({SETTING: kept or None})
    return kept


def saved_filter(settings: Mapping[str, Any], name: str) -> str:
    """What is typed for a name.

    Raises:
        KnownError: there is none of that name.
    """
    kept = saved_filters(settings)
    if name not in kept:
        known = f"it has {', '.join(f'“{one}”' for one in kept)}" if kept else "it has none yet"
        raise KnownError(f"This memory has no filter “{name}”; {known}.")
    return kept[name]
