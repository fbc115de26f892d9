"""What a session makes of queries that mean nothing, of models that don't load, and of looks while it is closed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memviz.core.errors import Cancelled, KnownError
from memviz.core.events import Event, FinishEvent
from memviz.core.query import Turn
from memviz.models.prompts.template import PromptTemplate
from memviz.session.session import Session
from tests.models.tiny import tiny_model, tiny_tokenizer, wrapped
from tests.session.scripted import ScriptedModel


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as session:
        yield session


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "other"
    tiny_model("gpt2").save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": -1}, "window must be at least 1 token"),
        ({"max_tokens": 0}, "at least 1 token"),
        ({"beams": 65}, "up to 64 beams"),
        ({"beams": -1}, "up to 64 beams"),
        ({"as_of": -1}, "begin with 0, so there is none -1"),
        ({"as_of": True}, "a version .* or a time .*, not True"),
        ({"as_of": "v3"}, "a version .* or a time .*, not 'v3'"),
        ({"as_of": float("nan")}, "cannot be asked as of nan"),
        ({"as_of": float("inf")}, "cannot be asked as of inf"),
        (
            {"dialogue": (Turn("user", "a"), Turn("wizard", "b"))},
            "Turn 2 of the dialogue was said by “wizard”",
        ),
        ({"dialogue": (Turn("user", "\ud800"),)}, "Turn 1 of the dialogue holds half of a character"),
    ],
)
def test_options_that_mean_nothing_are_refused(session: Session, options: dict[str, Any], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        session.ask("who?", **options)


def test_a_dialogue_may_hold_an_empty_answer(session: Session) -> None:
    session.use_model(wrapped(tiny_model("llama"))).result()
    run = session.ask("who?", max_tokens=2, dialogue=(Turn("user", "and?"), Turn("assistant", ""))).wait(20)
    assert run.trace.steps == 2


@pytest.mark.parametrize("at", range(7))
def test_loading_that_is_cancelled_leaves_the_old_model(session: Session, folder: Path, at: int) -> None:
    old = wrapped(tiny_model("llama"))
    session.use_model(old).result()
    told = 0

    def cancel(*_: Any) -> None:
        nonlocal told
        told += 1
        if told > at:
            raise Cancelled

    with pytest.raises(Cancelled):
        session.load_model(str(folder), progress=cancel).result(60)
    assert session.model is old
    assert session.ask("who?", max_tokens=2).wait(20).trace.steps == 2


def test_loading_that_fails_leaves_the_old_model(session: Session, folder: Path, tmp_path: Path) -> None:
    old = wrapped(tiny_model("llama"))
    session.use_model(old).result()
    (tmp_path / "config.json").write_text("{}")
    for name in (str(tmp_path), str(tmp_path / "nowhere")):
        with pytest.raises(KnownError):
            session.load_model(name).result(60)
    assert session.model is old
    assert session.ask("who?", max_tokens=2).wait(20).trace.steps == 2


def test_a_window_in_which_nothing_fits_is_said_in_a_look(session: Session) -> None:
    session.use_model(wrapped(tiny_model("llama"), template=PromptTemplate())).result()
    run = session.ask("who directed Alien?", max_tokens=2).wait(20)
    for window, words in ((1, "the window holds only 1"), (-3, "at least 1 token")):
        looked = session.look(run, 0, "window", window=window).result(20)
        assert words in looked.words
        assert looked.answer == ""


def test_a_look_by_a_model_that_was_replaced_is_refused_also_where_somebody_holds_it(session: Session) -> None:
    old = wrapped(tiny_model("llama"))
    session.use_model(old).result()
    run = session.ask("who?", max_tokens=2).wait(20)
    session.use_model(wrapped(tiny_model("gpt2"))).result()
    for what in ("attention", "neurons", "unscaled"):
        with pytest.raises(KnownError, match="is not loaded any more; ask again to look closer"):
            session.look(run, 0, what).result(20)
    assert run.model is old


class LastMoment(ScriptedModel):
    """Waits before it ends, when no further event will come."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.gate = threading.Event()

    def _events(self, query: Any, entries: Any) -> Iterator[Event]:
        for event in super()._events(query, entries):
            if isinstance(event, FinishEvent):
                self.reached.set()
                assert self.gate.wait(20)
            yield event


def test_a_look_at_the_moment_of_closing_is_answered_and_the_run_is_told_as_done() -> None:
    """The look waits for the run, and the session takes no more calls by the time the run ends."""
    model = LastMoment()
    session = Session()
    session.use_model(model).result()
    run = session.ask("who?")
    done = threading.Event()
    run.add_done_callback(lambda _: done.set())
    assert model.reached.wait(20)
    looked = run.aside(lambda: 1)
    closing = threading.Thread(target=session.close)
    closing.start()
    with session._lock:  # close() has told the worker, or will be told no more
        pass
    while not session._query_worker.closed:
        closing.join(0.01)
    model.gate.set()
    closing.join(20)
    assert not closing.is_alive()
    assert done.is_set()
    with pytest.raises(KnownError, match="session is closed"):
        looked.result(1)
    with pytest.raises(KnownError, match="session is closed"):
        run.aside(lambda: 2).result(1)
