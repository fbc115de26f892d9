"""What a step is called below a picture."""

from __future__ import annotations

from memviz.core.events import OutputEvent
from memviz.core.trace import Trace
from memviz.gui.tables.plain import one_line

#: Words below a column are at most so long; a longer text is told elsewhere, and the column has its number.
SHORT = 14


def step_words(trace: Trace, count: int) -> list[str]:
    """Of the first ``count`` steps: what was read in, the token that came out, or the number of the step."""
    prompt = trace.prompt
    if prompt is not None and prompt.step_texts and max(map(len, prompt.step_texts)) <= SHORT:
        return list(prompt.step_texts[:count])
    step_word = prompt.step_word if prompt is not None else ""
    return [_word(output, step_word) for output in trace.outputs[:count]]


def _word(output: OutputEvent, step_word: str) -> str:
    if step_word == "hop":
        return f"hop {output.step + 1}"
    if step_word == "layer":
        return _layer_word(output)
    if step_word != "token":
        return str(output.step + 1)
    return "⏎" if output.special else one_line(output.text).strip() or "·"


def _layer_word(output: OutputEvent) -> str:
    """The layer's number, and in short what the model would say if it ended there."""
    guess = output.text or (output.alternatives[0].text if output.alternatives else "")
    guess = one_line(guess).strip()
    return f"{output.step + 1} {guess}" if guess and len(guess) <= SHORT else str(output.step + 1)


def step_name(trace: Trace, step: int) -> str:
    """The chosen step in a sentence, with what was read in there."""
    texts = trace.prompt.step_texts if trace.prompt is not None else ()
    read = f" “{one_line(texts[step])}”" if 0 <= step < len(texts) else ""
    return f"time step {step + 1}{read}"


def reading_words(trace: Trace) -> str:
    """What is said while the model reads the prompt; of a long one how far it is."""
    progress = trace.progress
    if progress is None:
        return "The model is reading the prompt …"
    return f"The model is reading the prompt: {progress.done:,} of {progress.total:,} tokens …"
