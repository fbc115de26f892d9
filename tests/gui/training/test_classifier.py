"""A classifier is trained from the window, and its mistakes are shown as a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from memviz.core.confusion import Confusion
from memviz.gui.theme import LIGHT, weight_map
from memviz.gui.training.confusion_grid import ConfusionGrid, _spaced
from memviz.gui.training.curves import Curve
from memviz.gui.training.dialog import TrainingDialog
from memviz.gui.training.process import Round, TrainingProcess
from tests.gui.training.test_training import choose, dialog  # noqa: F401 - the fixture
from tests.models.classifier.bases import films

MATRIX = Confusion.of(("blame", "neither", "praise"), [0, 0, 0, 0, 2, 2], [0, 0, 0, 2, 2, 2])


@pytest.fixture
def grid(qtbot) -> ConfusionGrid:
    made = ConfusionGrid()
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show_confusion(MATRIX)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_dialog_asks_for_a_base_model_only_where_there_may_be_one(dialog: TrainingDialog) -> None:  # noqa: F811
    choose(dialog, "memn2n")
    assert not dialog.base.isVisible()
    assert not dialog.pictures.isTabVisible(1)
    assert dialog.pictures.measured.accessibleName() == "Validation error"
    choose(dialog, "classifier")
    assert dialog.base.isVisible()
    assert dialog.pictures.isTabVisible(1)
    assert dialog.pictures.measured.accessibleName() == "Validation accuracy"
    assert "when the training ends" in dialog.pictures.confusion.sentence.text()
    dialog.data.setText("a.csv")
    dialog.out.setText("out")
    common = ["classifier", "--out", "out", "--seed", "0", "--data", "a.csv"]
    assert dialog.arguments() == common
    dialog.base.setText(" some/bert ")
    assert dialog.arguments() == [*common, "--model", "some/bert"]


def test_a_classifier_is_trained_and_its_mistakes_are_seen(dialog, qtbot, tmp_path: Path) -> None:  # noqa: F811
    data, out = tmp_path / "films.tsv", tmp_path / "out"
    data.write_text("\n".join(["text\tlabel", *(f"{each.text}\t{each.label}" for each in films(20))]), encoding="utf-8")
    choose(dialog, "classifier")
    dialog.data.setText(str(data))
    dialog.out.setText(str(out))
    dialog.length.setValue(3)
    dialog.further.setText("--width 16 --layers 1 --heads 2 --vocabulary 120 --length 4 --validation 0.2")
    with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
        dialog.start_button.click()
    assert "Saved into" in dialog.words.text()
    assert "best accuracy" in dialog.words.text()
    assert "are cut there" in dialog.notes.text()
    assert dialog.notes.isVisible()
    assert "%" in dialog.pictures.measured.accessibleDescription()
    page = dialog.pictures.confusion
    assert page.currentIndex() == 1
    assert "8 kept-out texts" in page.figures.toolTip()
    assert dialog.open_button.isEnabled()
    with qtbot.waitSignal(dialog.wanted) as asked:
        dialog.open_button.click()
    assert asked.args == [str(out)]
    dialog.show()
    data.write_text("text,label", encoding="utf-8")
    with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
        dialog.begin()
    assert "Line" in dialog.words.text() or "no column" in dialog.words.text()
    assert not dialog.notes.isVisible()  # of the training before
    assert page.currentIndex() == 0


def test_an_early_end_is_told_and_no_time_is_left_then(dialog: TrainingDialog) -> None:  # noqa: F811
    choose(dialog, "classifier")
    for number, accuracy in ((1, 0.5), (2, 0.75), (3, 0.75)):
        dialog._told(Round(number, 10, 0.4, {"accuracy": accuracy, "error": 1 - accuracy}, 2.0 * number, False))
    assert "about 14 s left" in dialog.words.text()
    assert "best accuracy 75.0 % in round 2" in dialog.words.text()
    dialog._ended("")
    assert "it got no better" in dialog.words.text()
    assert "left" not in dialog.words.text()
    assert "cannot be read" in dialog.pictures.confusion.sentence.text()  # nothing lies in the folder


def test_notes_are_told_one_by_one_and_are_no_errors(qtbot) -> None:
    process, notes = TrainingProcess(), []
    process.noted.connect(notes.append)
    with qtbot.waitSignal(process.ended, timeout=60_000) as ended:
        process._process.start(
            "/bin/sh",
            ["-c", "echo 'memviz: note: one' >&2; echo 'memviz: wrong' >&2; echo 'memviz: note: two' >&2; exit 2"],
        )
    assert notes == ["one", "two"]
    assert ended.args == ["wrong"]


def test_a_whole_curve_runs_from_nothing_to_all(qtbot) -> None:
    curve = Curve("Error", percent=True)
    qtbot.addWidget(curve)
    curve.show_values([(1, 0.2)], 4, 1)
    assert curve._most() == 0.2
    curve.set_name("Validation accuracy", whole=True)
    assert curve._most() == 1.0
    assert curve.accessibleName() == "Validation accuracy"


def test_the_grid_has_a_cell_for_each_pair_in_the_colour_of_its_share(grid: ConfusionGrid) -> None:
    places, picture = grid._places(MATRIX.labels), grid.grab().toImage()
    ratio = picture.devicePixelRatio()

    def ground(row: int, column: int) -> QColor:
        corner = places.cell(row, column).topLeft() + QPointF(3, 3)
        return picture.pixelColor((corner * ratio).toPoint())

    ramp = weight_map(False)
    for row, column, share in ((0, 0, 0.75), (0, 2, 0.25), (2, 2, 1.0), (0, 1, 0.0), (1, 1, 0.0)):
        wanted = ramp[round(255 * share)][:3]
        found = np.array(ground(row, column).getRgb()[:3])
        assert np.abs(found - wanted).max() <= 1, (row, column)
    cell = places.cell(0, 0).toRect()
    inside = [picture.pixelColor(int(x * ratio), int(y * ratio)) for x in range(cell.left() + 2, cell.right() - 2)
              for y in range(cell.top() + 2, cell.bottom() - 2)]  # fmt: skip
    assert max(color.lightnessF() for color in inside) > 0.8  # the count, light on dark


def test_the_mouse_and_the_keys_tell_what_a_cell_counts(grid: ConfusionGrid, qtbot) -> None:
    told: list[str] = []
    grid.chosen.connect(told.append)
    places = grid._places(MATRIX.labels)
    qtbot.mouseMove(grid, places.cell(0, 2).center().toPoint())
    qtbot.waitUntil(lambda: told == ["blame taken for praise: 1 of 4 (25.0 %)"])
    assert grid.accessibleDescription() == told[0]
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(grid, key)
    assert told[1:] == ["neither taken for praise: 0 of 0", "praise given rightly: 2 of 2 (100.0 %)"]
    assert places.at(QPointF(places.all.right() + 5, 3)) is None


def test_names_give_way_where_there_are_many(grid: ConfusionGrid, qtbot) -> None:
    labels = tuple(f"a rather long name of the label {number}" for number in range(90))
    grid.show_confusion(Confusion(labels, np.eye(90, dtype=np.int64)))
    assert grid.grab().width() == 500
    places = grid._places(labels)
    assert places.standing
    assert places.all.right() <= 500
    assert places.all.bottom() + places.foot <= 400
    assert list(_spaced(6, 4.0, 10.0, -1)) == [0, 3]
    assert list(_spaced(6, 4.0, 10.0, 4)) == [0, 4]
    qtbot.mouseMove(grid, places.cell(50, 50).center().toPoint())
    qtbot.waitUntil(lambda: "label 50 given rightly" in grid.accessibleDescription())


def test_the_grid_is_exported(grid: ConfusionGrid, tmp_path: Path) -> None:
    for name in ("a.png", "a.svg", "a.csv"):
        grid.export(str(tmp_path / name))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"praise" in (tmp_path / "a.svg").read_bytes()
    rows = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert rows == ["true \\ given,blame,neither,praise", "blame,3,0,1", "neither,0,0,0", "praise,0,0,2"]
    failed: list[str] = []
    grid.failed.connect(failed.append)
    grid.export(str(tmp_path / "none" / "a.csv"))
    assert "choose another folder" in failed[0]


def test_nothing_is_painted_or_told_without_a_matrix(grid: ConfusionGrid, qtbot) -> None:
    grid.show_confusion(None)
    picture = grid.grab().toImage()
    assert picture.pixelColor(200, 50) == QColor(LIGHT.window)
    qtbot.mouseMove(grid, QPointF(200, 50).toPoint())
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.accessibleDescription() == ""
    assert list(grid.table()) == []
