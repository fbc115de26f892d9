"""The dialog over a real cache, real folders and a hub on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from memviz.gui.app import delete_window
from memviz.gui.bridge import Bridge
from memviz.gui.model_dialog.details_pane import NOTHING
from memviz.gui.model_dialog.dialog import CACHED, RECENT, SHIPPED, ModelDialog
from memviz.gui.model_dialog.rows import HEADING, MODEL, NOTE, KindRole, ModelRow, ModelRows, WordsRole
from memviz.gui.settings import LOAD_OPTIONS_LIMIT, LoadOptions
from memviz.session.bundled import model_folder, shipped_models
from memviz.session.model_details import MemoryNeed
from memviz.session.models_at_hand import Device
from memviz.session.session import Session
from tests.gui.test_window import unnamed
from tests.hub_cache import put_into_cache
from tests.hub_server import Hub, hub

CACHED_NAME, HUB_NAME = "someone/stories", "someone/new"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one model, and a cache with another one."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    put_into_cache(tmp_path / "hub", CACHED_NAME, model_folder("memn2n-babi"))
    files = {file.name: file.read_bytes() for file in model_folder("kv-movies").iterdir()}
    with hub(HUB_NAME, files, {"safetensors": {"parameters": {"F32": 22_788}, "total": 22_788}}) as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.address)
        yield served


@pytest.fixture
def dialog(server: Hub, settings, qtbot) -> Iterator[ModelDialog]:
    settings.add_recent("models", CACHED_NAME)
    settings.add_recent("models", "movies-reader")
    bridge = Bridge()
    made = ModelDialog(bridge, settings)
    begin(made, "", qtbot)
    yield made
    made.reader.close()
    bridge.close()
    delete_window(made)


def begin(dialog: ModelDialog, current: str, qtbot) -> None:
    with qtbot.waitSignals([dialog.reader.cached, dialog.reader.devices], timeout=20_000):
        dialog.begin(current)


def chosen(dialog: ModelDialog, name: str, qtbot) -> None:
    dialog.choose(name)
    known(dialog, name, qtbot)


def known(dialog: ModelDialog, name: str, qtbot) -> None:
    def there() -> bool:
        details = dialog.pane.details
        return details is not None and details.name == name and details.checked

    qtbot.waitUntil(there, timeout=20_000)


def lines(rows: ModelRows) -> list[tuple[str, str]]:
    return [(rows.index(at).data(KindRole), rows.index(at).data()) for at in range(rows.rowCount())]


def test_the_list_has_sections_and_is_filtered(dialog: ModelDialog) -> None:
    QAbstractItemModelTester(dialog.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, dialog)
    assert [text for kind, text in lines(dialog.rows) if kind == HEADING] == [RECENT, CACHED, SHIPPED]
    assert [text for kind, text in lines(dialog.rows) if kind == MODEL] == [
        CACHED_NAME,  # what ships is not listed as recent
        CACHED_NAME,
        *shipped_models(),
    ]
    cached = dialog.rows.index(3)
    assert cached.data(WordsRole).endswith("kB · now")
    assert "last used 20" in cached.data(Qt.ItemDataRole.ToolTipRole)
    dialog.filter.setText("babi MEMN2N")
    assert lines(dialog.rows) == [(HEADING, SHIPPED), (MODEL, "memn2n-babi"), (MODEL, "memn2n-babi-10k")]
    assert dialog.list.currentIndex().data() == "memn2n-babi"  # Return opens it
    dialog.filter.setText("nothing such")
    assert lines(dialog.rows) == [(NOTE, "No model here is called like “nothing such”.")]
    assert dialog.rows.flags(dialog.rows.index(0)) == Qt.ItemFlag.NoItemFlags
    dialog.filter.clear()


def test_an_empty_section_says_what_to_do() -> None:
    rows = ModelRows()
    rows.set_sections({"A": ([], "Nothing yet."), "B": ([], ""), "C": ([ModelRow("x", "x")], "")})
    assert lines(rows) == [(HEADING, "A"), (NOTE, "Nothing yet."), (HEADING, "C"), (MODEL, "x")]
    assert rows.row_of("x") == 3
    assert rows.row_of("y") == -1


def test_every_control_has_a_name_and_a_tool_tip(dialog: ModelDialog, qtbot) -> None:
    assert unnamed(dialog) == []
    assert dialog.pane.words.text() == NOTHING
    assert not dialog.open_button.isEnabled()


def test_a_model_is_told_and_opened_with_its_options(dialog: ModelDialog, settings, qtbot) -> None:
    settings.set_load_options("movies-reader", LoadOptions("cpu", "bfloat16"))
    chosen(dialog, "movies-reader", qtbot)
    pane = dialog.pane
    assert pane.title.toolTip()
    assert pane._facts["Architecture"][1].text() == "LlamaForCausalLM"
    assert pane._facts["Parameters"][1].text() == "4.8 million"
    assert pane._facts["Download"][0].isHidden()
    assert pane.options.options() == LoadOptions("cpu", "bfloat16")
    assert "float32: 121 MB" in pane.memory.accessibleDescription()
    assert dialog.list.currentIndex().data() == "movies-reader"
    pane.options.dtype.setCurrentText("float16")
    with qtbot.waitSignal(dialog.wanted) as wanted:
        qtbot.keyClick(dialog.filter, Qt.Key.Key_Return)
    assert wanted.args == ["movies-reader", "cpu", "float16"]
    assert not dialog.isVisible()


def test_a_memory_network_has_no_options(dialog: ModelDialog, qtbot) -> None:
    chosen(dialog, "kv-movies", qtbot)
    assert not dialog.pane.options.isEnabled()
    assert dialog.open_button.isEnabled()
    assert "bfloat16" not in dialog.pane.memory.accessibleDescription()


def test_what_does_not_fit_is_marked_on_the_chosen_device(dialog: ModelDialog, qtbot) -> None:
    chosen(dialog, "movies-reader", qtbot)
    bars, options = dialog.pane.memory, dialog.pane.options
    assert all(bars.fits(need) for need in bars._needs)
    options.set_devices([Device("cpu", "CPU", 10**9), Device("cuda", "A card", 115_000_000)])
    options.device.setCurrentIndex(1)
    assert "free on cuda" in bars.accessibleDescription()
    assert [bars.fits(need) for need in bars._needs] == [False, True, True]
    assert "does not fit" in bars.accessibleDescription()
    bars.show_needs([MemoryNeed("float32", 10, False)], 100, "the CPU", "")
    assert not bars.fits(bars._needs[0])  # the card has room, the main memory has not


def test_a_device_that_is_not_there_any_more_stays_chosen(dialog: ModelDialog, settings, qtbot) -> None:
    settings.set_load_options("movies-reader", LoadOptions("cuda:3", "auto"))
    chosen(dialog, "movies-reader", qtbot)
    dialog.pane.options.set_devices([Device("cpu", "CPU", 10**9)])
    assert dialog.pane.options.options().device == "cuda:3"


def test_a_folder_that_cannot_be_opened_says_why(dialog: ModelDialog, tmp_path: Path, qtbot) -> None:
    (tmp_path / "empty").mkdir()
    dialog.show_folder(str(tmp_path / "empty"))
    known(dialog, str(tmp_path / "empty"), qtbot)
    assert "is empty" in dialog.pane.words.text()
    assert not dialog.open_button.isEnabled()
    assert dialog.list.currentIndex().data() == "empty"
    dialog.show_folder(str(model_folder("dnc-copy")))
    known(dialog, str(model_folder("dnc-copy")), qtbot)
    assert dialog.open_button.isEnabled()


def test_a_hub_name_is_looked_up_only_when_the_button_is_pressed(dialog: ModelDialog, server: Hub, qtbot) -> None:
    dialog.choose("kv-movies")
    qtbot.keyClicks(dialog.hub_name, HUB_NAME)
    assert not dialog.open_button.isEnabled()  # what was typed is not known yet
    known(dialog, HUB_NAME, qtbot)
    assert "opening it downloads it" in dialog.pane.words.text()
    assert dialog.open_button.text() == "Download and Open"
    assert dialog.pane.look_up.isVisible()
    assert server.asked == []
    qtbot.mouseClick(dialog.pane.look_up, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.pane.details.download is not None, timeout=20_000)
    assert dialog.pane.details.download == sum(len(body) for body in server.files.values())
    assert dialog.pane._facts["Parameters"][1].text() == "22,788"
    assert not dialog.pane.look_up.isVisible()
    assert server.sent == 0


def test_looking_up_without_network_says_so(dialog: ModelDialog, monkeypatch: pytest.MonkeyPatch, qtbot) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    chosen(dialog, "someone/else", qtbot)
    qtbot.mouseClick(dialog.pane.look_up, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "cannot be reached" in dialog.pane.words.text(), timeout=20_000)
    assert dialog.pane.look_up.isEnabled()


def test_another_choice_ends_a_look_up(dialog: ModelDialog, server: Hub, monkeypatch, qtbot) -> None:
    asked, answer = threading.Event(), threading.Event()

    def silent(*_: object) -> None:
        asked.set()
        answer.wait(30)

    monkeypatch.setattr("tests.hub_server._Handler._send", silent)
    chosen(dialog, HUB_NAME, qtbot)
    qtbot.mouseClick(dialog.pane.look_up, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(asked.is_set, timeout=20_000)
    chosen(dialog, "movies-reader", qtbot)  # its check waits for the thread that asks the hub
    assert dialog.pane.details.kind == "causal-lm"
    answer.set()


def test_the_arrow_keys_go_through_the_list(dialog: ModelDialog, qtbot) -> None:
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Down)
    known(dialog, CACHED_NAME, qtbot)
    dialog.filter.setText("kv")
    known(dialog, "kv-movies", qtbot)
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Down)
    known(dialog, "kv-movies-2", qtbot)
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Up)
    known(dialog, "kv-movies", qtbot)
    assert dialog.rows.name(dialog.list.currentIndex().row()) == "kv-movies"


def test_load_options_are_remembered_for_each_model(settings) -> None:
    settings.set_load_options("a", LoadOptions("cuda", "float16"))
    settings.set_load_options("b", LoadOptions())
    assert (settings.load_options("a"), settings.load_options("b")) == (LoadOptions("cuda", "float16"), LoadOptions())
    for number in range(LOAD_OPTIONS_LIMIT):
        settings.set_load_options(str(number), LoadOptions("cpu", "float32"))
    assert settings.load_options("a") == LoadOptions()
    settings._store.setValue("load_options", json.dumps({"c": "?", "d": ["cpu", 3]}))
    assert settings.load_options("c") == settings.load_options("d") == LoadOptions()


def test_the_menu_opens_it_and_the_choice_is_loaded(server: Hub, window, loaded, settings, monkeypatch, qtbot) -> None:
    asked: list[tuple[str, str, str]] = []
    load = loaded.session.load_model

    def noted(name: str, *, progress, device: str, dtype: str):
        asked.append((name, device, dtype))
        return load(name, progress=progress, device=device, dtype=dtype)

    monkeypatch.setattr(loaded.session, "load_model", noted)
    window.actions_["open_model"].trigger()
    dialog = window.commands.models.model_dialog
    assert dialog.isVisible()
    chosen(dialog, "movies-reader", qtbot)
    dialog.pane.options.dtype.setCurrentText("bfloat16")
    dialog._open()
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    loaded.loader.load_model("movies-reader")  # from the quick menu: as it was loaded last
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    assert asked == [("movies-reader", "cpu", "bfloat16")] * 2
    window.actions_["open_model"].trigger()
    assert window.commands.models.model_dialog is dialog
    window.close()
    assert dialog.reader._files.closed


def test_a_download_is_cancelled_in_the_window_and_said(
    server: Hub, window, loaded, monkeypatch, tmp_path: Path, qtbot
) -> None:
    server.files = {**server.files, "model.safetensors": bytes(30_000_000)}
    server.pause = 0.02
    monkeypatch.setattr(loaded.session, "load_model", lambda *a, **k: Session.load_model(loaded.session, *a, **k))
    loaded.loader.load_model(HUB_NAME, "cpu", "auto")
    qtbot.waitUntil(lambda: "model.safetensors" in window.status.job_words.text() and server.sent > 0, timeout=20_000)
    qtbot.waitUntil(lambda: 0 < window.status.bar.value() < window.status.bar.maximum(), timeout=20_000)
    window.actions_["cancel"].trigger()
    qtbot.waitUntil(lambda: not loaded.loader.busy, timeout=1_000)
    assert any("the half one was removed" in message for message in window.central.notices.messages())
    assert not list((tmp_path / "hub").rglob("*.incomplete"))
    assert loaded.loader.model_name == "scene"  # the old one stays
