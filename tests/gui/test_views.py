"""Every view, fed with traces made by hand."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu

from memviz.core.errors import KnownError
from memviz.core.events import FinishEvent, PromptEvent, ReadEvent
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.gui.head_choice import HeadChoice
from memviz.gui.plots.heat_geometry import Zoom
from memviz.gui.plots.weight_image import pooled
from memviz.gui.views import VIEWS
from tests.gui.scenes import ANSWER, text_trace, trace_of, written_trace
from tests.gui.shown import shown


def trace_for(name: str, **options) -> Trace:
    """A run that has what the view draws."""
    needs = VIEWS[name].needs
    if "WriteEvent" in needs:
        return written_trace(**options)
    told_at_once = {"EncoderEvent", "BeamEvent", "EmbeddingEvent", "CacheEvent"}
    return text_trace(**options) if told_at_once & set(needs) else trace_of(**options)


every_view = pytest.mark.parametrize("name", VIEWS)


@every_view
def test_a_view_without_a_run_says_why_it_is_empty(name: str, qtbot) -> None:
    view = shown(name, qtbot, None)
    assert view.sentence.endswith(".")
    assert len(view.sentence.split()) > 4


@every_view
def test_every_beginning_of_a_run_can_be_drawn(name: str, qtbot) -> None:
    view = shown(name, qtbot, None)
    for upto in range(1, 2 * len(ANSWER) + 6):
        trace = trace_for(name, upto=upto)
        view.show_at(trace, trace.steps - 1)
        view.flush()
        assert view.sentence or view.content.isVisible()
        view.grab()


@every_view
def test_a_run_that_ended_before_its_first_word_is_no_blank(name: str, qtbot) -> None:
    trace = Trace(Query("?"))
    trace.append(FinishEvent("cancelled", ""))
    assert shown(name, qtbot, trace).sentence


@every_view
def test_a_hidden_view_does_no_work_and_shows_the_latest_afterwards(name: str, qtbot) -> None:
    view = shown(name, qtbot, trace_for(name), 0)
    view.hide()
    drawn = view.draws
    for step in range(8):
        view.show_at(trace_for(name), step)
    view.flush()
    qtbot.wait(1)  # one turn of the event loop
    assert view.draws == drawn
    view.show()
    qtbot.waitUntil(lambda: view.draws > drawn)
    assert view.step == 7


@every_view
def test_many_notes_in_one_turn_are_one_drawing(name: str, qtbot) -> None:
    view = shown(name, qtbot, trace_for(name), 0)
    qtbot.wait(1)
    drawn = view.draws
    for step in range(8):
        view.show_at(trace_for(name), step)
    view.show_entry(813)
    qtbot.waitUntil(lambda: view.draws > drawn)
    qtbot.wait(1)
    assert view.draws == drawn + 1


@every_view
def test_exports_are_real_files(name: str, qtbot, tmp_path) -> None:
    view = shown(name, qtbot, trace_for(name), 2)
    paths = {kind: tmp_path / f"view.{kind}" for kind in ("png", "svg", "csv")}
    for path in paths.values():
        view.export(path)
    image = QImage(str(paths["png"]))
    assert (image.width(), image.height()) == (1800, 840)
    assert len({image.pixel(x, y) for x in range(0, 1800, 30) for y in range(0, 840, 30)}) > 2
    assert QSvgRenderer(str(paths["svg"])).isValid()
    with open(paths["csv"], newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) > 3
    assert {len(row) for row in rows} == {len(rows[0])}


@every_view
def test_an_export_that_cannot_be_written_says_so(name: str, qtbot, tmp_path) -> None:
    view = shown(name, qtbot, trace_for(name), 2)
    for kind in ("png", "svg", "csv"):
        with pytest.raises(KnownError, match="another folder"):
            view.export(tmp_path / "missing" / f"view.{kind}")
    with pytest.raises(KnownError, match=r"must end in"):
        view.export(tmp_path / "view.bmp")


def test_the_answer_is_plain_text_also_where_it_looks_like_markup(qtbot) -> None:
    answer = (" <img", " src=x>", " &amp;", "\u202e", " 🎬", "<b>")
    view = shown("answer", qtbot, trace_of(answer, text="<img src=x>"), 5)
    assert view.plain_text().startswith("<img src=x> &amp;")
    assert "<img" not in view.token_tip(0)
    assert "&lt;img" in view.token_tip(0)


def test_the_answer_grows_with_the_run_and_keeps_its_text_while_scrubbing(qtbot) -> None:
    view = shown("answer", qtbot, trace_of(upto=8), 2)
    assert view.plain_text() == "Ridley Scott;"
    view.show_at(trace_of(), 0)
    view.flush()
    assert view.plain_text().startswith("".join(ANSWER).strip())


def test_an_answer_without_spaces_is_wrapped_and_never_scrolls_sideways(qtbot) -> None:
    answer = ("mä",) * 120
    view = shown("answer", qtbot, trace_of(answer, upto=4), 0)
    view.resize(740, 110)  # no room for a second line
    for told in range(5, len(answer) + 3):
        view.show_at(trace_of(answer, upto=told), told - 4)
        view.flush()
    qtbot.wait(1)
    text = view._text
    assert text.verticalScrollBar().maximum() > 0
    assert text.horizontalScrollBar().maximum() == text.horizontalScrollBar().value() == 0
    assert not text.horizontalScrollBar().isVisible()


def test_a_token_says_its_probability_its_rivals_and_what_it_read(qtbot) -> None:
    tip = shown("answer", qtbot, trace_of(), 0).token_tip(0)
    for words in ("probability 0.951", " Wes", "Blade Runner · director", "max of all layers and heads"):
        assert words in tip
    assert "sink" not in tip


def test_a_token_says_shares_without_the_sink_where_heads_share_out_one_whole(qtbot) -> None:
    trace = trace_of()
    view = shown("answer", qtbot, trace, 0)
    view.show_heads(HeadChoice("mean"))
    tip = view.token_tip(0)
    shares = HeadChoice("mean").shares(trace.read(0).read_weights, trace.prompt.slots)
    most = max((slot for slot in trace.prompt.slots if slot.kind != "sink"), key=lambda slot: shares[slot.index])
    assert "mean of all layers and heads, without the sink" in tip
    assert f"{shares[most.index]:.3f}" in tip


def test_clicking_a_token_chooses_its_step(qtbot) -> None:
    view = shown("answer", qtbot, trace_of(), 8)
    text = view._text
    cursor = text.textCursor()
    cursor.setPosition(len("Ridley Sco"))
    with qtbot.waitSignal(view.step_chosen) as chosen:
        qtbot.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=text.cursorRect(cursor).center())
    assert chosen.args == [1]


def test_a_chip_chooses_its_entry(qtbot) -> None:
    view = shown("answer", qtbot, trace_of(), 8)
    with qtbot.waitSignal(view.entry_chosen) as chosen:
        view.chips.chips[0].click()
    assert chosen.args == [813]


def test_a_cell_of_the_heat_map_says_its_exact_number(qtbot) -> None:
    trace = trace_of()
    view = shown("memory_attention", qtbot, trace, 2)
    view.basis.setCurrentIndex(1)
    view.flush()
    expected = HeadChoice().weights(trace.read(2).read_weights)[3]
    assert f"{expected:.4f}" in view.cell_tip(1, 2)
    assert "Blade Runner · writer" in view.cell_tip(1, 2)


def test_heat_map_levels_are_fixed(qtbot) -> None:
    """The same weight has the same colour at every step and in every run; the logarithmic scale says so."""
    view = shown("memory_attention", qtbot, trace_of(), 0)
    weight = view.weight(view._rows.slots[0], 2)
    assert view.map.levels[0, 2] == pytest.approx(weight)
    view.scale.setCurrentIndex(view.scale.findData("log"))
    view.flush()
    assert view.map.levels[0, 2] == pytest.approx(1 + np.log10(weight) / 3, abs=1e-5)
    assert view._bar._ends == ("≤ 0.001", "1")


def test_clicks_and_keys_in_the_heat_map_choose_slot_and_step(qtbot) -> None:
    view = shown("memory_attention", qtbot, trace_of(), 2)
    geometry = view.map.geometry_now()
    place = QPoint(round(geometry.left(5.5)), round(geometry.top(2) + geometry.row_height / 2))
    chosen: list[int] = []
    view.step_chosen.connect(chosen.append)
    view.entry_chosen.connect(chosen.append)
    qtbot.mouseClick(view.map, Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [5, 814]
    view.show_entry(814)
    view.flush()
    with qtbot.waitSignal(view.entry_chosen) as entry:
        qtbot.keyClick(view.map, Qt.Key.Key_Up)
    assert entry.args == [813]


def test_zooming_keeps_the_column_under_the_mouse_and_stays_inside() -> None:
    zoom = Zoom()
    for _ in range(5):
        zoom = zoom.scaled(0.7, 30.0, 100.0)
    first, shown_columns = zoom.within(100.0)
    assert first <= 30.0 <= first + shown_columns < 100.0
    assert zoom.moved(1e6, 100.0).within(100.0) == (100.0 - shown_columns, shown_columns)
    assert zoom.scaled(1e6, 30.0, 100.0) == Zoom()


def test_ctrl_and_wheel_zoom_rows_and_a_double_click_shows_all_again(qtbot) -> None:
    heat = shown("memory_attention", qtbot, trace_of(), 2).map
    whole = heat.geometry_now().row_height
    place = QPointF(heat.geometry_now().left(3.0), 40.0)
    turned = QWheelEvent(
        place,
        heat.mapToGlobal(place),
        QPoint(0, 0),
        QPoint(0, 360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    row = heat.cell_at(place)[0]
    heat.wheelEvent(turned)
    assert heat.geometry_now().row_height > whole
    assert heat.cell_at(place)[0] == row
    qtbot.mouseDClick(heat, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert heat.geometry_now().row_height == pytest.approx(whole)


@every_view
def test_the_context_menu_offers_all_three_exports(name: str, qtbot) -> None:
    menu = QMenu()
    shown(name, qtbot, trace_of(), 2).fill_menu(menu)
    words = " ".join(action.text() for action in menu.actions())
    assert all(kind in words for kind in ("PNG", "SVG", "CSV"))


def test_where_cells_are_smaller_than_pixels_a_pixel_shows_the_strongest(qtbot) -> None:
    levels = np.zeros((3, 10_000), dtype=np.float32)
    levels[1, 7_777] = 1.0
    small = pooled(levels, 300, 400)
    assert small.shape == (3, 400)
    assert small[1].max() == 1.0


def test_many_slots_and_many_steps_are_drawn(qtbot) -> None:
    view = shown("memory_attention", qtbot, trace_of([" x"] * 700), 699)
    view.grab()
    assert view._weights.shape[1] == 701


def test_a_model_without_reads_is_explained(qtbot) -> None:
    trace = Trace(Query("?"))
    for event in trace_of():
        if not isinstance(event, ReadEvent):
            trace.append(event)
    assert "no reads" in shown("memory_attention", qtbot, trace, 0).sentence


def test_heads_are_chosen_by_mouse_keyboard_and_buttons(qtbot) -> None:
    view = shown("heads", qtbot, trace_of(), 3)
    chosen: list[HeadChoice] = []
    view.heads_chosen.connect(chosen.append)
    view.heads_chosen.connect(view.show_heads)
    layout = view.atlas.layout_now()
    place = layout.cell_rect(layout.map_rect(1), 1, 2).center().toPoint()
    with qtbot.waitSignal(view.entry_chosen) as entry:
        qtbot.mouseClick(view.atlas, Qt.MouseButton.LeftButton, pos=place)
    assert entry.args == [813]
    view.flush()
    qtbot.keyClick(view.atlas, Qt.Key.Key_Right)
    view.buttons["max"].click()
    assert chosen == [HeadChoice("one", 1, 2), HeadChoice("one", 1, 3), HeadChoice("max")]


def test_recall_shows_every_candidate_and_parts_that_add_up(qtbot) -> None:
    trace = trace_of()
    view = shown("ledger", qtbot, trace, 0)
    header, *rows = view.table()
    assert len(rows) == len(trace.recall.candidates)
    first = dict(zip(header, rows[0], strict=True))
    assert first["score"] == pytest.approx(first["bm25"] + first["key match"])
    assert rows[-1][-1] == "beyond the limit of 12"


def test_clicking_an_entry_in_the_prompt_chooses_it(qtbot) -> None:
    view = shown("prompt", qtbot, trace_of(), 0)
    slot = view.slot_at(view.plain_text().index("Hampton"))
    assert slot is not None
    assert slot.entry_id == 813
    assert view.slot_at(0).kind == "sink"


def test_an_entry_that_did_not_fit_counts_as_cut(qtbot) -> None:
    trace = trace_of()
    whole = trace.prompt
    candidate = trace.recall.candidates[1]
    cut = Trace(trace.query)
    for event in trace:
        if isinstance(event, PromptEvent):
            slots = tuple(slot for slot in whole.slots if slot.entry_id != candidate.entry_id)
            event = PromptEvent(whole.text, whole.token_texts, slots, cut=(candidate,), layers=4, heads=6)
        cut.append(event)
    header, *rows = shown("ledger", qtbot, cut, 0).table()
    assert rows[1][header.index("status")] == "cut"
