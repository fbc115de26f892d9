"""A story file in the window: its questions, what is right, and the hops."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from memviz.gui.query_list import verdict
from memviz.session.stories import story_queries
from tests.session.test_stories import TEXT, story_model


@pytest.fixture
def stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "qa1_where_test.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_questions_come_with_the_file_and_are_asked_in_their_place(window, loaded, stories: Path, qtbot) -> None:
    loaded.session.use_model(story_model()).result()
    loaded.loader.open_memory(str(stories))
    qtbot.waitUntil(lambda: loaded.queries.rowCount() == 3)
    assert window.queries.box.toPlainText() == "Where is Mary?"
    window.commands.queries.next_query()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask_box()
    run = loaded.playhead.run
    assert run.query.source == "story 1"
    assert [slot.entry_id for slot in run.trace.prompt.slots] == [1, 2, 3]
    qtbot.waitUntil(lambda: window.transport.words.text().startswith("hop "))
    mark = verdict(story_queries(stories)[1], run.answer)
    assert mark in ("✓ ", "✗ ")
    shown = loaded.queries.data(loaded.queries.index(1), Qt.ItemDataRole.ToolTipRole)
    assert mark.strip() in shown
    window.host.flush()
    view = window.central.views["memory_attention"]
    assert view.map.words == ["hop 1", "hop 2", "hop 3"]
    assert [row.label.startswith("★") for row in view.map.rows] == [False, True, False]
    assert not window.central.tabs.isTabVisible(window.central.tabs.indexOf(window.central._pages["heads"]))


def test_a_typed_question_has_no_place(window, loaded, stories: Path, qtbot) -> None:
    loaded.session.use_model(story_model()).result()
    loaded.loader.open_memory(str(stories))
    qtbot.waitUntil(lambda: loaded.queries.rowCount() == 3)
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("Where is Sandra now?")
    assert loaded.playhead.run.query.source == ""
    assert len(loaded.playhead.run.trace.prompt.slots) == 4


def test_another_story_file_takes_the_place_of_the_first_and_typed_questions_stay(
    window, loaded, stories: Path, qtbot
) -> None:
    loaded.session.use_model(story_model()).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("Where is everybody?")
    loaded.loader.open_memory(str(stories))
    qtbot.waitUntil(lambda: loaded.queries.rowCount() == 4)
    other = stories.with_name("qa2_test.txt")
    other.write_text("1 Mary went home.\n2 Where is Mary?\thome\t1\n", encoding="utf-8")
    loaded.loader.open_memory(str(other))
    qtbot.waitUntil(lambda: loaded.queries.rowCount() == 2)
    assert loaded.queries.texts() == ["Where is everybody?", "Where is Mary?"]
    assert loaded.queries.item(0).run is not None
    assert window.queries.box.toPlainText() == "Where is Mary?"
