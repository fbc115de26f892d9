"""Which values a field has, and how many entries have each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from memviz.core.errors import KnownError
from memviz.core.filters import folded
from memviz.core.progress import Progress
from memviz.stores.sqlite_history import head
from memviz.stores.sqlite_orders import ORDERS
from memviz.stores.sqlite_stop import stoppable

VALUE_FIELDS = ("kind", "owner", "source", "tags")


def values_of(connection: sqlite3.Connection, field: str, limit: int, progress: Progress) -> list[tuple[str, int]]:
    """(value, number of entries), the most frequent first, equal ones by value; of tags, each tag by itself.

    The index of the field's order is read, which leaves out the usual value: that is what the others leave. Values that
    differ in the case of A to Z alone count as one.

    Raises:
        KnownError: a field whose values are not counted.
        Cancelled: by ``progress``, which is called now and then.
    """
    if field not in VALUE_FIELDS:
        raise KnownError(f"Values of “{field}” are not counted; use one of {', '.join(VALUE_FIELDS)}.")
    order = ORDERS[field]
    select = f"SELECT {field}, count(*) FROM entries WHERE {order.unusual} GROUP BY {order.by}"
    with stoppable(connection, progress):
        rows: list[tuple[str, int]] = connection.execute(select).fetchall()
    if field == "tags":
        found = _summed((tag, count) for tags, count in rows for tag in json.loads(tags))
    else:
        usual = head(connection)[1] - sum(count for _, count in rows)
        found = _summed([*rows, *([(order.usual.strip("'"), usual)] if usual else [])])
    return sorted(found, key=lambda value: (-value[1], folded(value[0])))[:limit]


def _summed(counted: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Values that are the same but for their case together, as the first of them is written."""
    found: dict[str, tuple[str, int]] = {}
    for value, count in counted:
        known = found.get(folded(value), (value, 0))
        found[folded(value)] = known[0], known[1] + count
    return list(found.values())
