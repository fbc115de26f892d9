"""Options of a question that a kind of model has no use for are told, not passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from memviz.core.events import NoticeEvent
from memviz.core.query import Query

#: Option -> words for it, and whether a query sets it.
_OPTIONS = {
    "beams": "beams",
    "dialogue": "a dialogue",
    "neurons": "scaled neurons",
    "window": "a smaller window",
}


def ignored_options(query: Query, name: str, *options: str) -> Iterator[NoticeEvent]:
    """A notice where ``query`` sets some of these options, which the model ``name`` has no use for."""
    given = [_OPTIONS[option] for option in options if _is_set(query, option)]
    if given:
        yield NoticeEvent(f"“{name}” has no use for {' and '.join(given)}; the question is asked without.", "warning")


def _is_set(query: Query, option: str) -> bool:
    value = getattr(query, option)
    return value > 1 if option == "beams" else bool(value)
