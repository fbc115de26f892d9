"""The views of encoders and encoder-decoders: attention within a text, beams, vectors; and closer looks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from transformers import AutoModel

from memviz.core.events import BeamEvent
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.gui.looks import Found
from memviz.models.encoder.model import EncoderModel
from memviz.models.prompts.template import PromptTemplate
from memviz.models.seq2seq.model import Seq2SeqModel
from tests.gui.shown import shown
from tests.models.tiny import entries, tiny_encoder, tiny_model, tiny_seq2seq, tiny_tokenizer, wrapped


def run_of(model: Any, text: str, memory: list[Any] | None = None, **options: Any) -> Trace:
    trace = Trace(Query(text, **options))
    for event in model.run(trace.query, memory or [], None):
        trace.append(event)
    return trace


@pytest.fixture(scope="module")
def masked() -> Trace:
    model = EncoderModel(tiny_encoder("bert"), tiny_tokenizer(mask_token="[MASK]"), name="tiny", head="words")
    return run_of(model, "Ridley [MASK] directed Alien")


@pytest.fixture(scope="module")
def searched() -> Trace:
    model = Seq2SeqModel(tiny_seq2seq("bart", 5), tiny_tokenizer(), name="tiny")
    return run_of(model, "who directed Blade Runner?", beams=3, max_tokens=6)


def test_attention_within_a_text_follows_the_layer_of_the_step(qtbot, masked) -> None:
    attention = masked.encoder.attention
    view = shown("text_attention", qtbot, masked, 0)
    np.testing.assert_allclose(view.map.levels, attention[0].mean(axis=0))
    view.show_at(masked, 1)
    view.flush()
    np.testing.assert_allclose(view.map.levels, attention[1].mean(axis=0))
    view.layer.setCurrentIndex(view.layer.findText("layer 1"))
    view.head.setCurrentIndex(view.head.findText("head 3"))
    view.flush()
    np.testing.assert_allclose(view.map.levels, attention[0, 2])
    view.map.picked.emit(2, -1)
    view.flush()
    best = int(attention[0, 2, 2].argmax())
    assert f"“{view.map.words[best]}” {attention[0, 2, 2, best]:.2f}" in view._words.toolTip()
    table = list(view.table())
    assert len(table) == len(masked.prompt.token_texts) + 1
    assert table[1][1] == pytest.approx(attention[0, 2, 0, 0], abs=1e-5)
    assert f"{attention[0, 2, 1, 3]:.4f}" in view.cell_tip(1, 3)


def test_layers_have_what_they_would_say_below_them(qtbot, masked) -> None:
    view = shown("memory_attention", qtbot, masked, 1)
    guesses = [masked.outputs[0].alternatives[0].text.strip(), masked.outputs[1].text.strip()]
    for number, (word, guess) in enumerate(zip(view.map.words, guesses, strict=True)):
        assert word == (f"{number + 1} {guess}" if guess else str(number + 1))
    candidates = shown("candidates", qtbot, masked, 0)
    assert "if the model ended here" in candidates._words.toolTip()


def test_the_tree_of_a_search_has_the_chosen_text_in_it(qtbot, searched) -> None:
    view = shown("beams", qtbot, searched, 0)
    best = searched.hypotheses.hypotheses[0]
    for step, at in enumerate(best.path):
        assert view.tree.chosen(step, at)
    assert sum(view.tree.chosen(0, at) for at in range(len(searched.beams[0].beams))) == 1
    assert f"{best.score:.3f}" in view._words.toolTip()
    rows = list(view.table())
    assert len(rows) == 1 + sum(len(event.beams) for event in searched.beams)
    left, right = view.tree.box(0, 0), view.tree.box(1, 0)
    assert left.right() < right.left()


def test_a_search_is_drawn_while_it_goes_on(qtbot, searched) -> None:
    growing = Trace(searched.query)
    for event in searched:
        growing.append(event)
        if isinstance(event, BeamEvent):
            break
    view = shown("beams", qtbot, growing, -1)
    assert "searching: step 1" in view._words.toolTip()
    assert not view.tree.path


def test_the_alignment_is_drawn_in_the_order_of_the_source(qtbot, searched) -> None:
    view = shown("memory_attention", qtbot, searched, 0)
    sources = [slot.label for slot in searched.prompt.slots if slot.kind == "source"]
    assert [row.label for row in view.map.rows] == sources


def test_entries_stand_by_cosine_and_a_click_chooses_one(qtbot) -> None:
    model = EncoderModel(tiny_encoder("bert", head=AutoModel), tiny_tokenizer(), name="tiny", head="none")
    memory = entries("Alien was released in 1979.", "Blade Runner", "Ridley Scott directed Alien")
    trace = run_of(model, "Ridley Scott directed Alien", memory)
    view = shown("embedding", qtbot, trace, 0)
    assert view.entries.rows[0][0] == memory[2].id
    assert view.entries.rows[0][2] == pytest.approx(1.0, abs=1e-5)
    assert [cosine for _, _, cosine in view.entries.rows] == sorted(
        (cosine for _, _, cosine in view.entries.rows), reverse=True
    )
    chosen: list[object] = []
    view.entry_chosen.connect(chosen.append)
    place = QPointF(5, 1.5 * view.entries._height())
    qtbot.mouseClick(view.entries, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert chosen == [view.entries.rows[1][0]]
    assert len(view.strip.vector) == 32
    assert trace.answer == "Ridley Scott directed Alien"


def test_views_without_their_events_say_why(qtbot) -> None:
    model = Seq2SeqModel(
        tiny_seq2seq("t5"), tiny_tokenizer(), name="tiny", template=PromptTemplate("{question}", without_entries=True)
    )
    trace = run_of(model, "who?", beams=1, max_tokens=2)
    assert "not searched with beams" in shown("beams", qtbot, trace, 0).sentence
    assert "no vector" in shown("embedding", qtbot, trace, 0).sentence
    assert "Ask" in shown("text_attention", qtbot, None, -1).sentence


# -- closer looks -----------------------------------------------------------------------------------------------------


def test_token_attention_is_exact_and_comes_when_it_is_looked_at(window, loaded, qtbot) -> None:
    model = wrapped(tiny_model("llama"))
    loaded.session.use_model(model).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: not loaded.playhead.moving)
    assert not loaded.looks.busy
    window.host.flush()
    window.central.offer_tabs(loaded.playhead.trace)
    window.central.show_view("token_attention")
    view = window.central.views["token_attention"]
    loaded.playhead.set_step(2)
    trace = loaded.playhead.trace
    qtbot.waitUntil(lambda: view.map.levels.size > 0 and not loaded.looks.busy)
    window.host.flush()
    ids = [*trace.prompt.token_ids, *(output.token_id for output in trace.outputs[:2])]
    expected = model.attention_rows(ids)
    rows = list(view.table())
    assert len(rows) == 1 + len(ids)
    np.testing.assert_allclose([row[2] for row in rows[1:]], expected[0, 0], atol=1e-5)
    summed = [trace.read(2).read_weights[0, 0, slot.index] for slot in trace.prompt.slots]
    assert sum(float(row[2]) for row in rows[1:]) == pytest.approx(sum(summed), abs=1e-3)
    view.heads_shown.setCurrentIndex(view.heads_shown.findData("each"))
    view.flush()
    assert view.map.levels.shape == (8, len(ids))


def test_a_look_at_a_paused_run_is_answered_and_the_run_goes_on(loaded, qtbot) -> None:
    loaded.session.use_model(wrapped(tiny_model("llama"))).result()
    run = loaded.session.ask("who?", max_tokens=8)
    run.pause()
    run.step()
    qtbot.waitUntil(lambda: run.trace.steps == 1 and str(run.state) == "paused")
    rows = loaded.session.look(run, 0, "attention").result(20)
    assert rows.shape[0] == 2
    assert run.trace.steps == 1
    run.resume()
    assert run.wait(20).trace.finish is not None


def test_a_look_through_a_model_that_is_gone_is_refused_with_a_sentence(loaded, qtbot) -> None:
    loaded.session.use_model(wrapped(tiny_model("llama"))).result()
    run = loaded.session.ask("who?", max_tokens=2).wait(20)
    loaded.playhead.set_run(run)
    loaded.session.use_model(wrapped(tiny_model("llama"))).result()
    found: list[Found] = []
    with qtbot.waitSignal(loaded.looks.arrived):
        assert loaded.looks.find("attention", 0) == Found()
    found.append(loaded.looks.find("attention", 0))
    assert "not loaded any more" in found[0].words
    assert "no step 9" in str(loaded.session.look(run, 8, "attention").exception(20) or "") or "not loaded" in str(
        loaded.session.look(run, 8, "attention").exception(20)
    )


def test_only_the_newest_of_many_wishes_is_computed(loaded, qtbot, monkeypatch) -> None:
    loaded.session.use_model(wrapped(tiny_model("llama"))).result()
    run = loaded.session.ask("who directed Alien?", max_tokens=10).wait(20)
    loaded.playhead.set_run(run)
    asked: list[int] = []
    look = loaded.session.look
    monkeypatch.setattr(loaded.session, "look", lambda run, step, what: (asked.append(step), look(run, step, what))[1])
    for step in range(run.trace.steps):
        loaded.looks.find("attention", step)
    qtbot.waitUntil(lambda: not loaded.looks.busy)
    assert asked == [0, run.trace.steps - 1]


# -- the context ------------------------------------------------------------------------------------------------------


def test_the_gauge_counts_every_token_of_the_window(qtbot) -> None:
    loaded = wrapped(tiny_model("llama"))
    trace = run_of(loaded, "who directed Alien?", entries("Alien was released in 1979.", "Blade"), max_tokens=5)
    view = shown("context", qtbot, trace, 2)
    counted = {part.name: part.tokens for part in view.gauge.parts}
    prompt = trace.prompt
    assert sum(counted.values()) == prompt.context_length == 256
    assert counted["answer"] == 3
    assert counted["room left"] == 256 - len(prompt.token_ids) - 3
    assert counted["entries"] == sum(
        end - start for slot in prompt.slots if slot.kind == "entry" for start, end in slot.spans
    )
    left = [span[1] for span in view.gauge.spans()]
    assert left == sorted(left)


def test_attention_by_part_is_the_mean_over_layers_and_heads(qtbot) -> None:
    loaded = wrapped(tiny_model("llama"))
    trace = run_of(loaded, "who directed Alien?", entries("Alien was released in 1979.", "Blade"), max_tokens=4)
    view = shown("context", qtbot, trace, 1)
    names, shares = view.columns.names, view.columns.shares
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, atol=1e-4)
    weights = trace.read(1).read_weights.mean(axis=(0, 1))
    entry = sum(float(weights[slot.index]) for slot in trace.prompt.slots if slot.kind == "entry")
    assert shares[names.index("entries"), 1] == pytest.approx(entry, abs=1e-6)
    each = trace.cache.layer_bytes[0] // trace.cache.tokens
    assert f"{each} bytes per token" in view._words.toolTip() or "per token" in view._words.toolTip()
    chosen: list[int] = []
    view.step_chosen.connect(chosen.append)
    place = QPointF(view.columns._names_width() + 3.5 * view.columns._column(), 5)
    qtbot.mouseClick(view.columns, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert chosen == [3]


def test_smaller_windows_are_asked_one_after_the_other_beside_the_run(window, loaded, qtbot) -> None:
    model = wrapped(tiny_model("llama"))
    loaded.session.use_model(model).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: not loaded.playhead.moving)
    window.central.offer_tabs(loaded.playhead.trace)
    window.central.show_view("context")
    view = window.central.views["context"]
    trace = loaded.playhead.trace
    qtbot.waitUntil(lambda: view.draws > 0)
    reader = model._last
    view.button.setChecked(True)
    sizes = view.windows_of(trace)
    qtbot.waitUntil(lambda: len(view.answers) == len(sizes) and not loaded.looks.busy, timeout=20_000)
    assert [found.window for found in view.answers] == sizes == sorted(sizes, reverse=True)
    kept = [found.entries for found in view.answers if not found.words]
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] < sum(slot.kind == "entry" for slot in trace.prompt.slots)
    assert all(found.tokens <= found.window for found in view.answers)
    assert model._last is reader  # the run itself can still be looked at
    assert view.windows.rowCount() == len(sizes)


# -- neurons ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def looked(window, loaded, qtbot):
    """A run of a small causal model with its neurons in view."""
    model = wrapped(tiny_model("llama"))
    loaded.session.use_model(model).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: not loaded.playhead.moving)
    window.central.offer_tabs(loaded.playhead.trace)
    window.central.show_view("neurons")
    view = window.central.views["neurons"]
    loaded.playhead.set_step(1)
    qtbot.waitUntil(lambda: view.neurons.rowCount() > 0 and not loaded.looks.busy)
    return model, view


def test_neurons_are_told_as_they_are_at_the_step(looked, loaded) -> None:
    model, view = looked
    trace = loaded.playhead.trace
    ids = [*trace.prompt.token_ids, trace.outputs[0].token_id]
    report = model.neuron_report(ids)
    np.testing.assert_allclose(view.report.activations, report.activations, atol=1e-4)
    view.layers.chosen.emit(1)
    view.flush()
    assert {slot.layer for slot in view.shown} == {1}
    strongest = view.shown[0]
    assert view.neurons.item(0, 1).text() == f"{strongest.neuron:,}"
    assert view.neurons.item(0, 2).text() == f"{report.activations[1, strongest.neuron]:.3f}"
    assert report.predictions[-1].token_id == trace.outputs[1].token_id
    rows = list(view.table())
    assert len(rows) == 1 + 2 * 12


def test_a_neuron_is_switched_off_asked_again_and_switched_on(looked, loaded, window, qtbot) -> None:
    _, view = looked
    before = loaded.playhead.trace.answer
    for row in range(view.neurons.rowCount()):
        view.neurons.setCurrentCell(row, 0)
        view.off.click()
        view.flush()
    assert len(loaded.neurons.scales) == view.neurons.rowCount()
    assert all(scale.factor == 0.0 for scale in loaded.neurons.scales)
    with qtbot.waitSignal(loaded.asker.finished):
        view.again.click()
    run = loaded.playhead.run
    assert run.query.neurons == loaded.neurons.scales
    assert run.answer != before.strip()
    qtbot.waitUntil(lambda: not loaded.playhead.moving and not loaded.looks.busy)
    view.flush()
    qtbot.waitUntil(lambda: "as in the weights" in view._words.toolTip(), timeout=10_000)
    assert before.strip()[:20] in view._words.toolTip()
    view.undo.click()
    assert len(loaded.neurons.scales) == view.neurons.rowCount() - 1
    view.clear.click()
    assert loaded.neurons.scales == ()
    loaded.neurons.undo()
    assert loaded.neurons.scales
    loaded.loader.load_model("scene")
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    assert loaded.neurons.scales == ()
    assert not loaded.neurons.can_undo


def test_a_factor_scales_a_neuron_and_one_leaves_it(looked, loaded) -> None:
    _, view = looked
    view.neurons.setCurrentCell(0, 0)
    slot = view.shown[0]
    view.factor.setValue(2.5)
    (scale,) = loaded.neurons.scales
    assert (scale.layer, scale.neuron, scale.factor) == (slot.layer, slot.neuron, 2.5)
    view.flush()
    assert view.neurons.item(view.neurons.currentRow(), 6).text() == "2.5"
    view.factor.setValue(1.0)
    assert loaded.neurons.scales == ()


def test_a_model_with_experts_says_why_its_neurons_are_not_shown(window, loaded, qtbot) -> None:
    loaded.session.use_model(wrapped(tiny_model("mixtral"))).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who?")
    qtbot.waitUntil(lambda: not loaded.playhead.moving)
    window.central.offer_tabs(loaded.playhead.trace)
    window.central.show_view("neurons")
    view = window.central.views["neurons"]
    qtbot.waitUntil(lambda: "experts" in view.sentence)


def test_scaled_neurons_are_saved_as_a_folder_of_their_own(
    looked, loaded, window, qtbot, tmp_path, monkeypatch
) -> None:
    from PySide6.QtWidgets import QFileDialog
    from safetensors.torch import load_file

    model, view = looked
    out = tmp_path / "changed"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    window.actions_["save_weights"].trigger()
    assert "Nothing of the weights is changed" in str(window.central.notices.messages())
    view.neurons.setCurrentCell(0, 0)
    view.off.click()
    (scale,) = loaded.neurons.scales
    before = model._loaded().model.layers[scale.layer].mlp.down_proj.weight.clone()
    with qtbot.waitSignal(loaded.edits.saved):
        window.actions_["save_weights"].trigger()
    name = f"model.layers.{scale.layer}.mlp.down_proj.weight"
    written = load_file(out / "model.safetensors")[name]
    assert bool((written[:, scale.neuron] == 0).all())
    assert model._loaded().model.layers[scale.layer].mlp.down_proj.weight.equal(before)
    with qtbot.waitSignal(loaded.edits.stopped):
        window.actions_["save_weights"].trigger()
    assert "holds something already" in str(window.central.notices.messages())


# -- what must not go wrong between runs, steps and models -------------------------------------------------------------


def test_stepping_back_draws_the_step_whose_numbers_are_there(window, loaded, qtbot) -> None:
    loaded.session.use_model(wrapped(tiny_model("llama"))).result()
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: not loaded.playhead.moving)
    window.central.offer_tabs(loaded.playhead.trace)
    window.central.show_view("token_attention")
    view = window.central.views["token_attention"]
    last = loaded.playhead.steps - 1
    loaded.playhead.set_step(last)
    qtbot.waitUntil(lambda: f"token {last + 1} over" in view._words.toolTip())
    loaded.playhead.set_step(0)
    view.flush()  # before the look at step 0 is there
    assert f"token {last + 1} over" in view._words.toolTip()
    assert len(list(view.table())) - 1 == view.map.levels.shape[1]
    qtbot.waitUntil(lambda: "token 1 over" in view._words.toolTip())
    assert len(list(view.table())) - 1 == len(loaded.playhead.trace.prompt.token_ids)


def test_a_finished_run_is_looked_at_while_another_one_is_paused(loaded, qtbot) -> None:
    loaded.session.use_model(wrapped(tiny_model("llama"))).result()
    done = loaded.session.ask("who?", max_tokens=3).wait(20)
    paused = loaded.session.ask("who else?", max_tokens=8)
    paused.pause()
    paused.step()
    qtbot.waitUntil(lambda: str(paused.state) == "paused")
    assert loaded.session.look(done, 1, "attention").result(20).shape[0] == 2
    loaded.session.cancel_runs()
    qtbot.waitUntil(lambda: paused.done)
    assert loaded.session.ask("who now?", max_tokens=2).wait(20).answer is not None


def test_a_long_look_ends_when_something_more_urgent_comes(loaded, qtbot, monkeypatch) -> None:
    import threading

    from memviz.core.errors import Cancelled

    model = wrapped(tiny_model("llama"))
    loaded.session.use_model(model).result()
    run = loaded.session.ask("who?", max_tokens=4).wait(20)
    begun, rehearse = threading.Event(), model.rehearse

    def endless(*arguments):
        while True:
            for event in rehearse(*arguments):
                if not begun.is_set():
                    begun.set()
                if type(event).__name__ == "NoticeEvent":
                    yield event

    monkeypatch.setattr(model, "rehearse", endless)
    look = loaded.session.look(run, 0, "window", window=200)
    assert begun.wait(20)
    assert loaded.session.ask("who else?", max_tokens=2).wait(30).answer is not None
    assert isinstance(look.exception(20), Cancelled)


def test_a_neuron_of_another_models_run_cannot_be_switched_off(looked, loaded, qtbot) -> None:
    _, view = looked
    view.neurons.setCurrentCell(0, 0)
    assert view.off.isEnabled()
    loaded.loader.load_model("scene")
    qtbot.waitUntil(lambda: not loaded.loader.busy)
    view.mark_stale()
    view.flush()
    assert not view.off.isEnabled()


def test_a_run_that_failed_says_that_it_ended(loaded, qtbot) -> None:
    loaded.session.use_model(wrapped(tiny_model("llama"))).result()
    run = loaded.session.ask("who? " * 400, max_tokens=2)
    qtbot.waitUntil(lambda: run.done)
    assert run.trace.finish.reason == "failed"
    assert "ended" in shown("neurons", qtbot, run.trace, 0).sentence
    assert "ended" in shown("context", qtbot, run.trace, 0).sentence


def test_heads_are_drawn_also_where_no_memory_was_read(qtbot) -> None:
    trace = run_of(wrapped(tiny_model("llama")), "who directed Alien?", max_tokens=3)
    view = shown("heads", qtbot, trace, 1)
    assert [slot.kind for slot, _ in view.atlas._slots] == ["instructions", "question", "answer", "sink"]


def test_of_many_words_those_that_are_read_most_have_their_heads_drawn(qtbot, searched) -> None:
    view = shown("heads", qtbot, searched, 2)
    largest = [float(searched.read(2).read_weights[..., slot.index].max()) for slot, _ in view.atlas._slots]
    assert largest == sorted(largest, reverse=True)
