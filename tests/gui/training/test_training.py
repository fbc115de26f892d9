"""A network is trained from the window: in a process, with curves, and opened afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.gui.training.curves import Curve
from memviz.gui.training.dialog import TrainingDialog
from memviz.gui.training.kinds import KINDS
from memviz.gui.training.process import Round, TrainingProcess

SMALL = "--bits 2 --most 2 --slots 4 --word-size 4 --hidden-size 8 --batch 2"
LINE = {"round": 3, "rounds": 9, "loss": 0.5, "figures": {"error": 0.25}, "seconds": 6.0, "best": True}


def choose(dialog: TrainingDialog, name: str) -> None:
    dialog.kind.setCurrentIndex([kind.name for kind in KINDS].index(name))


@pytest.fixture
def dialog(qtbot) -> TrainingDialog:
    made = TrainingDialog()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.process.close()


def test_a_line_of_the_command_is_a_round() -> None:
    told = Round.read(json.dumps(LINE))
    assert (told.round, told.rounds, told.figures) == (3, 9, {"error": 0.25})
    assert Round.read(json.dumps({**LINE, "figures": {"error": None}})).figures == {}
    for line in ("Importing …", "[1]", "{}", "3"):
        with pytest.raises(ValueError, match=r".*"):
            Round.read(line)


def test_what_is_missing_is_said(dialog: TrainingDialog) -> None:
    choose(dialog, "memn2n")
    dialog.begin()
    assert "folder of stories" in dialog.words.text()
    dialog.data.setText("stories")
    dialog.begin()
    assert "save the network" in dialog.words.text()
    dialog.out.setText("out")
    dialog.further.setText('--hops "2')
    with pytest.raises(KnownError, match="quotation"):
        dialog.arguments()
    dialog.further.setText("--hops 2")
    dialog.length.setValue(7)
    assert dialog.arguments() == [
        *("memn2n", "--out", "out", "--seed", "0", "--data", "stories", "--epochs", "7", "--hops", "2")
    ]
    assert not dialog.process.running


def test_data_is_asked_for_only_where_it_is_needed(dialog: TrainingDialog) -> None:
    choose(dialog, "kv-memnn")
    assert dialog.data.isVisible()
    choose(dialog, "dnc")
    assert not dialog.data.isVisible()


def test_a_training_is_watched_stopped_continued_and_opened(dialog: TrainingDialog, qtbot, tmp_path: Path) -> None:
    choose(dialog, "dnc")
    dialog.out.setText(str(tmp_path / "dnc"))
    dialog.further.setText(SMALL)
    dialog.length.setValue(500)
    with qtbot.waitSignal(dialog.process.told, timeout=60_000):
        dialog.start_button.click()
    assert "of 500" in dialog.words.text()
    assert dialog.pictures.loss.accessibleDescription()
    assert not dialog.start_button.isEnabled()
    assert not dialog.further.isEnabled()
    with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
        dialog.stop_button.click()
    assert "Stopped" in dialog.words.text()
    assert (tmp_path / "dnc" / "checkpoint.pt").is_file()
    assert not dialog.open_button.isEnabled()
    done = dialog._rounds[-1].round

    with qtbot.waitSignal(dialog.process.told, timeout=60_000):
        dialog.start_button.click()
    assert [told.round for told in dialog._rounds] == list(range(1, dialog._rounds[-1].round + 1))  # the curves go on
    with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
        dialog.stop_button.click()
    done = dialog._rounds[-1].round

    dialog.length.setValue(done + 2)
    with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
        dialog.start_button.click()
    assert dialog._rounds[0].round in (done + 1, done + 2)  # it was killed before or after a checkpoint
    assert "Saved into" in dialog.words.text()
    with qtbot.waitSignal(dialog.wanted) as asked:
        dialog.open_button.click()
    assert asked.args == [str(tmp_path / "dnc")]


def test_a_training_stopped_before_its_first_round_says_so(dialog: TrainingDialog, qtbot, tmp_path: Path) -> None:
    choose(dialog, "dnc")
    dialog.out.setText(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"of an earlier training")
    dialog.begin()
    with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
        dialog.stop_button.click()
    assert dialog.words.text() == "Stopped."


def test_a_checkpoint_of_another_training_is_refused_in_a_sentence(dialog, qtbot, tmp_path: Path) -> None:
    dialog.out.setText(str(tmp_path))
    for name in ("lstm", "dnc"):
        choose(dialog, name)
        dialog.length.setValue(1)
        dialog.further.setText("--bits 2 --most 2 --batch 2")
        with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
            dialog.begin()
    assert "is of another training" in dialog.words.text()


def test_what_goes_wrong_is_one_sentence(dialog: TrainingDialog, qtbot, tmp_path: Path) -> None:
    choose(dialog, "memn2n")
    dialog.data.setText(str(tmp_path / "nothing"))
    dialog.out.setText(str(tmp_path / "out"))
    with qtbot.waitSignal(dialog.process.ended, timeout=60_000):
        dialog.begin()
    assert "holds no file that ends in _train.txt" in dialog.words.text()
    assert "Traceback" not in dialog.words.text()
    assert dialog.start_button.isEnabled()


def test_closing_the_window_ends_it(qtbot, tmp_path: Path) -> None:
    process = TrainingProcess()
    process.start(["dnc", "--out", str(tmp_path), *SMALL.split(), "--rounds", "500"])
    assert process.running
    process.close()
    assert not process.running


def test_a_curve_is_drawn_over_all_rounds_with_the_best_marked(qtbot) -> None:
    curve = Curve("Error", percent=True)
    qtbot.addWidget(curve)
    curve.resize(400, 200)
    curve.show_values([(1, 0.5), (2, 0.25)], 4, 2)
    xs, ys = curve._line.getData()
    room = curve._room()
    assert xs[0] < xs[1] < room.width() / 2
    assert ys[0] < ys[1]
    assert curve._mark.getData()[0].tolist() == [xs[1], xs[1]]
    assert "25.0 %" in curve.accessibleDescription()
    curve.show_values([(1, 0.4), (2, 0.5), (5, 0.3), (6, 0.2)], 9, 6)
    assert curve._line.opts["connect"].tolist() == [1, 0, 1, 0]  # nothing was measured between 2 and 5
    curve.show_values([(at, 90.0 if at == 2 else 0.5) for at in range(1, 30)], 30, 0)
    assert curve._most() == 1.0  # one great value does not flatten the others
    curve.show_values([], 1, 0)
    assert curve.grab().width() == 400


def test_the_menu_opens_it_and_a_trained_network_is_loaded(window, loaded, qtbot, monkeypatch) -> None:
    window.actions_["train"].trigger()
    dialog = window.commands.models.training_dialog
    assert dialog.isVisible()
    loads: list[str] = []
    monkeypatch.setattr(loaded.loader, "load_model", loads.append)
    dialog.wanted.disconnect()
    dialog.wanted.connect(loaded.loader.load_model)
    dialog.out.setText("somewhere")
    dialog._open()
    assert loads == [str(Path("somewhere").absolute())]
    window.actions_["train"].trigger()
    assert window.commands.models.training_dialog is dialog
