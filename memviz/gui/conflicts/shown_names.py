"""What a conflict is called, as it may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memviz.core.privacy import MASK
from memviz.gui.privacy import Privacy

if TYPE_CHECKING:
    from memviz.recall.conflicts import Conflict

_NAMED = 6


def hides_topic(conflict: Conflict, privacy: Privacy) -> bool:
    """Whether what it is about may not be shown: one of its entries is private, and all of them speak of it."""
    return any(map(privacy.hides, conflict.entries))


def shown_name(conflict: Conflict, privacy: Privacy) -> str:
    """Its topic; the ids of its entries where that is masked: ``••• · entries 1, 9``."""
    if not hides_topic(conflict, privacy):
        return conflict.name
    more = ", …" if len(conflict.entries) > _NAMED else ""
    return f"{MASK} · entries {', '.join(str(entry.id) for entry in conflict.entries[:_NAMED])}{more}"
