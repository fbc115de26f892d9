"""What a step is called below a picture."""

from __future__ import annotations

from memviz.core.events import OutputEvent
from memviz.core.trace import Trace
from memviz.gui.tables.plain import one_line


def step_words(trace: Trace, count: int) -> list[str]:
    """Of the first ``count`` steps: what was read in, the token that came out, or the number of the step."""
    prompt = trace.prompt
    if prompt is not None and prompt.step_texts:
        return list(prompt.step_texts[:count])
    step_word = prompt.step_word if prompt is not None else ""
    return [_word(output, step_word) for output in trace.outputs[:count]]


def _word(output: OutputEvent, step_word: str) -> str:
    if step_word == "hop":
        return f"hop {output.step + 1}"
    if step_word != "token":
        return str(output.step + 1)
    return "⏎" if output.special else one_line(output.text).strip() or "·"
