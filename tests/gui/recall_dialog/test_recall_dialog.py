"""The recall dialog in a whole window over a small memory."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.edits import Insert
from memviz.core.entry import Kind
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.recall_dialog.dialog import RecallDialog
from memviz.gui.recall_dialog.embedder_slot import EmbedderBox
from memviz.session import recalling
from tests.gui.test_window import unnamed


@pytest.fixture
def dialog(window, loaded, qtbot) -> RecallDialog:
    window.queries.box.setPlainText("who directed Blade Runner?")
    window.actions_["recall"].trigger()
    made = window.commands.memory.recall_dialog
    qtbot.waitUntil(lambda: made._draft == RecallSettings() and made.decay._sample is not None)
    return made


def type_into(line, text: str) -> None:
    line.setText(text)
    line.textEdited.emit(text)


def stored(loaded) -> RecallSettings:
    return recalling.recall_settings(loaded.session).result()


def test_what_is_typed_holds_from_apply_on(dialog: RecallDialog, loaded, qtbot) -> None:
    assert dialog.words.text() == "The memory is recalled as usual."
    assert not dialog.apply_button.isEnabled()
    type_into(dialog.ranking.rows["recency"].line, "0,5")
    dialog.ranking.rows["policy"].box.setCurrentIndex(1)
    dialog.ranking.rows["policy"].box.activated.emit(1)
    dialog.ranking.kinds[Kind.PROFILE].click()
    assert dialog.words.text() == "Not applied yet."
    assert stored(loaded) == RecallSettings()
    with qtbot.waitSignal(dialog.applied):
        dialog.apply_button.click()
    wanted = RecallSettings(recency=0.5, policy=ConflictPolicy.NEWEST, kinds=(Kind.FACT, Kind.DIALOGUE_TURN))
    assert stored(loaded) == wanted
    assert not dialog.apply_button.isEnabled()
    dialog.reset_button.click()
    assert dialog._draft == RecallSettings()
    with qtbot.waitSignal(dialog.applied):
        dialog.apply_button.click()
    assert stored(loaded) == RecallSettings()


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("lexical", "much", "is no number"),
        ("dense", "-1", "at least 0"),
        ("lexical", "0", "words or vectors"),
        ("candidates", "2.5", "no whole number"),
        ("probes", "0", "from 1"),
        ("least_score", "", "Write a number"),
    ],
)
def test_a_bad_value_gets_a_sentence_beside_it(dialog: RecallDialog, name: str, typed: str, sentence: str) -> None:
    row = dialog.ranking.rows[name]
    before = row.hint.text()
    type_into(row.line, typed)
    assert sentence in row.hint.text()
    assert dialog.words.text().startswith("Nothing is applied")
    assert not dialog.apply_button.isEnabled()
    row.show_value(getattr(RecallSettings(), name))
    dialog._edited()
    assert row.hint.text() == before


def test_no_kind_at_all_is_refused(dialog: RecallDialog) -> None:
    for box in dialog.ranking.kinds.values():
        box.click()
    assert dialog._draft is None
    assert "at least one kind" in dialog.words.text()


@pytest.mark.parametrize("typed", ["0", "-3", "soon", ""])
def test_a_half_life_of_zero_or_less_gets_a_sentence(dialog: RecallDialog, typed: str) -> None:
    fact = dialog.decay.laws[Kind.FACT]
    fact.law.setCurrentIndex(1)
    fact.law.activated.emit(1)
    assert "left out after 130 days" in fact.words.text()
    type_into(fact.half_life, typed)
    assert dialog._draft is None
    assert "number" in fact.words.text()
    assert not dialog.apply_button.isEnabled()


def test_curves_follow_what_is_typed(dialog: RecallDialog, loaded, qtbot) -> None:
    now = loaded.session.entry(1).updated
    loaded.session.edit(
        *(Insert(text=f"old {days}", created=now - days * DAY) for days in (10, 100, 900)),
        Insert(text="later", created=now + 5 * DAY),
        Insert(text="a turn", kind=Kind.DIALOGUE_TURN, created=now - 10 * DAY),
    )
    dialog._read_ages()
    qtbot.waitUntil(lambda: "in the future" in dialog.decay.words.text())
    assert "1 has a date in the future and counts as new." in dialog.decay.words.text()
    assert {left for _, left in dialog.decay.curves.ticks(Kind.FACT)} == {1.0}
    fact = dialog.decay.laws[Kind.FACT]
    fact.law.setCurrentIndex(1)
    fact.law.activated.emit(1)
    type_into(fact.half_life, "10")
    ticks = dict(dialog.decay.curves.ticks(Kind.FACT))
    assert min(ticks.values()) == pytest.approx(2**-10, rel=0.01)  # 900 days are beyond the horizon of a year
    assert dialog.decay.curves.ticks(Kind.DIALOGUE_TURN) == [(pytest.approx(10.0, abs=0.01), 1.0)]
    assert "left out now are 2 of the kind “fact”" in dialog.decay.words.text()
    xs, ys = dialog.decay.curves._curves[Kind.FACT].getData()
    assert len(xs) == len(ys) > 100
    assert ys[0] < ys[-1]  # downwards on the screen
    dialog.decay.horizon.setCurrentIndex(0)
    assert len(dialog.decay.curves.ticks(Kind.FACT)) == 9
    type_into(dialog.decay.least, "2")
    assert dialog._draft is None
    type_into(dialog.decay.least, "0")
    assert "never left out" in fact.words.text()


def test_a_law_has_its_own_figure(dialog: RecallDialog) -> None:
    fact = dialog.decay.laws[Kind.FACT]
    for index, law, shape in ((2, DecayKind.POWER, "0.5"), (3, DecayKind.USE, "2")):
        fact.law.setCurrentIndex(index)
        fact.law.activated.emit(index)
        assert fact.shape.text() == shape
        assert dialog._draft.decay == {Kind.FACT: Decay(law)}
    type_into(fact.shape, "0.5")
    assert "from 1 to 1,000,000" in fact.words.text()
    fact.law.setCurrentIndex(0)
    fact.law.activated.emit(0)
    assert dialog._draft == RecallSettings()
    assert not fact.half_life.isEnabled()


def test_forecast_of_pinned_questions(
    dialog: RecallDialog, loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    dialog.tabs.setCurrentWidget(dialog.forecast)
    qtbot.waitUntil(lambda: "No question is pinned" in dialog.forecast.words.text())
    dialog.forecast.pin_button.click()
    qtbot.waitUntil(lambda: dialog.forecast.table.rowCount() == 1)
    assert loaded.pinned.texts == ["who directed Blade Runner?"]
    assert [dialog.forecast.table.item(0, column).text() for column in (2, 3, 4)] == ["–"] * 3
    fact = dialog.decay.laws[Kind.FACT]
    fact.law.setCurrentIndex(1)
    fact.law.activated.emit(1)
    type_into(fact.half_life, "5")
    qtbot.waitUntil(lambda: dialog.forecast.table.item(0, 3).text() == "all")
    assert "not applied yet" in dialog.forecast.words.text()
    dialog.forecast.table.setCurrentCell(0, 3)
    assert "will have lost" in dialog.forecast.heading.text()
    assert "of it is left after 30 days" in dialog.forecast.lost.item(0, 3).text()
    with qtbot.waitSignal(dialog.entry_chosen):
        dialog.forecast.lost.setCurrentCell(0, 0)
    assert loaded.selection.entry_id == int(dialog.forecast.lost.item(0, 0).text())
    path = tmp_path / "forecast.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    dialog.forecast.export_button.click()
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert rows[0][:4] == ["question", "days", "recalled_now", "lost"]
    assert {row[1] for row in rows[1:]} == {"7", "30", "365"}
    dialog.forecast.unpin_button.click()
    qtbot.waitUntil(lambda: dialog.forecast.table.rowCount() == 0)
    assert recalling.pinned_questions(loaded.session).result() == []


def test_a_memory_that_cannot_be_written(dialog: RecallDialog, loaded, ask, qtbot) -> None:
    loaded.loader.memory = replace(loaded.loader.memory, read_only=True)
    type_into(dialog.ranking.rows["confidence"].line, "1")
    assert "this session only" in dialog.words.text()
    dialog.apply_button.click()
    assert loaded.recall.settings == RecallSettings(confidence=1.0)
    assert stored(loaded) == RecallSettings()
    run = ask()
    assert run.query.recall == RecallSettings(confidence=1.0)
    assert run.trace.recall.settings.confidence == 1.0


def test_what_others_changed_comes_in_and_what_was_typed_stays(dialog: RecallDialog, window, loaded, qtbot) -> None:
    type_into(dialog.ranking.rows["recency"].line, "0.5")
    others = RecallSettings(policy=ConflictPolicy.NEWEST, exceptions={"Ann · birthday": ConflictPolicy.BOTH})
    recalling.change_recall_settings(loaded.session, others).result()
    window.actions_["recall"].trigger()
    qtbot.waitUntil(lambda: dialog._draft == others.changed(recency=0.5))
    assert "Ann · birthday: keep both" in dialog.ranking.exception_words.text()
    with qtbot.waitSignal(dialog.applied):
        dialog.apply_button.click()
    assert stored(loaded) == others.changed(recency=0.5)
    dialog.ranking.forget_button.click()
    assert dialog._draft.exceptions == {}


def test_what_memviz_does_not_understand_is_said(window, loaded, qtbot) -> None:
    loaded.session.store_call(lambda store: store.change_settings({"recall": {"densest": 1}})).result()
    window.actions_["recall"].trigger()
    made = window.commands.memory.recall_dialog
    qtbot.waitUntil(lambda: "densest" in made.words.text())
    assert made._draft == RecallSettings()


def test_every_control_has_name_and_tip(dialog: RecallDialog) -> None:
    assert unnamed(dialog) == []


def test_the_embedder_box_asks_for_what_is_chosen(qtbot) -> None:
    box = EmbedderBox()
    qtbot.addWidget(box)
    assert not box.isEnabled()
    box.offer([("off", ""), ("built-in", "builtin")], "builtin")
    assert box.currentData() == "builtin"
    with qtbot.waitSignal(box.wanted) as caught:
        box.activated.emit(0)
    assert caught.args == [""]
