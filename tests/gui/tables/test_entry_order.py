from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from memviz.gui.tables.entry_order import RowQuery, arranged, ranges, row_changes, row_of

IDS = st.lists(st.integers(1, 30), unique=True, max_size=15).map(lambda ids: np.array(ids, dtype=np.int64))


def follow(old, changes):
    """What the model does with the changes."""
    ids = old
    for first, last in reversed(changes.removed):
        ids = np.delete(ids, slice(first, last + 1))
    for row, added in reversed(changes.inserted):
        ids = np.insert(ids, row, added)
    return ids.tolist()


@given(IDS, IDS, st.sets(st.integers(1, 30)))
def test_changes_lead_to_the_new_rows_and_move_nothing(old, new, staying):
    result = follow(old, row_changes(old, new, tuple(staying)))
    assert set(result) == set(new.tolist()) | (set(old.tolist()) & staying)
    assert len(result) == len(set(result))
    survivors = [entry_id for entry_id in old.tolist() if entry_id in result]
    assert [entry_id for entry_id in result if entry_id in set(survivors)] == survivors


@given(IDS, IDS)
def test_rows_in_the_same_order_become_exactly_the_new_ones(old, new):
    old, new = np.sort(old), np.sort(new)
    assert follow(old, row_changes(old, new)) == new.tolist()


def test_ranges_have_no_gaps():
    assert ranges(np.array([1, 2, 3, 7, 9, 10])) == [(1, 3), (7, 7), (9, 10)]
    assert ranges(np.array([], dtype=np.int64)) == []


def test_candidates_come_first_and_only_those_that_match():
    ids = np.array([1, 2, 3, 4], dtype=np.int64)
    assert arranged(ids, RowQuery(first=(3, 9, 1))).tolist() == [3, 1, 2, 4]
    assert arranged(ids, RowQuery(first=(3, 9, 1), only=(3, 9, 1))).tolist() == [3, 1]
    assert arranged(ids, RowQuery(only=())).tolist() == []
    assert row_of(ids, 3) == 2
    assert row_of(ids, 5) == -1
