"""The ledger view: every candidate with everything that is known of it."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtWidgets import QMenu, QTableView

from memviz.core.decay import DAY, Decay
from memviz.core.entry import Kind
from memviz.core.events import Candidate, RecallEvent
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.core.trace import Trace
from memviz.gui.tables.ledger_model import LedgerModel
from memviz.gui.views.ledger import LedgerView
from tests.gui.scenes import entries, events, trace_of, written_trace
from tests.gui.tables import traces

SETTINGS = RecallSettings(dense=1.0, recency=0.3, decay={Kind.FACT: Decay("exponential", 20.0)})


def dense_recall() -> RecallEvent:
    """A hybrid recall in which everything happens that can: fused ranks, conflicts, filters, decay."""
    cuts = {77: ("superseded", "entry 9 stands for it"), 5120: ("decayed", "0.031 of it is left after 100 days")}
    rows = []
    for rank, entry in enumerate(entries(), 1):
        cause, reason = cuts.get(entry.id, ("", ""))
        found = {"lexical": rank, "dense": 9 - rank} if rank % 3 else {"dense": rank}
        parts = {name: 61 / (60 + place) for name, place in found.items()} | {"recency": 0.3 - 0.03 * rank}
        details = {"bm25": 20.0 - rank, "cosine": 0.9 - 0.05 * rank, "retention": 1 - 0.1 * rank, "age": rank * 3 * DAY}
        status = "cut" if cause else "injected"
        conflicts = (77, 9) if entry.id == 812 else ()
        rows.append(
            Candidate(entry.id, rank, sum(parts.values()), parts, status, reason, cause, found, details, conflicts)
        )
    metric = "reciprocal ranks by words and by vectors + recency, higher is better"
    return RecallEvent(tuple(rows), metric, ("blade", "runner"), 3, 0.0123, now=1e9, settings=SETTINGS)


def dense_trace() -> Trace:
    query = Query("who directed Blade Runner?")
    trace = Trace(query)
    recall = dense_recall()
    trace.append(recall)
    injected = [one.entry_id for one in recall.injected()]
    for event in events(query, [entry for entry in entries() if entry.id in injected]):
        trace.append(event)
    return trace


def shown(qtbot, trace: Trace | None) -> LedgerView:
    view = LedgerView()
    view.words_of = lambda entry_id: next((entry.key for entry in entries() if entry.id == entry_id), "")
    qtbot.addWidget(view)
    view.resize(1400, 420)
    view.show_at(trace, 0)
    view.show()
    view.flush()
    return view


def columns(view: LedgerView) -> list[str]:
    """Titles of the columns that can be seen."""
    table = view.rows
    return [c.title for n, c in enumerate(view.model.columns) if not table.isColumnHidden(n)]


def cell(view: LedgerView, row: int, name: str) -> str:
    number = next(n for n, column in enumerate(view.model.columns) if column.name == name)
    return str(view.model.index(row, number).data())


def click(view: LedgerView, name: str, qtbot) -> None:
    header = view.rows.horizontalHeader()
    number = next(n for n, column in enumerate(view.model.columns) if column.name == name)
    at = QPoint(header.sectionViewportPosition(number) + 5, 5)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_model_that_qt_accepts(qtbot, qtmodeltester) -> None:
    model = LedgerModel()
    recall = dense_recall()
    model.show_recall(recall, recall.candidates, None, {})
    qtmodeltester.check(model)


def test_a_hybrid_recall_shows_everything(qtbot) -> None:
    view = shown(qtbot, dense_trace())
    titles = columns(view)
    wanted = "words vectors filters score lexical dense recency status tokens ≠ left age reason"
    assert set(wanted.split()) <= {title.split()[0] for title in titles}
    assert not {"bm25", "cosine", "id"} & set(titles)
    assert [cell(view, 5, name) for name in ("filter", "status")] == ["superseded", "cut · superseded"]
    assert cell(view, 0, "filter") == "passed"
    assert cell(view, 0, "conflicts") == "≠ 2"
    assert cell(view, 2, "words") == ""
    shown_parts = sum(float(cell(view, 0, f"part:{name}")) for name in ("lexical", "dense", "recency"))
    assert shown_parts == pytest.approx(float(cell(view, 0, "score")), abs=1e-9)
    assert "1 superseded, 1 decayed" in view.summary.toolTip()
    assert "6 by words, 8 by vectors, 6 by both" in view.summary.toolTip()


def test_parts_in_the_file_add_up_to_the_score(qtbot, tmp_path: Path) -> None:
    view = shown(qtbot, dense_trace())
    view.export(tmp_path / "ledger.csv")
    with Path(tmp_path, "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(entries())
    for row in rows:
        parts = sum(float(row[name] or 0.0) for name in ("lexical", "dense", "recency"))
        assert parts == pytest.approx(float(row["score"]), abs=1e-6)
    assert rows[0]["conflicts"] == "77 9"
    for name in ("ledger.png", "ledger.svg"):
        view.export(tmp_path / name)
        assert Path(tmp_path, name).stat().st_size > 5_000


def test_rows_are_sorted_by_any_column(qtbot) -> None:
    view = shown(qtbot, dense_trace())
    ranks = lambda: [one.rank for one in view.model.rows]  # noqa: E731 - a name for what is asked again and again
    click(view, "score", qtbot)
    assert [one.score for one in view.model.rows] == sorted((one.score for one in view.model.rows), reverse=True)
    click(view, "words", qtbot)
    assert ranks() == [1, 2, 4, 5, 7, 8, 3, 6]  # those that words did not find come last
    click(view, "words", qtbot)
    assert ranks() == [8, 7, 5, 4, 2, 1, 3, 6]
    click(view, "attention", qtbot)
    shares = [view.model.share(one) for one in view.model.rows]
    known = [share for share in shares if share is not None]
    assert known == sorted(known, reverse=True)
    assert shares[-2:] == [None, None]


def test_rows_are_filtered(qtbot) -> None:
    view = shown(qtbot, dense_trace())
    view.buttons["cut"].click()
    assert [one.entry_id for one in view.model.rows] == [77, 5120]
    view.buttons["injected"].click()
    assert len(view.model.rows) == 6
    view.field.setText("银翼")
    assert [one.entry_id for one in view.model.rows] == [9]
    view.buttons["all"].click()
    view.field.setText("stands for")
    assert [one.entry_id for one in view.model.rows] == [77]


def test_columns_are_chosen_and_stay_chosen(qtbot) -> None:
    view = shown(qtbot, dense_trace())
    for title in ("cosine", "words"):
        menu = view.rows.menu()
        next(action for action in menu.actions() if action.text() == title).trigger()
    assert "cosine" in columns(view)
    assert "words" not in columns(view)
    view.show_at(dense_trace(), 0)
    view.flush()
    assert "cosine" in columns(view)
    view.rows.reset_columns()
    assert "cosine" not in columns(view)


def test_the_context_menu_has_columns_and_exports(qtbot) -> None:
    view = shown(qtbot, dense_trace())
    menu = QMenu(view)
    view.fill_menu(menu)
    words = [action.text() for action in menu.actions() if action.text()]
    assert words[0] == "Columns"
    assert len(words) == 4
    columns_menu = menu.actions()[0].menu()
    assert {"rank", "cosine", "bm25", "reason"} <= {action.text() for action in columns_menu.actions()}


def test_chosen_columns_are_there_after_a_restart(qtbot, settings) -> None:
    view = shown(qtbot, dense_trace())
    view.remember_in(settings)
    menu = view.rows.menu()
    next(action for action in menu.actions() if action.text() == "cosine").trigger()
    again = shown(qtbot, dense_trace())
    again.remember_in(settings)
    assert "cosine" in columns(again)
    settings.save_layout("ledger-columns", QByteArray(b"[1, 2"))
    again.remember_in(settings)
    assert "cosine" not in columns(again)


def test_choosing_a_row_chooses_the_entry_and_the_other_way_round(qtbot) -> None:
    view = shown(qtbot, dense_trace())
    chosen = []
    view.entry_chosen.connect(chosen.append)
    qtbot.keyClick(view.rows, Qt.Key.Key_Down)
    qtbot.keyClick(view.rows, Qt.Key.Key_Down)
    assert chosen[-1] == view.model.rows[view.rows.currentIndex().row()].entry_id
    before = len(chosen)
    view.show_entry(5120)
    view.flush()
    assert view.rows.currentIndex().row() == view.model.row_of(5120) == 6
    assert len(chosen) == before
    click(view, "words", qtbot)
    assert view.rows.currentIndex().row() == view.model.row_of(5120)
    assert len(chosen) == before
    view.show_entry(123_456)
    view.flush()
    assert not view.rows.selectionModel().hasSelection()


def test_remarks_come_with_the_end_of_the_answer(qtbot) -> None:
    trace = traces.begin([812, 813, 814, 815], cut=[9])
    traces.step(trace, [0.0, 0.2, 0.005, 0.1, 0.6, 0.095])
    view = shown(qtbot, trace)
    assert [cell(view, row, "attention") for row in (0, 1, 4)] == ["20 %", "0.5 %", ""]
    assert "remark" not in columns(view)
    traces.finish(trace)
    view.show_at(trace, 0)
    view.flush()
    said = [cell(view, row, "remark") for row in range(5)]
    assert said == ["", "injected, unused", "", "most attention, low rank", ""]
    assert "remark" in columns(view)


def test_a_memory_network_has_a_short_bill(qtbot) -> None:
    trace = Trace(Query("?"))
    rows = tuple(Candidate(n, n, 1.0 / n, {"nearness": 1.0 / n}, "injected") for n in range(1, 4))
    trace.append(RecallEvent(rows, "nearness: 1 / hops, higher is better", ("x",), 1, 0.0))
    view = shown(qtbot, trace)
    titles = [title.split()[0] for title in columns(view)]
    assert titles == ["rank", "entry", "score", "status", "attention", "reason"]
    assert cell(view, 1, "score") == "0.500"


def test_why_there_is_nothing(qtbot) -> None:
    assert "Press Return" in shown(qtbot, None).sentence
    assert "used no memory" in shown(qtbot, written_trace()).sentence


def test_a_thousand_rows_are_no_matter(qtbot) -> None:
    rows = tuple(
        Candidate(n, n, 2.0 - n / 1000, {"lexical": 1.0, "dense": 1.0 - n / 1000}, "cut", "late", "rank", {"dense": n})
        for n in range(1, 1_001)
    )
    trace = Trace(Query("?"))
    trace.append(RecallEvent(rows, "x", (), 1, 0.0, settings=SETTINGS))
    view = shown(qtbot, trace)
    started = time.perf_counter()
    for name in ("score", "words", "reason", "rank"):
        click(view, name, qtbot)
    view.field.setText("99")
    view.rows.viewport().repaint()
    assert time.perf_counter() - started < 1.5
    assert view.model.rowCount() == sum("99" in f"{n}" for n in range(1, 1_001))


def test_a_run_of_today_is_drawn_as_before(qtbot) -> None:
    view = shown(qtbot, trace_of())
    assert isinstance(view.rows, QTableView)
    assert cell(view, 0, "score") == "8.30"
    assert [cell(view, 0, f"part:{name}") for name in ("bm25", "key match")] == ["5.30", "3.00"]
