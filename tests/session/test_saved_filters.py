from __future__ import annotations

import pytest

from memviz.core.errors import KnownError
from memviz.session.saved_filters import remove_filter, save_filter, saved_filter, saved_filters
from memviz.stores.sqlite import SQLiteStore


@pytest.fixture
def store(tmp_path):
    store = SQLiteStore.open(tmp_path / "memory.sqlite", create=True)
    yield store
    store.close()


def test_filters_are_kept_with_the_memory(store) -> None:
    save_filter(store, "  of   ann ", " owner:ann -tag:work ")
    save_filter(store, "旧的", "expired:yes")
    path = store.url.removeprefix("sqlite:///")
    store.close()
    again = SQLiteStore.open(path)
    assert saved_filters(again.settings) == {"of ann": "owner:ann -tag:work", "旧的": "expired:yes"}
    assert saved_filter(again.settings, "旧的") == "expired:yes"
    assert (again.version, list(again.history())) == (0, [])  # no part of the history
    assert save_filter(again, "of ann", "owner:ann")["of ann"] == "owner:ann"
    assert remove_filter(again, "of ann") == {"旧的": "expired:yes"}
    assert remove_filter(again, "旧的") == {}
    assert "filters" not in again.settings
    again.close()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (" ", "owner:ann", "a name of 1 to 60 characters"),
        ("x" * 61, "owner:ann", "a name of 1 to 60 characters"),
        ("n", "  ", "There is nothing to save"),
        ("n", "confidence>=much", "is no number"),
    ],
)
def test_what_cannot_be_saved(store, name, text, sentence) -> None:
    with pytest.raises(KnownError, match=sentence):
        save_filter(store, name, text)
    assert saved_filters(store.settings) == {}


def test_a_filter_that_is_not_there(store) -> None:
    with pytest.raises(KnownError, match="has no filter “x”; it has none yet"):
        saved_filter(store.settings, "x")
    save_filter(store, "y", "film")
    with pytest.raises(KnownError, match="has no filter “x”; it has “y”"):
        saved_filter(store.settings, "x")


def test_settings_that_somebody_else_wrote(store) -> None:
    store.change_settings({"filters": ["no", "mapping"]})
    assert saved_filters(store.settings) == {}
    store.change_settings({"filters": {"a": 1, "b": "owner:ann"}})
    assert saved_filters(store.settings) == {"b": "owner:ann"}
