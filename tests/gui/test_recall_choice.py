"""Questions of another time, and questions that are pinned."""

from __future__ import annotations

import datetime
import time

import pytest

from memviz.core.decay import DAY
from memviz.core.errors import KnownError
from memviz.gui.recall_choice import AsOf, Moment, as_of_words, banner
from memviz.session import recalling

NOW = 1_700_000_000.0


def test_moments_as_values() -> None:
    assert AsOf().value(NOW) is None
    assert AsOf(Moment.VERSION, " 12 ").value(NOW) == 12
    assert AsOf(Moment.AHEAD, "30").value(NOW) == NOW + 30 * DAY
    day = datetime.datetime(2024, 5, 1, 14).timestamp()
    assert AsOf(Moment.DATE, "2024-05-01 14:00").value(NOW) == day


@pytest.mark.parametrize(
    ("moment", "typed"),
    [
        (Moment.VERSION, "-1"),
        (Moment.VERSION, "two"),
        (Moment.VERSION, ""),
        (Moment.AHEAD, "0"),
        (Moment.AHEAD, "-3"),
        (Moment.AHEAD, "soon"),
        (Moment.AHEAD, "nan"),
        (Moment.DATE, ""),
        (Moment.DATE, "last May"),
    ],
)
def test_what_is_no_moment_gets_a_sentence(moment: Moment, typed: str) -> None:
    with pytest.raises(KnownError, match="is no"):
        AsOf(moment, typed).value(NOW)


def test_words_of_a_moment() -> None:
    assert (as_of_words(None, NOW), banner(None, NOW)) == ("", "")
    assert as_of_words(1_234, NOW) == "version 1,234"
    assert as_of_words(NOW + 30 * DAY, NOW).endswith(", 30 days ahead")
    assert "have faded until then" in banner(NOW + 30 * DAY, NOW)
    assert "as it was then" in banner(NOW - DAY, NOW)


def test_the_control_puts_the_time_into_the_query(window, loaded, qtbot) -> None:
    bar = window.queries.as_of
    assert loaded.asker.query("who?").as_of is None
    assert not bar.typed.isVisible()
    bar.moment.setCurrentIndex(bar.moment.findData(Moment.VERSION))
    assert bar.typed.isVisible()
    bar.typed.setText("3")
    bar.typed.textEdited.emit("3")
    assert loaded.asker.query("who?").as_of == 3
    assert bar.words.text() == "The next questions are asked as of version 3."
    bar.moment.setCurrentIndex(bar.moment.findData(Moment.AHEAD))
    assert loaded.asker.query("who?").as_of == pytest.approx(time.time() + 30 * DAY, abs=60)
    bar.typed.setText("never")
    bar.typed.textEdited.emit("never")
    assert "is no number of days" in bar.words.text()
    window.commands.queries.ask("who directed Blade Runner?")
    qtbot.waitUntil(lambda: any("number of days" in said for said in window.central.notices.messages()))
    assert loaded.playhead.run is None
    loaded.recall.forget()
    assert bar.moment.currentData() == Moment.NOW
    assert not bar.typed.isVisible()


def test_a_run_of_another_time_says_so(window, loaded, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the store makes of it."""
    taken = loaded.session._snapshot
    monkeypatch.setattr(loaded.session, "_snapshot", lambda _as_of=None: taken())
    loaded.recall.ask_as_of(AsOf(Moment.DATE, "2024-05-01"))
    with qtbot.waitSignal(loaded.asker.finished):
        window.commands.queries.ask("who directed Blade Runner?")
    assert any("2024-05-01" in said for said in window.central.notices.messages())
    window.status.refresh()
    assert "as of 2024-05-01 00:00" in window.status.words.text()


def test_a_question_is_pinned_from_the_list(window, loaded, ask, qtbot) -> None:
    ask("who directed Blade Runner?")
    menu = window.queries.menu_for(0)
    [pin, _again] = menu.actions()
    assert pin.text() == "Pin This Question to the Memory"
    with qtbot.waitSignal(loaded.pinned.changed):
        pin.trigger()
    assert recalling.pinned_questions(loaded.session).result() == ["who directed Blade Runner?"]
    window.queries.list.grab()  # with its pin
    [unpin, _again] = window.queries.menu_for(0).actions()
    with qtbot.waitSignal(loaded.pinned.changed):
        unpin.trigger()
    assert loaded.pinned.texts == []


def test_questions_that_are_pinned_in_the_same_moment_are_all_kept(loaded, qtbot) -> None:
    for text in ("who?", "when?", " who? "):
        loaded.pinned.pin(text)
    qtbot.waitUntil(lambda: loaded.pinned.texts == ["who?", "when?"])
    assert recalling.pinned_questions(loaded.session).result() == ["who?", "when?"]
    loaded.pinned.pin("where?")
    loaded.pinned.unpin("who?")
    qtbot.waitUntil(lambda: loaded.pinned.texts == ["when?", "where?"])
    assert recalling.pinned_questions(loaded.session).result() == ["when?", "where?"]


def test_pinned_questions_come_with_the_memory(loaded, window, qtbot) -> None:
    recalling.pin_questions(loaded.session, ["who?"]).result()
    with qtbot.waitSignal(loaded.pinned.changed):
        loaded.pinned.reload()
    assert loaded.pinned.texts == ["who?"]
