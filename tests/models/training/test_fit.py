"""Rounds, the best of them, checkpoints, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from memviz.core.errors import Cancelled, KnownError
from memviz.models.training.fit import RESULT, Report, fit


class Scripted:
    """A training whose errors are known beforehand; its state is how far it is."""

    def __init__(self, errors: list[float]) -> None:
        self.errors = errors
        self.at = 0
        self.saved: list[int] = []

    def round(self) -> float:
        self.at += 1
        return self.errors[self.at - 1]

    def figures(self) -> dict[str, float]:
        return {"error": self.errors[self.at - 1]}

    def state(self) -> dict[str, Any]:
        return {"at": self.at}

    def restore(self, state: dict[str, Any]) -> None:
        self.at = state["at"]

    def save(self, folder: Path) -> None:
        self.saved.append(self.at)


def test_the_best_round_is_saved(tmp_path: Path) -> None:
    training, reports = Scripted([5.0, 2.0, 3.0, 2.5]), list[Report]()
    figures = fit(training, tmp_path, rounds=4, watch="error", report=reports.append)
    assert figures == {"error": 2.0}
    assert training.saved == [2]
    told = json.loads((tmp_path / RESULT).read_text(encoding="utf-8"))
    assert (told["error"], told["rounds"]) == (2.0, 4)
    assert [(report.round, report.best) for report in reports] == [(1, True), (2, True), (3, False), (4, False)]


def test_of_equally_good_rounds_the_latest_is_saved(tmp_path: Path) -> None:
    training, reports = Scripted([2.0, 1.0, 1.0, 3.0]), list[Report]()
    fit(training, tmp_path, rounds=4, watch="error", report=reports.append)
    assert training.saved == [3]
    assert [report.best for report in reports] == [True, True, False, False]


def test_training_ends_early_when_nothing_gets_better(tmp_path: Path) -> None:
    reports: list[Report] = []
    fit(Scripted([3.0, 2.0, 4.0, 4.0, 1.0]), tmp_path, rounds=5, watch="error", patience=2, report=reports.append)
    assert len(reports) == 4


def test_a_cancelled_training_goes_on_where_it_was(tmp_path: Path) -> None:
    errors = [5.0, 1.0, 3.0, 2.0]

    def stop(report: Report) -> None:
        if report.round == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit(Scripted(errors), tmp_path, rounds=4, watch="error", report=stop)
    training, reports = Scripted(errors), list[Report]()
    assert fit(training, tmp_path, rounds=4, watch="error", report=reports.append) == {"error": 1.0}
    assert [report.round for report in reports] == [3, 4]
    assert training.saved == [2]
    assert reports[-1].seconds > 0


def test_no_number_stops_and_keeps_the_good_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="round 3"):
        fit(Scripted([3.0, 2.0, float("nan")]), tmp_path, rounds=5, watch="error")
    reports: list[Report] = []
    fit(Scripted([3.0, 2.0, 1.0]), tmp_path, rounds=3, watch="error", report=reports.append)
    assert [report.round for report in reports] == [3]


def test_no_number_in_the_first_round_promises_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        fit(Scripted([float("nan")]), tmp_path, rounds=5, watch="error")
    assert "checkpoint" not in str(caught.value)


@pytest.mark.parametrize("unknown", [float("inf"), float("nan")])
def test_as_long_as_nothing_is_measured_the_newest_is_best_and_patience_waits(tmp_path: Path, unknown: float) -> None:
    class Late(Scripted):
        def round(self) -> float:
            self.at += 1
            return 0.5

    training = Late([unknown, unknown, unknown, 3.0, 4.0, 5.0, 6.0])
    reports: list[Report] = []
    fit(training, tmp_path, rounds=7, watch="error", patience=2, report=reports.append)
    assert [report.best for report in reports] == [True, True, True, True, False, False]
    assert training.saved == [4]
    never = Late([unknown, unknown])
    fit(never, tmp_path / "never", rounds=2, watch="error")
    assert never.saved == [2]
