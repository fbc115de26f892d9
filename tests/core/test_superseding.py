"""Who stands for whom."""

from __future__ import annotations

import pytest

from memviz.core.entry import Entry
from memviz.core.superseding import stands_for


@pytest.mark.parametrize(
    ("chain", "usable", "end"),
    [
        ({1: None}, {1}, None),
        ({1: 2, 2: None}, {1, 2}, 2),
        ({1: 2, 2: None}, {1}, None),
        ({1: 2}, {1}, None),  # deleted
        ({1: 2, 2: 3, 3: None}, {2, 3}, 3),
        ({1: 2, 2: 3, 3: None}, {2}, 2),
        ({1: 2, 2: 3, 3: None}, {3}, 3),
        ({1: 2, 2: 1}, {1, 2}, None),
        ({1: 1}, {1}, None),
    ],
)
def test_the_last_that_can_be_used_stands_for_it(
    chain: dict[int, int | None], usable: set[int], end: int | None
) -> None:
    entries = {one: Entry(one, "k", "t", superseded_by=by) for one, by in chain.items()}
    found = stands_for(entries[1], entries.get, lambda entry: entry.id in usable)
    assert (found.id if found is not None else None) == end
