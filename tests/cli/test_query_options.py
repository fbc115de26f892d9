"""Dialogues and neurons on the command line."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.cli.query_options import as_of, neuron_scale, read_dialogue
from memviz.core.errors import KnownError
from memviz.core.neurons import NeuronScale
from memviz.core.query import Turn


def test_a_neuron_is_written_with_its_layer_counted_from_one() -> None:
    assert neuron_scale("3:241=0") == NeuronScale(2, 241, 0.0)
    assert neuron_scale("1:0=-2.5") == NeuronScale(0, 0, -2.5)
    for wrong in ("", "3", "3:241", "0:1=0", "a:b=c"):
        with pytest.raises(KnownError, match="for example 3:241=0"):
            neuron_scale(wrong)


def test_a_dialogue_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text('{"role": "user", "text": "Hi"}\n\n{"role": "assistant", "text": "你好"}\n', encoding="utf-8")
    assert read_dialogue(path) == (Turn("user", "Hi"), Turn("assistant", "你好"))
    path.write_text('{"role": "user", "text": "Hi"}\n{"role": "cat", "text": "miaow"}\n', encoding="utf-8")
    with pytest.raises(KnownError, match=r"Line 2 of “talk\.jsonl” is no turn"):
        read_dialogue(path)
    with pytest.raises(KnownError, match="cannot be read"):
        read_dialogue(tmp_path / "missing.jsonl")


def test_a_version_or_a_time_may_be_written_in_three_ways() -> None:
    assert as_of("v17") == 17
    assert isinstance(as_of("v17"), int)
    assert as_of("2024-05-01") == datetime(2024, 5, 1).timestamp()
    assert as_of(" 2024-05-01T12:30+00:00") == 1_714_566_600.0
    assert as_of("+30d") == pytest.approx(time.time() + 30 * 86_400, abs=60)
    assert as_of("-0.5d") == pytest.approx(time.time() - 43_200, abs=60)
    for wrong in ("", "17", "v", "v-1", "30d", "yesterday", "2024-13-01", "+1y"):
        with pytest.raises(KnownError, match=r"write for example v17, 2024-05-01, .* or \+30d"):
            as_of(wrong)


def test_ask_takes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def asked(*options: str) -> dict:
        assert (
            main(["ask", "who directed Alien?", "--model", "movies-recaller", "--no-memory", "--json", *options]) == 0
        )
        return json.loads(capsys.readouterr().out)

    plain = asked()
    assert plain["answer"] == "Ridley Scott"
    off = asked(*(option for n in range(200) for option in ("--neuron", f"4:{n}=0")))
    assert off["steps"][0]["logprob"] < plain["steps"][0]["logprob"]
    talk = tmp_path / "talk.jsonl"
    talk.write_text('{"role": "user", "text": "who wrote Alien?"}\n', encoding="utf-8")
    assert asked("--dialogue", str(talk))["steps"][0]["logprob"] != plain["steps"][0]["logprob"]
    assert main(["ask", "who directed Alien?", "--model", "movies-recaller", "--no-memory", "--window", "3"]) == 2
    assert "the window holds only 3" in capsys.readouterr().err
