"""Recall is measured from the window: beside it, with figures, pictures and what was missed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from memviz.core.errors import KnownError
from memviz.gui.measure_dialog.dialog import MeasureDialog
from memviz.gui.measure_dialog.measuring import numbers_of
from memviz.gui.theme import DARK, LIGHT, apply_theme
from tests.gui.scenes import ENTRIES

QUESTIONS: list[dict[str, Any]] = [
    {"question": "who directed Blade Runner?", "evidence_keys": [ENTRIES[0][1]], "category": "director"},
    {"question": "what did nobody see?", "evidence": [99], "category": "nothing"},
    {"question": "no evidence"},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    return path


@pytest.fixture
def dialog(loaded, qtbot, questions: Path) -> Iterator[MeasureDialog]:
    made = MeasureDialog(loaded.session, loaded.bridge, loaded.jobs, loaded.pump, loaded.privacy)
    qtbot.addWidget(made)
    made.questions.setText(str(questions))
    made.ks.setText("1, 3")
    made.show()
    yield made
    made.measuring.close()


def measured(dialog: MeasureDialog, qtbot) -> None:
    with qtbot.waitSignal(dialog.measuring.measured, timeout=20_000):
        dialog.begin()
    assert not dialog.measuring.running


def cells(dialog: MeasureDialog, row: int) -> list[str]:
    table = dialog.results.figures
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_figures_pictures_and_misses(dialog: MeasureDialog, qtbot) -> None:
    assert dialog.hint.isVisible()
    measured(dialog, qtbot)
    assert not dialog.hint.isVisible()
    results = dialog.results
    header = [results.figures.horizontalHeaderItem(at).text() for at in range(results.figures.columnCount())]
    assert header[:6] == ["way", "category", "questions", "recall@1", "recall@3", "MRR"]
    assert cells(dialog, 0)[:6] == ["recall", "all", "2", "0.500", "0.500", "0.500"]
    assert cells(dialog, 1)[:5] == ["recall", "director", "1", "1.000", "1.000"]
    assert cells(dialog, 3)[0] == "bm25"
    assert "2 questions measured" in dialog.words.text()
    assert "Line 3 has no evidence" in dialog.words.text()
    assert "Line 2: the memory has no entry with id 99" in dialog.words.text()
    assert "all: 2 questions\nrecall 0.5000\nbm25" in results.bars.words_at(results.bars.minimumHeight() - 5)
    assert "recall 0.500" in results.curves.accessibleDescription()
    results.category.setCurrentIndex(results.category.findData("director"))
    assert "recall 1.000" in results.curves.accessibleDescription()
    assert "1 of 2 questions lack evidence among the first 1" in results.missed.text()
    assert results.misses.rowCount() == 1
    assert results.misses.item(0, 4).text() == "not there"


def test_a_missed_question_is_asked_by_a_double_click(dialog: MeasureDialog, qtbot) -> None:
    measured(dialog, qtbot)
    dialog.results.setCurrentIndex(2)
    table = dialog.results.misses
    spot = table.visualItemRect(table.item(0, 2)).center()
    with qtbot.waitSignal(dialog.asked) as asked:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert asked.args == ["what did nobody see?"]


def test_exports(dialog: MeasureDialog, qtbot, tmp_path: Path) -> None:
    measured(dialog, qtbot)
    results = dialog.results
    for name, widget in (("figures", results.figures), ("bars", results.bars), ("misses", results.misses)):
        path = tmp_path / f"{name}.csv"
        widget.menu.save(str(path))
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1
    results.curves.menu.save(str(tmp_path / "curves.csv"))
    assert (tmp_path / "curves.csv").read_text().splitlines()[1] == "recall,all,0.5,0.5"
    results.setCurrentIndex(1)
    results.curves.menu.save(str(tmp_path / "curves.png"))
    assert not QImage(str(tmp_path / "curves.png")).isNull()
    with qtbot.waitSignal(results.failed) as failed:
        results.curves.menu.save(str(tmp_path / "no folder" / "curves.png"))
    assert "cannot be written" in failed.args[0]
    assert dialog.words.text() == failed.args[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda dialog: dialog.questions.clear(), "Choose a file of questions first."),
        (lambda dialog: dialog.ks.setText("five"), "“five” are no ranks"),
        (lambda dialog: dialog.ks.setText("0"), "“0” are no ranks"),
        (lambda dialog: dialog.questions.setText("/nowhere.jsonl"), "cannot be read"),
        (lambda dialog: dialog.ways.setPlainText("dense=1"), "has no name"),
        (lambda dialog: dialog.ways.setPlainText("a: colour=red"), "is no recall setting"),
    ],
)
def test_what_cannot_be_measured_is_said(dialog: MeasureDialog, qtbot, change, words: str) -> None:
    change(dialog)
    dialog.begin()
    qtbot.waitUntil(lambda: not dialog.measuring.running)
    assert words in dialog.words.text()
    assert dialog.start_button.isEnabled()
    assert not dialog.bar.isVisible()
    assert dialog.hint.isVisible()


def test_a_measurement_is_cancelled(dialog: MeasureDialog, qtbot, questions: Path, loaded) -> None:
    questions.write_text("\n".join([json.dumps(QUESTIONS[0])] * 5_000), encoding="utf-8")
    dialog.begin()
    assert dialog.stop_button.isEnabled()
    assert not dialog.questions.isEnabled()
    assert [job.words for job in loaded.jobs.running] == ["Measuring recall"]
    qtbot.waitUntil(lambda: "asking" in dialog.words.text() and dialog.bar.maximum() == 5_000)
    dialog.stop_button.click()
    qtbot.waitUntil(lambda: not dialog.measuring.running)
    assert dialog.words.text() == "Stopped."
    assert not loaded.jobs.running


def test_ranks() -> None:
    assert numbers_of(" 5 10,25 ") == [5, 10, 25]
    for text in ("", "5 -1", "５", "1.5"):
        with pytest.raises(KnownError, match="are no ranks"):
            numbers_of(text)


def test_the_window_asks_what_was_missed(window, loaded, qtbot, questions: Path) -> None:
    window.actions_["measure_recall"].trigger()
    dialog = window.commands.models.measure_dialog
    dialog.questions.setText(str(questions))
    measured(dialog, qtbot)
    with qtbot.waitSignal(loaded.asker.finished):
        dialog.results.misses._ask(0)
    assert loaded.playhead.run.query.text == "what did nobody see?"
    dialog.close()
    window.actions_["measure_recall"].trigger()
    assert window.commands.models.measure_dialog is dialog
    window.commands.end_dialogs()


def test_light_and_dark(dialog: MeasureDialog, qtbot) -> None:
    measured(dialog, qtbot)
    dialog.results.setCurrentIndex(1)
    try:
        for scheme, colors in (("dark", DARK), ("light", LIGHT)):
            apply_theme(scheme)
            qtbot.wait(1)
            image = dialog.results.curves.grab().toImage()
            corner = image.pixelColor(QPoint(image.width() // 2, image.height() // 3))
            assert (corner.lightness() < 128) == colors.dark
    finally:
        apply_theme("light")
