"""What happened in a run, and the state at any step."""

from __future__ import annotations

import numpy as np
import pytest

from memviz.core.arrays import frozen_array
from memviz.core.errors import BugError
from memviz.core.events import FinishEvent, KeyframeEvent, NoticeEvent, OutputEvent, ReadEvent, WriteEvent
from memviz.core.query import Query
from memviz.core.trace import Trace, apply_write

N, W, H = 5, 3, 2


def _output(step: int) -> OutputEvent:
    return OutputEvent(step, f"t{step} ", step, -0.5)


def _write(step: int, rng: np.random.Generator) -> WriteEvent:
    weights = frozen_array(rng.random((H, N)) / N)
    return WriteEvent(step, weights, frozen_array(rng.random((H, W))), frozen_array(rng.normal(size=(H, W))))


def _slow_write(memory: np.ndarray, write: WriteEvent) -> None:
    """Equation 4, cell by cell."""
    for head in range(H):
        for n in range(N):
            for w in range(W):
                keep = np.float32(1.0) - write.write_weights[head, n] * write.erase_vectors[head, w]
                added = write.write_weights[head, n] * write.write_vectors[head, w]
                memory[n, w] = memory[n, w] * keep + added


def test_apply_write_equals_the_slow_loop() -> None:
    rng = np.random.default_rng(1)
    memory = rng.normal(size=(N, W)).astype(np.float32)
    slow, write = memory.copy(), _write(0, rng)
    apply_write(memory, write)
    _slow_write(slow, write)
    np.testing.assert_array_equal(memory, slow)


@pytest.mark.parametrize("every", [1, 3, 64])
def test_frames_are_bit_by_bit_the_memory_that_was(every: int) -> None:
    rng = np.random.default_rng(2)
    memory = rng.normal(size=(N, W)).astype(np.float32)
    trace = Trace(Query("q"))
    trace.append(KeyframeEvent(-1, frozen_array(memory)))
    was = []
    for step in range(10):
        write = _write(step, rng)
        apply_write(memory, write)
        trace.append(write)
        if step % every == 0:
            trace.append(KeyframeEvent(step, frozen_array(memory)))
        trace.append(_output(step))
        was.append(memory.copy())
    for step in (9, 0, 5, 4):
        frame = trace.frame(step)
        assert frame.memory is not None
        assert frame.memory.tobytes() == was[step].tobytes()
        assert not frame.memory.flags.writeable
        assert frame.answer == "".join(f"t{n} " for n in range(step + 1))


def test_a_step_is_there_when_it_is_finished() -> None:
    trace = Trace(Query("q"))
    read = ReadEvent(0, frozen_array(np.ones((1, 1, 2)) / 2))
    trace.append(read)
    assert (trace.steps, len(trace)) == (0, 1)
    with pytest.raises(IndexError):
        trace.frame(0)
    trace.append(_output(0))
    assert trace.steps == 1
    frame = trace.frame(0)
    assert (frame.read, frame.write, frame.memory) == (read, None, None)
    for wrong in (1, -1):
        with pytest.raises(IndexError):
            trace.frame(wrong)


def test_events_out_of_order_are_bugs() -> None:
    trace = Trace(Query("q"))
    trace.append(_output(0))
    for event in (_output(0), _output(2), ReadEvent(0, np.ones((1, 1))), _write(2, np.random.default_rng(0))):
        with pytest.raises(BugError):
            trace.append(event)
    trace.append(KeyframeEvent(3, np.ones((N, W))))
    with pytest.raises(BugError):
        trace.append(KeyframeEvent(3, np.ones((N, W))))
    assert len(trace) == 2


def test_what_the_whole_run_said() -> None:
    trace = Trace(Query("q"))
    assert (trace.recall, trace.prompt, trace.finish, trace.notices, trace.answer) == (None, None, None, (), "")
    notice, finish = NoticeEvent("slow"), FinishEvent("end", "t0 t1 ")
    for event in (notice, _output(0), _output(1), finish):
        trace.append(event)
    assert (trace.finish, trace.notices, trace.answer) == (finish, (notice,), "t0 t1 ")
    assert [output.step for output in trace.outputs] == [0, 1]
    assert next(iter(trace)) is notice


def test_arrays_of_events_cannot_be_changed_from_outside() -> None:
    source = np.zeros(3)
    array = frozen_array(source)
    source[0] = 1.0
    assert array.tolist() == [0.0, 0.0, 0.0]
    assert array.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0
