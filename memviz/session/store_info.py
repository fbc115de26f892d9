"""What a front end is told of the memory that was opened."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.memory import Store
from memviz.session.store_notices import notices_of


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The open memory: its address, short name, version, number of entries, and whether it can be edited.

    ``notices``: what the user should know of where it is kept, a sentence each. ``origin``: whose it is, where another
    program keeps it: ``Chroma collection notes``.
    """

    url: str
    name: str
    version: int
    count: int
    read_only: bool
    notices: tuple[str, ...] = ()
    origin: str = ""


def info_of(store: Store, name: str) -> StoreInfo:
    """Store thread."""
    origin: str = getattr(store, "origin", "")
    return StoreInfo(store.url, name, store.version, store.count, store.read_only, notices_of(store), origin)
