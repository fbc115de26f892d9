"""``memviz embed``."""

from __future__ import annotations

from pathlib import Path

import pytest

from memviz.cli import main
from tests.cli.conftest import Cli


def test_vectors_are_computed_counted_and_dropped(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = cli("embed")
    assert (told["model"], told["vectors"], told["entries"], told["index"], told["recall"]) == (
        "builtin", 3, 3, "Flat", None,
    )  # fmt: skip
    assert (told["notice"], told["others"], told["truncated"]) == (None, {}, 0)
    assert main(["embed", "--memory", memory, "--check"]) == 0
    printed = capsys.readouterr()
    assert "3 of 3 entries have a vector of “builtin 1" in printed.out
    assert "every vector" in printed.out
    assert main(["embed", "--memory", memory, "--drop", "nothing"]) == 2
    assert f"it has “{told['space']}”" in capsys.readouterr().err
    assert cli("embed", "--drop", told["space"]) == {"dropped": told["space"]}
    assert cli("embed")["vectors"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "/no/such/folder"], "no model folder"),
        (["--model", " "], "no name"),
        (["--model", "dnc-copy"], "not an encoder"),
        (["--query-prefix", "query: "], "no prefixes"),
        (["--drop", ""], "--drop needs"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    arguments: list[str], words: str, memory: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["embed", "--memory", memory, *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_training_the_builtin_embedder_refuses_bad_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "x.npz")]
    for arguments, words in (
        (["--sentences", "0", *out], "at least 1"),
        (["--out", str(tmp_path / "no" / "x.npz")], "no folder"),
        (["--teacher", "dnc-copy", *out], "not an encoder"),
    ):
        assert main(["train", "builtin-embedder", *arguments]) == 2
        assert words in capsys.readouterr().err
