"""Conditions on entries in SQL."""

from __future__ import annotations

from typing import Any

from memviz.core.entry import Entry
from memviz.core.filters import TEXT_FIELDS, Comparison, Condition, Filter, folded
from memviz.stores.sqlite_orders import ORDERS

_SIGNS = {Comparison.IS: "=", Comparison.AT_LEAST: ">=", Comparison.AT_MOST: "<="}


def where_of(conditions: Filter, now: float) -> tuple[str, list[Any]]:
    """SQL of what holds where all conditions do, and its parameters. ``now``: by which entries have expired."""
    parts, values = [], []
    for condition in conditions:
        sql, parameters = _sql(condition, now)
        # Comparing a value that is missing gives NULL, which is no match, and negated must be one.
        parts.append(f"NOT coalesce({sql}, 0)" if condition.negated else f"({sql})")
        values += parameters
    return " AND ".join(parts) or "1", values


#: An entry with the usual value in every field that an index of unusual ones is kept of.
_USUAL = Entry(0, "", "")


def sought(condition: Condition, now: float) -> tuple[str, list[Any], bool]:
    """SQL of what to look for, its parameters, and whether that are those of which the condition does *not* hold.

    Where it holds of the usual value of its field, hardly any other way reads less than most entries: so those of which
    it does not are read from the index of unusual values, and the rest is what was asked for.
    """
    sql, values = where_of((condition,), now)
    order = ORDERS.get("expires" if condition.field == "expired" else condition.field)
    if order is None or not order.usual:
        return sql, values, False
    if condition.holds(_USUAL, now=now):
        return f"{order.unusual} AND NOT coalesce({sql}, 0)", values, True
    return f"{order.unusual} AND {sql}", values, False


def _sql(condition: Condition, now: float) -> tuple[str, list[Any]]:
    field, comparison, value = condition.field, condition.comparison, condition.value
    match field:
        case "expired":
            return ("expires <= ?" if value else "coalesce(expires > ?, 1)"), [now]
        case "embedded":
            there = "id IN (SELECT entry_id FROM vectors WHERE vector IS NOT NULL)"
            return (there if value else f"NOT {there}"), []
        case "tags" if comparison is Comparison.MISSING:
            return "tags = '[]'", []
        case "tags":
            held = "SELECT 1 FROM json_each(entries.tags) WHERE json_each.value = ? COLLATE NOCASE"
            return f"tags <> '[]' AND EXISTS ({held})", [value]
    if comparison is Comparison.MISSING:
        return f"{field} IS NULL", []
    if comparison is Comparison.CONTAINS:
        return f"instr(lower({field}), ?)", [folded(value)]
    if field in TEXT_FIELDS:
        return f"{_in_index(field, value)}{field} = ? COLLATE NOCASE", [value]
    return f"{field} {_SIGNS[comparison]} ?", [int(value) if isinstance(value, bool) else value]


def _in_index(field: str, value: str) -> str:
    """Says that an index without the usual value will do, which SQLite does not see by itself."""
    order = ORDERS[field]
    usual = order.usual.strip("'")
    return f"{order.unusual} AND " if order.usual and folded(value) != folded(usual) else ""
