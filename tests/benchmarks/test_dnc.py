"""What a step of the DNC costs, with its heads recorded for display, against public implementations.

Word size 32, 4 read heads, one thread; both sides in the same process, in turns; ratios are medians of the pairs. The
peers (``ixaxaar/pytorch-dnc`` as ``pytorch-dnc``, ``RobertCsordas/dnc`` as ``dnc``) are looked for in the folder that
``MEMVIZ_PEERS`` names; without it only our own times are printed.
"""

from __future__ import annotations

import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

INPUT, HIDDEN, WORD, HEADS = 16, 100, 32, 4
STEPS, PAIRS = {1: 60, 16: 12}, 5  # steps by batch
#: Least ratio to ``ixaxaar/pytorch-dnc`` at batch 1, heads recorded, by slots; everywhere else at least 1.
BARS = {64: 4.0, 256: 3.0, 1024: 3.0}

Run = Callable[[torch.Tensor, bool], None]


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _ours(slots: int, record: bool) -> Run:
    from memviz.models.dnc.array_layers import ArrayLayers
    from memviz.models.dnc.config import DNCConfig
    from memviz.models.dnc.model import DNCModel
    from memviz.models.dnc.network import DifferentiableNeuralComputer
    from memviz.models.dnc.stepper import Stepper
    from memviz.models.sequences.task import Task

    network = DifferentiableNeuralComputer(DNCConfig(INPUT, INPUT, slots, WORD, HEADS, hidden_size=HIDDEN))
    model, layers = DNCModel(network, Task(), name="dnc"), ArrayLayers(network)

    def run(inputs: torch.Tensor, learn: bool) -> None:
        """[T, B, I]."""
        if learn:
            torch.autograd.backward(network(inputs)[0].square().mean())
        elif inputs.shape[1] > 1:
            with torch.no_grad():
                state, kept = network.empty_state(inputs.shape[1]), []
                for row in inputs:
                    _, state, done = network.step(row, state)
                    if record:
                        kept.append((state, done))  # nothing is overwritten
        elif record:
            memory = model.begin()
            told = [memory.step(at, row[0]) for at, row in enumerate(inputs)]  # what the views of the window show
            assert len(told) == len(inputs)
        else:
            stepper = Stepper(layers)
            for row in inputs:
                stepper.step(row[0])

    return run


def _first_peer(folder: Path, slots: int, record: bool) -> Run:
    with _importable(folder / "pytorch-dnc"):
        module = importlib.import_module("dnc")
    network = module.DNC(
        INPUT, HIDDEN, num_hidden_layers=1, nr_cells=slots, cell_size=WORD, read_heads=HEADS, debug=record,
        batch_first=False, device=torch.device("cpu"),
    )  # fmt: skip

    def run(inputs: torch.Tensor, learn: bool) -> None:
        if learn:
            torch.autograd.backward(network(inputs, None, reset_experience=True)[0].square().mean())
            return
        with torch.no_grad():
            network(inputs, None, reset_experience=True)

    return run


def _second_peer(folder: Path, slots: int, record: bool) -> Run:
    with _importable(folder / "dnc"):
        module = importlib.import_module("Models.DNC")
    network = module.DNC(INPUT, INPUT, WORD, slots, HEADS, module.LSTMController([HIDDEN]), dealloc_content=False,
                         link_sharpness_control=False)  # fmt: skip

    def run(inputs: torch.Tensor, learn: bool) -> None:
        if learn:
            torch.autograd.backward(network(inputs).square().mean())
            return
        with torch.no_grad():
            network(inputs, {} if record else None)

    return run


def _peers() -> dict[str, Callable[..., Run]]:
    folder = Path(os.environ.get("MEMVIZ_PEERS", ""))
    known = {"pytorch-dnc": _first_peer, "dnc": _second_peer}
    there = {name: make for name, make in known.items() if os.environ.get("MEMVIZ_PEERS") and (folder / name).is_dir()}
    return {name: lambda slots, record, make=make: make(folder, slots, record) for name, make in there.items()}


def _seconds(run: Run, inputs: torch.Tensor, learn: bool) -> float:
    started = time.perf_counter()
    run(inputs, learn)
    return time.perf_counter() - started


@pytest.mark.benchmark
@pytest.mark.timeout(1_200)
@pytest.mark.filterwarnings("ignore")  # the peers call what torch has deprecated since
@pytest.mark.parametrize("slots", [64, 256, 1024])
def test_steps_per_second(slots: int, capsys: pytest.CaptureFixture[str]) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    missed: list[str] = []
    for batch in (1, 16):
        inputs = torch.randn(STEPS[batch], batch, INPUT)
        for what, record, learn in (("recorded", True, False), ("forward", False, False), ("learning", False, True)):
            ours = _ours(slots, record)
            others: dict[str, Any] = {name: make(slots, record) for name, make in _peers().items()}
            for run in (ours, *others.values()):
                run(inputs[:3], learn)
            times: dict[str, list[float]] = {"memviz": [], **{name: [] for name in others}}
            for _ in range(PAIRS):
                times["memviz"].append(_seconds(ours, inputs, learn))
                for name, run in others.items():
                    times[name].append(_seconds(run, inputs, learn))
            speed = STEPS[batch] / statistics.median(times["memviz"])
            told = f"{slots:>5} slots, batch {batch:>2}, {what:<8}: {speed:8.0f} steps/s"
            for name in others:
                ratio = statistics.median(b / a for a, b in zip(times["memviz"], times[name], strict=True))
                told += f", {ratio:.2f} times {name}"
                bar = BARS[slots] if (name, batch, what) == ("pytorch-dnc", 1, "recorded") else 1.0
                if ratio < bar:
                    missed.append(f"{told} (bar {bar:g})")
            with capsys.disabled():
                print(told, flush=True)
    assert not missed, "\n".join(missed)


def teardown_module() -> None:
    for name in ("dnc", "Models", "Models.DNC"):
        sys.modules.pop(name, None)
