"""The columns of the table of entries, stated once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: how code calls it; for a stored field, the field's name.
        title: what the header says.
        tip: what the header's tool tip says.
        width: in average characters.
        sort: the store's field to sort by; empty where the store has no order of it.
        editable: the cell can be edited in place.
        numeric: right-aligned.
        shown: at first start.
    """

    name: str
    title: str
    tip: str
    width: int
    sort: str = ""
    editable: bool = False
    numeric: bool = False
    shown: bool = True


COLUMNS = (
    Column("enabled", "On", "A disabled entry stays in the memory and is not recalled (Space)", 3, sort="enabled"),
    Column("id", "id", "The entry's number, never used again", 6, sort="id", numeric=True),
    Column("key", "key", "What the entry is about (F2 edits)", 26, sort="key", editable=True),
    Column("text", "text", "What the model reads (F2 edits)", 48, sort="text", editable=True),
    Column("rank", "rank", "Place among this query's candidates, 1 is best", 5, numeric=True),
    Column("score", "score", "Score in this query's recall, higher is better", 6, numeric=True),
    Column("attention", "attention", "Share of attention over the whole answer, without the sink", 13, numeric=True),
    Column("now", "now", "Share of attention at the chosen step, without the sink", 10, numeric=True),
    Column("status", "status", "Injected into this query's prompt, or cut", 7),
    Column(
        "confidence", "confidence", "0 to 1 (F2 edits)", 9, sort="confidence", editable=True, numeric=True, shown=False
    ),
    Column("created", "created", "How long ago the entry was inserted", 7, sort="created", numeric=True, shown=False),
    Column("updated", "updated", "How long ago the entry was last edited", 7, sort="updated", numeric=True),
    Column(
        "last_used",
        "last used",
        "How long ago an answer’s prompt last held it; this is no edit",
        8,
        sort="last_used",
        numeric=True,
        shown=False,
    ),
    Column("used", "used", "How often an answer's prompt held it", 5, sort="used_count", numeric=True, shown=False),
    Column(
        "expires",
        "expires",
        "From when on the entry is not recalled (F2 edits: a date, 30d from now, or nothing for never)",
        10,
        sort="expires",
        editable=True,
        numeric=True,
        shown=False,
    ),
    Column("kind", "kind", "Fact, dialogue turn or profile (F2 edits)", 12, sort="kind", editable=True, shown=False),
    Column("owner", "owner", "Whose memory this is; empty: everyone's", 12, sort="owner", editable=True, shown=False),
    Column("tags", "tags", "Free words, with commas between them", 16, sort="tags", editable=True, shown=False),
    Column(
        "private",
        "private",
        "Masked in screenshots and exports (F2 edits: yes or no)",
        7,
        sort="private",
        editable=True,
        shown=False,
    ),
    Column("embedded", "vector", "Whether the entry has a vector to be found by", 6, sort="embedded", shown=False),
    Column(
        "source",
        "source",
        "Where the entry came from; Ctrl+click opens what is underlined",
        12,
        sort="source",
        editable=True,
    ),
)
NUMBER = {column.name: number for number, column in enumerate(COLUMNS)}
#: The columns that follow the run in view; they stand side by side.
RUN_COLUMNS = ("rank", "score", "attention", "now", "status")


def sortable(column: Column) -> bool:
    return bool(column.sort) or column.name in RUN_COLUMNS
