"""Edits of facts through the session, on a small model and on the recaller that ships."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from memviz.core.errors import Cancelled, KnownError
from memviz.core.neurons import CheckPrompt, EditOutcome
from memviz.models.recaller.phrasings import LearnedFact, learned_facts
from memviz.session.bundled import packed_facts
from memviz.session.fact_checks import RECALLER, edit_checks, fact_edit, kept_texts, suggested_checks
from memviz.session.fact_editing import (
    apply_edit,
    check_edit,
    editable_layers,
    sample_texts,
    save_edited_model,
    suggest_checks,
    try_fact_edit,
    undo_edit,
    weights_edits,
)
from memviz.session.session import Session
from tests.models.tiny import SENTENCES, tiny_model, wrapped
from tests.session.scripted import ScriptedModel

FACT = fact_edit("Blade Runner was directed by", "Blade Runner", "Jane")
CHECKS = edit_checks(FACT, ["Blade Runner is"], ["Alien was directed by"])


def state(session: Session) -> dict[str, Tensor]:
    model: Any = session.model
    return {name: tensor.clone() for name, tensor in model._model.state_dict().items()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(tensor, second[name]) for name, tensor in first.items())


@pytest.fixture
def tiny() -> Iterator[Session]:
    with Session() as session:
        session.use_model(wrapped(tiny_model("llama"))).result()
        yield session


def test_an_edit_is_tried_applied_saved_and_taken_back_bit_by_bit(tiny: Session, tmp_path: Path) -> None:
    assert editable_layers(tiny).result() == 2
    before = state(tiny)
    first = try_fact_edit(tiny, FACT, CHECKS, SENTENCES).result()
    second = try_fact_edit(tiny, FACT, CHECKS, SENTENCES, layers=[0]).result()
    assert same(state(tiny), before)
    assert second.edit.layer == 0
    assert weights_edits(tiny).result() == ()
    assert [apply_edit(tiny, one.edit).result() for one in (first, second)] == [1, 2]
    assert weights_edits(tiny).result() == (first.edit, second.edit)
    assert not same(state(tiny), before)
    folder = save_edited_model(tiny, tmp_path / "edited").result()
    assert (folder / "model.safetensors").is_file()
    with pytest.raises(KnownError, match="holds something already"):
        save_edited_model(tiny, folder).result()
    assert undo_edit(tiny).result() is second.edit
    assert undo_edit(tiny).result() is first.edit
    assert undo_edit(tiny).result() is None
    assert same(state(tiny), before)
    with pytest.raises(KnownError, match="nothing to save"):
        save_edited_model(tiny, tmp_path / "other").result()


def test_a_look_at_an_older_run_says_that_the_weights_changed(tiny: Session) -> None:
    run = tiny.ask("Blade Runner was directed by", max_tokens=2).wait()
    tiny.look(run, 0, "attention").result()
    apply_edit(tiny, try_fact_edit(tiny, FACT, CHECKS, SENTENCES, layers=[0]).result().edit).result()
    with pytest.raises(KnownError, match="weights were changed"):
        tiny.look(run, 0, "attention").result()


def test_a_trial_that_is_cancelled_in_the_middle_of_a_layer_changes_nothing(tiny: Session) -> None:
    before = state(tiny)
    told: list[tuple[int, int, str]] = []

    def cancel(done: int, total: int, words: str) -> None:
        told.append((done, total, words))
        if words == "Trying layer 1: seeking the new value" and done > 100:
            raise Cancelled

    with pytest.raises(Cancelled):
        try_fact_edit(tiny, FACT, CHECKS, SENTENCES, cancel).result()
    assert same(state(tiny), before)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert {total for _, total, _ in told} == {400}
    assert told[0] == (0, 400, "Trying layer 1: reading other texts")


def test_other_models_and_none_are_refused_with_a_sentence() -> None:
    with Session() as session:
        with pytest.raises(KnownError, match="No model is loaded"):
            editable_layers(session).result()
        session.use_model(ScriptedModel()).result()
        for future in (editable_layers(session), undo_edit(session), try_fact_edit(session, FACT, CHECKS, SENTENCES)):
            with pytest.raises(KnownError, match="causal language model"):
                future.result()
        assert weights_edits(session).result() == ()
        assert suggest_checks(session, "Alien was directed by").result() is None


def test_texts_come_from_the_open_memory(session: Session) -> None:
    texts = sample_texts(session, 3).result()
    assert len(set(texts)) == 3
    assert set(texts) <= {entry.text for entry in session.entries()}
    assert len(sample_texts(session).result()) == 4
    with Session() as without:
        assert sample_texts(without).result() == []


class Facts:
    """The shipped recaller in a session, with edits of facts drawn at random."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.known = learned_facts(packed_facts("movies"), 400)

    def edited(
        self, fact: LearnedFact, *, layers: list[int] | None, neighbours: int, texts: int
    ) -> tuple[EditOutcome, EditOutcome]:
        """The outcome on the checks that chose the layer, and on 60 neighbours that did not."""
        others = [one for one in self.known if one.relation == fact.relation and one.subject != fact.subject]
        draw = random.Random(f"{fact.subject}|{fact.relation}")
        new = draw.choice(sorted({one.answer for one in others} - {fact.answer}))
        suggested = suggested_checks(RECALLER, fact.prompt(0), neighbours)
        assert suggested is not None
        edit = fact_edit(fact.prompt(0), fact.subject, new, suggested.neighbours)
        checks = edit_checks(edit, suggested.paraphrases, suggested.neighbours)
        kept = kept_texts(suggested.texts[:texts], checks)
        chosen = try_fact_edit(self.session, edit, checks, kept, layers=layers).result()
        chose = set(suggested.neighbours)
        fresh = draw.sample([one for one in others if not chose & {one.prompt(n) for n in range(4)}], 60)
        again = [
            CheckPrompt("edited", edit.prompt, new),
            *(CheckPrompt("paraphrase", prompt, new) for prompt in suggested.paraphrases),
            *(CheckPrompt("neighbour", one.prompt(number % 4)) for number, one in enumerate(fresh)),
        ]
        return chosen, check_edit(self.session, chosen.edit, again).result()


@pytest.fixture(scope="module")
def recaller() -> Iterator[Facts]:
    with Session() as session:
        session.load_model(RECALLER).result()
        yield Facts(session)


def test_five_edits_change_their_facts_and_leave_their_neighbours(recaller: Facts) -> None:
    session = recaller.session
    before = state(session)
    stayed = []
    for fact in random.Random(11).sample(recaller.known, 5):
        _, fresh = recaller.edited(fact, layers=[1, 2], neighbours=10, texts=80)
        assert sum(check.kind == "neighbour" for check in fresh.checks) >= 50
        assert fresh.share("edited") == 1.0, fact
        assert [check.before for check in fresh.checks if check.kind == "edited"] == [fact.answer]
        stayed.append(fresh.share("neighbour"))
        apply_edit(session, fresh.edit).result()
        assert not same(state(session), before)
        said = session.ask(fact.prompt(0), use_memory=False).wait().answer
        assert said == next(check.after for check in fresh.checks if check.kind == "edited")
        undo_edit(session).result()
        assert same(state(session), before)
    assert sum(stayed) / len(stayed) >= 0.95


@pytest.mark.slow
def test_twenty_edits_in_the_best_of_all_layers(recaller: Facts) -> None:
    session = recaller.session
    before = state(session)
    rows = []
    for fact in random.Random(12).sample(recaller.known, 20):
        chosen, fresh = recaller.edited(fact, layers=None, neighbours=50, texts=200)
        rows.append([fresh.share(kind) for kind in ("edited", "paraphrase", "neighbour")])
        print(f"{fact.prompt(0)}: layer {chosen.edit.layer + 1}, " + ", ".join(f"{share:.3f}" for share in rows[-1]))
        apply_edit(session, fresh.edit).result()
    while undo_edit(session).result() is not None:
        pass
    assert same(state(session), before)
    edited, paraphrases, neighbours = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    print(f"20 edits: edited {edited:.3f}, paraphrases {paraphrases:.3f}, neighbours unchanged {neighbours:.4f}")
    assert edited == 1.0
    assert neighbours >= 0.95
