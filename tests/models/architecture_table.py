"""The documents' table of architectures, made by asking each of them: ``python -m tests.models.architecture_table``.

A row says how attention is captured of a tiny random model of that architecture.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch

from memviz.models.attention.probe import CaptureKind, probe_capture, probe_seq2seq
from tests.models.tiny import ENCODERS, SEQ2SEQ, tiny_encoder, tiny_model, tiny_seq2seq

CAUSAL = (
    *("gpt2", "gpt_neox", "opt", "llama", "mistral", "mixtral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text"),
    *("phi", "phi3", "olmo2", "falcon", "stablelm", "smollm3", "granite"),
)
PAGE = Path(__file__).parents[2] / "docs" / "transformers.md"
BEGIN, END = "<!-- architectures -->\n", "<!-- /architectures -->\n"
_WORDS = {"rows": "rows, live", "eager": "eager fallback", "none": "unsupported"}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """(kind, architecture, how it is captured, why not live)"""
    for name in CAUSAL:
        yield ("causal", name, *_told(probe_capture(tiny_model(name))))
    for name in SEQ2SEQ:
        found = probe_seq2seq(tiny_seq2seq(name))
        both = found.cross if found.cross.name != "rows" else found.encoder
        yield ("encoder-decoder", name, *_told(both))
    for name in ENCODERS:
        yield ("encoder", name, *_told(probe_capture(tiny_encoder(name))))


def _told(kind: CaptureKind) -> tuple[str, str]:
    return _WORDS[kind.name], kind.reason


def table() -> str:
    """The table in Markdown: architectures that are captured alike share a line."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for kind, name, how, why in rows():
        groups.setdefault((kind, how, why), []).append(name)
    lines = ["| kind | architectures | attention | why |", "|---|---|---|---|"]
    lines += [f"| {kind} | {', '.join(names)} | {how} | {why} |" for (kind, how, why), names in groups.items()]
    return "\n".join(lines) + "\n"


def on_page() -> str:
    """The table that stands in the documents."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    PAGE.write_text(text[:start] + table() + text[end:], encoding="utf-8")
    sys.stdout.write(on_page())


if __name__ == "__main__":
    main()
