"""While private entries are masked, no dialog shows or tells a word of one; switching it draws open dialogs anew."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from memviz.core.edit_conflict import EditConflict
from memviz.core.edits import Delete, Insert, Update
from memviz.core.privacy import MASK
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.gui.bulk.merge_dialog import _WRITTEN, MergeDialog
from memviz.gui.bulk.paste_dialog import PasteDialog
from memviz.gui.conflicts.settle_all import SettleAllDialog
from memviz.gui.tables.columns import NUMBER
from memviz.session import settling
from memviz.session.private_entries import private_among
from tests.gui.scenes import ENTRIES
from tests.gui.shown import shown_words
from tests.models.tiny import tiny_model, wrapped

ENGLISH, CHINESE = "Ada lives in Quillfeather Lane.", "小林住在朱雀巷。"
FIRST = len(ENTRIES) + 1
ADA, ADA_TOO, LIN, LIN_TOO, OPEN = range(FIRST, FIRST + 5)
PUBLIC = "Nothing about anybody is said here."


@pytest.fixture
def masked(window, loaded, qtbot) -> Iterator[Callable[[], None]]:
    """Private entries in English and Chinese, twice each with a little difference; what it gives switches masking."""
    fields = {"private": True, "owner": "Marlowe", "source": "diary 日记本", "tags": ("zinnia", "百日菊")}
    loaded.session.edit(
        Insert(key="Ada · city", text=ENGLISH, **fields),
        Insert(key="Ada · city", text="Ada lives in Quillfeather Yard.", **fields),
        Insert(key="小林 · 城市", text=CHINESE, **fields),
        Insert(key="小林 · 城市", text="小林住在玄武巷。", **fields),
        Insert(key="open", text=PUBLIC),
    )
    loaded.loader.memory_changed.emit()
    qtbot.waitUntil(lambda: window.entries.model.loaded and window.entries.model.total == OPEN)
    yield window.actions_["mask_private"].trigger
    for dialog in window.findChildren(QDialog):
        dialog.close()
    window.commands.end_dialogs()


def switched(dialog: QWidget, masked: Callable[[], None], *words: str) -> None:
    """The words are shown, then masked in the open dialog, then shown again."""
    for _ in range(2):
        QApplication.processEvents()  # what was just laid out comes into sight
        for word in words:
            assert word in shown_words(dialog)
        masked()
        at_once = shown_words(dialog)
        QApplication.processEvents()
        said = shown_words(dialog)
        for word in words:
            assert word not in at_once
            assert word not in said
        assert MASK in said
        masked()


# -- the history -----------------------------------------------------------------------------------------------------


@pytest.fixture
def history(window, masked, qtbot):
    def opened(entry_id: int, text: str):
        window.commands.bulk.history()
        dialog = window.commands.bulk.history_dialog
        dialog.entry.setText(str(entry_id))
        qtbot.waitUntil(lambda: any(text in str(row.diff) for row in dialog.diffs.rows))
        return dialog

    return opened


def test_history_names_fields_and_no_words(history, loaded, masked, qtbot):
    loaded.session.edit(Update(ADA, text="Ada moved to Nettlewick.", metadata={"room": "attic"}, confidence=0.5))
    dialog = history(ADA, "Nettlewick")
    switched(dialog, masked, "Nettlewick", "Quillfeather", "attic", "Ada · city")
    masked()
    said = shown_words(dialog.diffs)
    assert {"text", "metadata", "confidence", "0.5"} <= set(said.split("\n"))
    assert f"deleted: {MASK}; inserted: {MASK}" in said
    assert "key" not in said.split("\n")
    dialog.diffs.rows[0].button.click()  # what it writes is the entry itself
    assert loaded.session.entry(ADA).text == "Ada moved to Nettlewick."


def test_history_hides_what_was_said_before_an_entry_became_private(history, loaded, masked, qtbot):
    loaded.session.edit(Update(OPEN, private=True))
    dialog = history(OPEN, PUBLIC)
    dialog.table.selectRow(1)  # when it was added, and was not private
    qtbot.waitUntil(lambda: bool(dialog.diffs.rows) and dialog.diffs.rows[0].diff.before is None)
    switched(dialog, masked, PUBLIC)


def test_history_hides_what_becomes_private_while_it_is_open(history, loaded, masked, qtbot):
    masked()
    dialog = history(OPEN, PUBLIC)
    qtbot.waitUntil(lambda: PUBLIC in shown_words(dialog))
    loaded.session.edit(Update(OPEN, private=True))
    qtbot.waitUntil(lambda: PUBLIC not in shown_words(dialog))


def test_history_hides_the_past_of_deleted_private_entries(history, loaded, masked, qtbot):
    loaded.session.edit(Update(OPEN, private=True))
    loaded.session.edit(Delete(OPEN))
    dialog = history(OPEN, PUBLIC)
    dialog.table.selectRow(2)
    qtbot.waitUntil(lambda: bool(dialog.diffs.rows) and dialog.diffs.rows[0].diff.before is None)
    switched(dialog, masked, PUBLIC)
    told = loaded.session.store_call(lambda store: private_among(store, [ADA, 1, OPEN, 999])).result()
    assert told == {ADA, OPEN}


def test_tags_that_name_an_edit_are_masked(history, window, loaded, masked, qtbot):
    loaded.session.edit(Update(LIN, tags=("木槿",)), initiator="table · Add tag 木槿")
    dialog = history(LIN, "木槿")
    qtbot.waitUntil(lambda: "Add tag 木槿" in window.actions_["undo"].text())
    switched(dialog, masked, "木槿")
    masked()
    assert dialog.title.text().split(" · ")[1] == f"Add tag {MASK}"
    assert window.actions_["undo"].text() == f"&Undo Add tag {MASK} in 1 entry"


# -- many entries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sought", "word"), [("Ada", "Quillfeather"), ("小林", "朱雀巷")])
def test_previews_of_edits_of_many(window, masked, sought, word, qtbot):
    window.actions_["replace_entries"].trigger()
    dialog = window.commands.bulk.dialog
    dialog.pages[0].sought.setText(sought)
    dialog.pages[0].by.setText("X")
    qtbot.waitUntil(lambda: len(dialog.diffs.rows) == 2)
    switched(dialog, masked, word)
    masked()
    with qtbot.waitSignal(dialog.runner.done):
        dialog.ok.click()
    assert word in window._workspace.session.entry(ADA if sought == "Ada" else LIN).text


def test_duplicates(window, loaded, masked, qtbot):
    public, private = Insert(key="Ada · city", text=ENGLISH), Insert(text=CHINESE, private=True)
    loaded.session.edit(public, private)
    window.actions_["duplicates"].trigger()
    dialog = window.commands.bulk.duplicates_dialog
    dialog.likeness.setValue(0.6)
    qtbot.waitUntil(lambda: dialog._job is None)
    dialog.look()
    qtbot.waitUntil(lambda: dialog._job is None and dialog.rows.rowCount() > 1)
    for row in range(dialog.rows.rowCount()):
        dialog.list.setCurrentIndex(dialog.rows.index(row))
        qtbot.waitUntil(lambda: dialog.entries._entries[:1] != () and dialog.rows.knows(dialog._chosen.ids[0]))
        qtbot.waitUntil(lambda: tuple(entry.id for entry in dialog.entries._entries) == dialog._chosen.ids)
        masked()
        said = shown_words(dialog)
        assert not any(word in said for word in ("朱雀巷", "玄武巷", "Yard", "Marlowe", "diary", "zinnia", "百日菊"))
        assert (ENGLISH in said) == (OPEN + 1 in dialog._chosen.ids)
        masked()
        assert any(word in shown_words(dialog) for word in ("朱雀巷", "Yard"))
    QAbstractItemModelTester(dialog.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)


def test_merging(window, loaded, masked, qtbot):
    entries = loaded.session.store_call(lambda store: store.get([OPEN, ADA])).result()
    dialog = MergeDialog(entries, loaded.privacy, window)
    dialog.text.setCurrentIndex(dialog.text.findData("lines"))
    dialog.show()
    switched(dialog, masked, "Quillfeather", "Marlowe" if dialog._kept.id == ADA else "Ada")
    masked()
    assert not dialog.edit.isVisibleTo(dialog)
    assert not dialog.text.model().item(dialog.text.findData(_WRITTEN)).isEnabled()
    assert dialog.merge().join == "\n"
    masked()
    assert dialog.edit.isVisibleTo(dialog)
    assert dialog.text.model().item(dialog.text.findData(_WRITTEN)).isEnabled()
    dialog.deleteLater()


def test_pasting(window, masked, qtbot):
    QGuiApplication.clipboard().setText(
        '[{"text": "Ada lives in Quillfeather Lane.", "private": true}, {"text": "open", "private": false}]'
    )
    window.commands.bulk.paste()
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, PasteDialog) and each.isVisible())
    switched(dialog, masked, "Quillfeather")
    masked()
    assert "open" in shown_words(dialog)


# -- conflicts -------------------------------------------------------------------------------------------------------


@pytest.fixture
def conflicts(window, masked, qtbot):
    window.actions_["conflicts"].trigger()
    dialog = window.commands.memory.conflicts_dialog
    qtbot.waitUntil(lambda: dialog.rows.rowCount() == 2)
    return dialog


def test_conflicts_hide_topics_and_texts(conflicts, masked, qtbot):
    for row, words in enumerate((("Ada", "Quillfeather", "Yard", "diary"), ("小林", "朱雀巷", "玄武巷", "日记本"))):
        conflicts.list.setCurrentIndex(conflicts.rows.index(row))
        switched(conflicts, masked, *words)
    masked()
    assert conflicts.title.text() == f"{MASK} · entries {LIN}, {LIN_TOO}"
    conflicts.list.setCurrentIndex(conflicts.rows.index(0))
    conflicts.entries.settle_buttons[ConflictPolicy.NEWEST].click()
    qtbot.waitUntil(lambda: conflicts.rows.rowCount() == 1)
    assert conflicts._session.entry(ADA).superseded_by == ADA_TOO


def test_settling_all_hides_winners_and_losers(conflicts, loaded, masked):
    preview = SettleAllDialog(conflicts.rows.open_ones(), RecallSettings(), loaded.privacy, conflicts)
    preview.show()
    switched(preview, masked, "Ada", "Quillfeather", "朱雀巷", "小林")
    preview.close()


def test_comparing_policies(conflicts, window, masked, qtbot):
    conflicts.list.setCurrentIndex(conflicts.rows.index(0))
    conflicts.ask_button.click()  # the question is made of the topic
    compare = window.commands.memory.compare_dialog
    qtbot.waitUntil(lambda: not compare.asker.busy and all(one.outcome for one in compare.columns.values()))
    switched(compare, masked, "Ada city", "Quillfeather")
    masked()
    compare.question.clear()
    qtbot.keyClicks(compare.question, "my own words")
    assert "my own words" in shown_words(compare)


def test_comparing_policies_without_a_model(conflicts, window, loaded, masked, qtbot):
    loaded.session._query_worker.submit(lambda: loaded.session._replace_model(None, "")).result()
    window.commands.memory.compare("小林 城市", private=True)
    compare = window.commands.memory.compare_dialog
    qtbot.waitUntil(lambda: not compare.asker.busy and all(one.outcome for one in compare.columns.values()))
    assert all(one.outcome.answer is None for one in compare.columns.values())
    switched(compare, masked, "小林", "朱雀巷")


# -- forgetting, recall ----------------------------------------------------------------------------------------------


def test_forgetting(window, masked, qtbot):
    window.commands.memory.forget([ADA, LIN, OPEN])
    dialog = window.commands.memory.forget_dialog
    qtbot.waitUntil(lambda: dialog.forget.isEnabled())
    switched(dialog, masked, "Quillfeather", "朱雀巷")
    masked()
    assert PUBLIC in shown_words(dialog)
    assert dialog.forget.isEnabled()


def test_forecast_and_its_file(window, loaded, masked, tmp_path: Path, qtbot):
    loaded.pinned.pin("Where does Ada live?")
    loaded.pinned.pin("小林住在哪里？")
    loaded.session.edit(Update(LIN, expires=4e9))
    window.actions_["recall"].trigger()
    dialog = window.commands.memory.recall_dialog
    dialog.tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: dialog.forecast.table.rowCount() == 2, timeout=10_000)
    for row, word in enumerate(("Quillfeather", "朱雀巷")):
        dialog.forecast.table.setCurrentCell(row, 1)
        switched(dialog, masked, word)
    lines = dialog.forecast.rows()
    path = tmp_path / "forecast.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    assert "小林 ·" not in path.read_text("utf-8")


def test_exceptions_of_conflicts_are_counted(window, loaded, masked, qtbot):
    settling.change_exception(loaded.session, "小林 · 城市", ConflictPolicy.BOTH).result()
    window.actions_["recall"].trigger()
    dialog = window.commands.memory.recall_dialog
    qtbot.waitUntil(lambda: "小林" in dialog.ranking.exception_words.text())
    masked()
    assert "小林" not in shown_words(dialog)
    assert dialog.ranking.exception_words.text() == "1 conflict has a policy of its own"
    assert dialog.ranking.collect()["exceptions"] == {"小林 · 城市": ConflictPolicy.BOTH}
    masked()
    assert "小林" in dialog.ranking.exception_words.text()


# -- what is measured, imported and edited in the weights ------------------------------------------------------------


def test_missed_evidence(window, masked, tmp_path: Path, qtbot):
    lines = [{"question": f"none {n}?", "evidence_texts": [text]} for n, text in enumerate((ENGLISH, CHINESE))]
    lines.append({"question": "whose?", "evidence_texts": [PUBLIC]})
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    window.actions_["measure_recall"].trigger()
    dialog = window.commands.models.measure_dialog
    dialog.questions.setText(str(path))
    dialog.baseline.setChecked(False)
    with qtbot.waitSignal(dialog.measuring.measured, timeout=20_000):
        dialog.begin()
    dialog.results.setCurrentIndex(2)
    switched(dialog, masked, "Quillfeather", "朱雀巷")
    masked()
    assert PUBLIC in shown_words(dialog)
    dialog.results.misses.menu.save(str(tmp_path / "missed.csv"))
    assert "Quillfeather" not in (tmp_path / "missed.csv").read_text("utf-8")


def test_records_of_a_file_that_become_private_entries(window, masked, tmp_path: Path, qtbot):
    path = tmp_path / "entries.csv"
    path.write_text(f"text,who,private\n{ENGLISH},Marlowe,yes\n{CHINESE},小林,yes\n{PUBLIC},us,no\n", encoding="utf-8")
    window.commands.exchange.import_files([str(path)])
    dialog = window.commands.exchange.import_dialog
    qtbot.waitUntil(lambda: dialog.entries.rowCount() == 3)
    switched(dialog, masked, "Quillfeather", "朱雀巷", "Marlowe", "小林")
    masked()
    assert PUBLIC in shown_words(dialog)
    qtbot.waitUntil(lambda: dialog.jobs.job is None)


def test_a_fact_is_not_edited_in_a_prompt_with_private_entries(window, loaded, masked, ask, qtbot):
    loaded.session.model_for = lambda _: wrapped(tiny_model("llama"))
    loaded.loader.load_model("tiny")
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    loaded.session.edit(Update(1, private=True))
    assert ask().masked is not loaded.playhead.run.trace
    window.actions_["edit_fact"].trigger()
    dialog = window.commands.models.fact_dialog
    qtbot.waitUntil(lambda: dialog.try_button.isEnabled())
    assert ENTRIES[0][2] in shown_words(dialog)
    masked()
    assert ENTRIES[0][2] not in shown_words(dialog)
    assert "This prompt holds private entries" in shown_words(dialog)
    assert not dialog.try_button.isEnabled()
    masked()
    assert ENTRIES[0][2] in shown_words(dialog)
    assert dialog.try_button.isEnabled()


# -- editing in the table --------------------------------------------------------------------------------------------


def test_both_versions_of_a_private_entry(window, loaded, masked, qtbot):
    box = window.entries.conflicts
    for entry_id, theirs, mine in (
        (ADA, "Ada went to Nettlewick.", "Ada stays."),
        (LIN, "小林搬到青龙巷。", "小林不搬。"),
    ):
        seen = loaded.session.entry(entry_id).text
        loaded.session.edit(Update(entry_id, text=theirs))
        now = loaded.session.entry(entry_id)
        box.take(EditConflict(entry_id, ("text",), {"text": seen}, now, {"text": mine}), (entry_id, "text", mine))
        for _ in range(2):
            assert theirs in shown_words(box)
            masked()
            assert theirs not in shown_words(box)
            assert mine not in shown_words(box)
            assert not box.mine.isEnabled()
            assert not box.again.isEnabled()
            masked()
            assert box.mine.isEnabled()
    box.take(EditConflict(999, (), {"text": "Quillfeather"}, None, {"text": "mine"}), (999, "text", "mine"))
    masked()
    assert "Quillfeather" not in shown_words(box)


def test_an_open_editor_of_a_private_cell_closes(window, masked, qtbot):
    view, model = window.entries.view, window.entries.model
    index = model.index(model.row_of(ADA), NUMBER["text"])
    view.scrollTo(index)
    qtbot.waitUntil(lambda: bool(model.flags(index) & Qt.ItemFlag.ItemIsEditable))
    view.setCurrentIndex(index)
    view.edit(index)
    assert ENGLISH in shown_words(view.viewport())
    masked()
    qtbot.wait(50)
    assert ENGLISH not in shown_words(view.viewport())
    assert window._workspace.session.entry(ADA).text == ENGLISH
    assert not window.entries.notice.isVisible()
    masked()
    view.edit(index)
    view.indexWidget(index).set_text("What I began to type")
    masked()
    qtbot.waitUntil(lambda: "what you typed is not saved yet" in window.entries.notice.text)
    assert "began" not in shown_words(window.entries.notice)
    window.entries.notice.act()
    qtbot.waitUntil(lambda: window._workspace.session.entry(ADA).text == "What I began to type")
