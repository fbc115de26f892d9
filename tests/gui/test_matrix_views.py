"""The views of a memory matrix: heads, gates, slots, linkage, signals."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from memviz.core.arrays import frozen_array
from memviz.core.events import OutputEvent, PromptEvent, ReadEvent, Slot
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.gui.head_choice import HeadChoice
from memviz.gui.slot_colors import style_of_entry
from memviz.gui.tables.run_figures import RunFigures
from memviz.gui.views.linkage import Linkages, follow_chain
from memviz.gui.views.slot_table import ReadMass
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.model import DNCModel
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.dnc.stepper import Stepper
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.memn2n.story_model import StoryModel
from memviz.models.sequences.task import Task
from memviz.models.story_dnc.config import StoryDNCConfig
from memviz.models.story_dnc.model import StoryDNCModel
from memviz.models.story_dnc.network import StoryDNC
from memviz.session.attention import attention_shares
from memviz.session.results import step_rows
from tests.gui.scenes import trace_of, written_trace
from tests.gui.shown import shown


def test_write_and_read_heads_stand_over_each_other_in_their_colours(qtbot) -> None:
    view = shown("heads_over_time", qtbot, written_trace(), 4)
    levels = view.map.levels  # [N, T, 3]
    assert levels.shape == (6, 9, 3)
    written, read, empty = levels[4, 4], levels[3, 4], levels[0, 4]
    assert np.abs(written - read).max() > 0.3
    assert (empty > 0.9).all()  # white ground
    assert "writes 0.90 to slot 5" in view.sentence_for(view.trace, 4)
    assert "reads slot 4 (0.80), 3 (0.80)" in view.sentence_for(view.trace, 4)


@pytest.mark.parametrize("name", ["heads_over_time", "signals", "gates", "cells"])
def test_a_run_may_grow_while_it_is_drawn(name: str, qtbot, monkeypatch) -> None:
    trace = written_trace()
    view = shown(name, qtbot, trace, 2)
    whole = trace.steps
    counted = itertools.count(3)
    monkeypatch.setattr(Trace, "steps", property(lambda _: min(next(counted), whole)))
    picture = view.picture(trace, 2)
    assert picture.levels.shape[1] == len(picture.words) < whole


def test_nothing_is_said_of_supporting_facts_where_slots_are_no_entries(qtbot) -> None:
    trace = written_trace()
    trace.query = replace(trace.query, supporting=(1, 2))
    view = shown("memory_attention", qtbot, trace, 3)
    assert "supporting" not in view._words.toolTip()


def test_a_story_that_was_read_in_counts_its_entries(window, loaded, qtbot) -> None:
    torch.manual_seed(0)
    network = StoryDNC(StoryDNCConfig(("runner", "who"), slots=4, word_size=3, hidden_size=5, sentence=9))
    loaded.session.use_model(StoryDNCModel(network, name="reader")).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who?")
    qtbot.waitUntil(lambda: "read 8 of 8 entries" in window.status.words.text())
    trace = loaded.playhead.trace
    assert "“who”" in shown("heads_over_time", qtbot, trace, 8).words.text()
    rows = list(shown("memory_attention", qtbot, trace, 9).table())
    assert [row[1] for row in rows] == ["kind", *["entry"] * 8, "question"]  # they are what is read, not the slots
    assert sum(float(row[-1]) for row in rows[1:]) > 0.0
    sentences = {slot.entry_id: slot.label for slot in trace.prompt.sources if slot.kind == "entry"}
    found = next(iter(sentences))
    assert window.entries.model.figures.attention(found) == pytest.approx(attention_shares(trace)[found])
    assert set(step_rows(trace)[-1]["read_weights"]) == {str(entry_id) for entry_id in sentences}
    assert style_of_entry(found, trace) is not None
    answer = shown("answer", qtbot, trace, 9)
    assert all(row[3] in sentences.values() for row in list(answer.table())[1:])
    assert {chip.entry_id for chip in answer.chips.chips} <= set(sentences)
    heads = list(shown("heads", qtbot, trace, 9).table())
    assert {row[1] for row in heads[1:]} == {*sentences, ""}


def test_nothing_is_said_of_what_was_read_before_the_question_is() -> None:
    trace = read_in(steps=2, answer_from=2)
    figures, mass = RunFigures(trace), ReadMass()
    figures.update()
    assert mass.update(trace, HeadChoice()) is None
    assert figures.attention(7) is None
    trace.append(ReadEvent(2, frozen_array(np.ones((2, 3))), told_weights=frozen_array([[0.1, 0.3], [0.2, 0.0]])))
    trace.append(OutputEvent(2, "yes", 0, -1.0))
    assert mass.update(trace, HeadChoice()).tolist() == pytest.approx([0.2, 0.3])
    figures.update()
    assert figures.attention(7) == pytest.approx(0.4)


def test_steps_that_come_while_figures_are_made_are_counted_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """The query thread goes on between two looks at the trace."""
    trace, whole = Trace(Query("q")), list(read_in(steps=4, answer_from=2))
    figures = RunFigures(trace)
    looked = Trace.prompt.fget

    def grows(self: Trace) -> PromptEvent | None:
        found = looked(self)
        while len(self) < len(whole):
            self.append(whole[len(self)])
        return found

    monkeypatch.setattr(Trace, "prompt", property(grows))
    figures.update()
    figures.update()
    assert figures.attention(7) == pytest.approx(attention_shares(trace)[7])


def test_a_network_that_was_told_nothing_is_drawn(qtbot) -> None:
    torch.manual_seed(0)
    network = EndToEndMemoryNetwork(MemN2NConfig(("runner", "who"), width=4, slots=3, hops=2))
    trace = Trace(Query("who?"))
    for event in StoryModel(network, name="stories").run(trace.query, [], None):
        trace.append(event)
    for name in ("answer", "memory_attention", "heads"):
        assert list(shown(name, qtbot, trace, 1).table())
    assert "no memory was read" in shown("answer", qtbot, trace, 1).chips._words.text()
    assert trace.answer in ("runner", "who")
    assert attention_shares(trace) == {}


def read_in(steps: int, answer_from: int) -> Trace:
    """A run with three rows of a memory and two things that were told, the second of them the question."""
    trace = Trace(Query("q"))
    cells = tuple(Slot(at, "cell", f"slot {at + 1}") for at in range(3))
    told = (Slot(0, "entry", "a", 7), Slot(1, "question", "q"))
    trace.append(PromptEvent("q", (), cells, layers=1, heads=2, told=told, answer_from=answer_from))
    for step in range(steps):
        traced = frozen_array([[0.9 / (step + 1), 0.1 * step], [0.0, 0.0]])
        trace.append(ReadEvent(step, frozen_array(np.full((2, 3), 0.3)), told_weights=traced))
        trace.append(OutputEvent(step, "", 0, -1.0))
    return trace


def test_gates_have_a_row_each_and_their_values(qtbot) -> None:
    view = shown("gates", qtbot, written_trace(), 2)
    names = {row.label: row.value for row in view.map.rows}
    assert names["allocation gate"] == pytest.approx(0.7)
    assert names["read mode 2: forward"] == pytest.approx(0.6)
    assert len(names) == 2 + 2 + 6


def test_every_quantity_of_the_slots(qtbot) -> None:
    view = shown("cells", qtbot, written_trace(), 3)
    for name in ("usage", "allocation", "write", "read", "precedence"):
        view.quantity.setCurrentIndex(view.quantity.findData(name))
        view.flush()
        assert view.map.levels.shape == (6, 9)
        assert view.map.levels.max() > 0
    assert "precedence" in view.words.text()


def test_the_matrix_is_the_replayed_memory(qtbot) -> None:
    trace = written_trace()
    view = shown("memory_matrix", qtbot, trace, 5)
    assert np.array_equal(view.shown.values, trace.frame(5).memory)
    assert view.cell_tip(2, 1).count("\n") == 2
    view._picked(2, 1)
    assert view.row == 2


def test_the_linkage_follows_what_was_written_after_what(qtbot) -> None:
    trace = written_trace()
    linkage = Linkages().at(trace, 4)
    assert follow_chain(linkage, 0) == [0, 1, 2, 3, 4]
    view = shown("linkage", qtbot, trace, 4)
    view._picked(1, 0)
    view.flush()
    assert "2 → 3 → 4 → 5" in view.sentence_for(trace, 4)


def test_the_linkage_is_that_of_the_network_and_scrubbing_back_agrees(monkeypatch) -> None:
    torch.manual_seed(0)
    task = Task("copy", bits=4)
    network = DifferentiableNeuralComputer(DNCConfig(task.input_size, task.output_size, slots=5, word_size=4))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(4.0)
    model = DNCModel(network, task, name="dnc")
    live = []
    step = Stepper.step

    def watched(stepper, inputs):
        found = step(stepper, inputs)
        live.append(stepper.state.linkage[0].numpy().copy())
        return found

    monkeypatch.setattr(Stepper, "step", watched)
    trace = Trace(written_trace().query)
    trace.query = type(trace.query)("60")
    for event in model.run(trace.query, [], None):
        trace.append(event)
    links = Linkages()
    for at in (120, 60, 3, 99):
        assert np.allclose(links.at(trace, at), live[at], atol=1e-6)


def test_right_bits_are_counted_up_to_the_chosen_step(qtbot) -> None:
    trace = written_trace()  # from step 3 on two bits are asked for, and one of them is right
    view = shown("signals", qtbot, trace, 8)
    assert "7 of 14 bits right so far" in view.sentence_for(trace, 8)
    assert "1 of 2 bits right so far" in view.sentence_for(trace, 2)
    assert "nothing was asked for yet" in view.sentence_for(trace, 1)


def test_a_click_on_an_input_bit_changes_it_and_asks_again(window, loaded, qtbot) -> None:
    torch.manual_seed(0)
    task = Task("copy", bits=4)
    network = DifferentiableNeuralComputer(DNCConfig(task.input_size, task.output_size, slots=5, word_size=4))
    loaded.session.use_model(DNCModel(network, task, name="dnc")).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("1010 0110")
    assert loaded.playhead.run.trace.recall is None
    qtbot.waitUntil(lambda: loaded.playhead.trace.steps == 5)
    window.central.show_view("signals")
    qtbot.waitUntil(lambda: "signals" in window.central.views)
    view = window.central.views["signals"]
    qtbot.waitUntil(lambda: view.shown is not None and view.shown.levels.shape[1] == 5)
    with qtbot.waitSignal(loaded.asker.finished):
        view._picked(2, 1)
    assert window.queries.box.toPlainText() == "1010 0100"
    assert loaded.playhead.run.trace.prompt.text == "1010 0100"
    assert window.transport.words.text().startswith("time step")


def test_views_of_a_matrix_have_no_tab_for_a_language_model(window, loaded, qtbot) -> None:
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: loaded.playhead.run_state == "finished")
    window.central.offer_tabs(loaded.playhead.trace)
    visible = {
        name
        for name, page in window.central._pages.items()
        if window.central.tabs.isTabVisible(window.central.tabs.indexOf(page))
    }
    assert visible == {"heads", "ledger", "prompt", "candidates"}
    assert shown("gates", qtbot, trace_of(), 0).sentence
