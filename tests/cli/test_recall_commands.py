"""``memviz conflicts``, ``forecast`` and ``recall-settings``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.core.decay import Decay, DecayKind
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.session.recall_words import parse_recall, recall_words
from tests.cli.conftest import Cli

Lines = Callable[..., str]


@pytest.fixture
def lines(memory: str, capsys: pytest.CaptureFixture[str]) -> Lines:
    """What a command prints for people."""

    def call(*arguments: str) -> str:
        assert main([*arguments, "--memory", memory]) == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def rival(cli: Cli) -> int:
    """A newer, less sure director of The Piano (3)."""
    text = "The Piano was directed by Bob."
    return cli("entries", "add", "--key", "The Piano · director", "--text", text, "--confidence", "0.3")["inserted"][0]


def test_conflicts_are_shown_settled_and_undone(cli: Cli, lines: Lines, rival: int) -> None:
    told = cli("conflicts")
    assert (told["count"], told["open"]) == (1, 1)
    [conflict] = told["conflicts"]
    assert (conflict["topic"], conflict["settled"], conflict["policy"]) == ("The Piano · director", False, "mark")
    assert [entry["recalled"] for entry in conflict["entries"]] == [True, True]
    newest = cli("conflicts", "--policy", "newest")["conflicts"][0]
    assert [entry["recalled"] for entry in newest["entries"]] == [False, True]
    assert "✗" in lines("conflicts", "piano", "--policy", "confident")
    assert cli("conflicts", "blade")["count"] == 0
    assert cli("conflicts", "--policy", "newest", "--settle")["change"]["updated"] == [3]
    assert cli("entries", "show", "3")["superseded_by"] == rival
    assert cli("conflicts")["count"] == 0
    assert "--all" in lines("conflicts")
    assert f"→ {rival}" in lines("conflicts", "--all")
    cli("entries", "undo")
    assert cli("conflicts")["open"] == 1
    assert "1 entry is superseded now" in lines("conflicts", "--policy", "confident", "--settle")


def test_settling_what_is_settled_changes_nothing_and_says_so(cli: Cli, lines: Lines, rival: int) -> None:
    assert "1 entry is superseded now; “memviz entries undo”" in lines("conflicts", "--policy", "newest", "--settle")
    for arguments in (["--policy", "confident"], ["--policy", "confident", "--all"], []):
        said = lines("conflicts", "--settle", *arguments).splitlines()[-1]
        assert "Nothing was changed: all is settled already" in said
        assert "undo" not in said
    assert lines("conflicts", "no such topic", "--settle").endswith("there is nothing to settle.\n")
    cli("entries", "set", "3", "--superseded-by", "none")
    assert cli("conflicts", "--policy", "confident", "--settle")["change"]["updated"] == [rival]


def test_a_conflict_is_open_again_when_its_winner_is_deleted(cli: Cli, lines: Lines, rival: int) -> None:
    third = cli("entries", "add", "--key", "The Piano · director", "--text", "The Piano was directed by Ann.")
    [winner] = third["inserted"]
    assert cli("conflicts", "--policy", "newest", "--settle")["change"]["updated"] == [3, rival]
    cli("entries", "delete", str(winner))
    told = cli("conflicts")
    assert (told["open"], [entry["id"] for entry in told["conflicts"][0]["entries"]]) == (1, [3, rival])
    assert "→" not in lines("conflicts")
    assert cli("conflicts", "--policy", "newest", "--settle")["change"]["updated"] == [3]
    assert cli("conflicts")["open"] == 0


def test_a_policy_that_decides_nothing_is_refused(
    memory: str, cli: Cli, rival: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conflicts", "--settle", "--memory", memory]) == 2
    assert "--policy newest" in capsys.readouterr().err
    cli("recall-settings", "policy=confident")
    assert cli("conflicts", "--settle")["change"]["updated"] == [rival]


def test_forecast(cli: Cli, lines: Lines, memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forecast", "--memory", memory]) == 2
    assert "--pin" in capsys.readouterr().err
    question = "who directed Blade Runner"
    [nothing] = cli("forecast", question, "--pin")
    assert nothing["lost"] == {"7": [], "30": [], "365": []}
    cli("recall-settings", "decay.fact=exponential:5")
    [told] = cli("forecast", "--days", "30", "7")
    assert (told["question"], told["recalled"][0]) == (question, 1)
    assert told["lost"]["7"] == []
    assert [entry["id"] for entry in told["lost"]["30"]] == told["recalled"]
    assert "of it is left after 30 days" in told["lost"]["30"][0]["reason"]
    assert told["lost"]["30"][0]["fades"] > 0
    said = lines("forecast", "--days", "30")
    assert "in 30 days:" in said
    assert "below the least" in said


def test_recall_settings_are_shown_changed_and_reset(cli: Cli, lines: Lines) -> None:
    assert cli("recall-settings") == RecallSettings().as_json()
    changed = cli("recall-settings", "dense=1", "policy=newest", "kinds=fact,dialogue-turn", "decay.profile=use:10:3")
    assert (changed["dense"], changed["policy"], changed["kinds"]) == (1.0, "newest", ["fact", "dialogue turn"])
    assert changed["decay"] == {"profile": {"kind": "use", "half_life": 10.0, "exponent": 0.5, "growth": 3.0}}
    assert cli("recall-settings") == changed
    said = lines("recall-settings").splitlines()
    assert "dense=1   (changed)" in said
    assert "lexical=1" in said
    assert cli("recall-settings", "decay.profile=", "kinds=")["decay"] == {}
    assert cli("recall-settings", "--reset") == RecallSettings().as_json()


def test_settings_as_words_and_back() -> None:
    settings = RecallSettings(
        dense=0.5,
        policy=ConflictPolicy.SOURCES,
        kinds=(Kind.FACT, Kind.DIALOGUE_TURN),
        owner="安",
        exact=True,
        decay={Kind.FACT: Decay(DecayKind.POWER, 12.0, exponent=0.25), Kind.PROFILE: Decay()},
        exceptions={"a = b · c": ConflictPolicy.BOTH},
    )
    assert parse_recall(recall_words(settings)) == settings


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("dense", "write KEY=VALUE"),
        ("densest=1", "no recall setting"),
        ("owner.x=1", "no recall setting"),
        ("dense=much", "must be a number"),
        ("dense=-1", "of at least 0"),
        ("candidates=2.5", "whole number"),
        ("exact=perhaps", "yes or no"),
        ("policy=oldest", "must be one of"),
        ("kinds=facts", "no kind of entry"),
        ("decay.facts=none", "no kind of entry"),
        ("decay.fact=exponential:0", "half-life must be a number above 0"),
        ("decay.fact=exponential:-3", "half-life must be a number above 0"),
        ("decay.fact=linear:3", "must be one of"),
        ("decay.fact=exponential:3:4", "is no decay"),
        ("decay.fact=use:3:0.5", "from 1 to 1,000,000"),
        ("decay=1", "JSON object"),
        ("lexical=0", "needs words or vectors"),
    ],
)
def test_what_is_no_setting_gets_a_sentence(word: str, sentence: str) -> None:
    with pytest.raises(KnownError, match=sentence):
        parse_recall([word])


def test_a_memory_that_cannot_be_written(memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(memory).chmod(0o444)
    Path(memory).parent.chmod(0o555)
    try:
        code = main(["recall-settings", "dense=1", "--memory", memory])
        said = capsys.readouterr().err
    finally:
        Path(memory).parent.chmod(0o755)
    if code:  # who may write everywhere, as root may, is not refused
        assert "cannot be written" in said
