"""Details of a model in words, the same in the window and on the command line."""

from __future__ import annotations

from memviz.core.sizes import count_words, size_words
from memviz.session.model_details import MemoryNeed, ModelDetails
from memviz.session.model_kinds import kind_words

#: What :func:`detail_rows` may tell, in this order.
DETAIL_NAMES = (
    "Kind",
    "Architecture",
    "Layers",
    "Heads",
    "Width",
    "Vocabulary",
    "Context",
    "Parameters",
    "Stored as",
    "Download",
    "On disk",
    "Folder",
)


def detail_rows(details: ModelDetails) -> list[tuple[str, str]]:
    """(what, words) of everything that is known, in the order in which it is read."""
    shape = details.shape
    words = (
        kind_words(details.kind) if details.kind else "",
        shape.architecture,
        _layers(details),
        _number(shape.heads),
        _number(shape.width),
        _number(shape.vocabulary),
        f"{shape.context:,} tokens" if shape.context else "",
        count_words(details.parameters) if details.parameters is not None else "",
        " and ".join(details.stored_as),
        size_words(details.download) if details.download is not None else "",
        size_words(details.disk) if details.disk is not None else "",
        str(details.folder) if details.folder is not None else "",
    )
    return [(what, said) for what, said in zip(DETAIL_NAMES, words, strict=True) if said]


def _layers(details: ModelDetails) -> str:
    shape = details.shape
    if shape.encoder_layers:
        return f"{shape.encoder_layers} in the encoder, {shape.layers or 'unknown'} in the decoder"
    return _number(shape.layers)


def _number(value: int | None) -> str:
    return f"{value:,}" if value is not None else ""


def memory_words(need: MemoryNeed, free: int) -> str:
    """``float16: 1.3 GB of 12.4 GB that are free``, or that it does not fit."""
    words = f"{need.dtype}: {size_words(need.bytes)} of {size_words(free)} that are free"
    return words if need.fits else f"{words}; does not fit"


def state_words(details: ModelDetails) -> str:
    """One or two sentences: why it cannot be opened, or that it would be downloaded; empty where it can be opened."""
    if details.problem:
        return details.problem
    if not details.to_download:
        return ""
    if details.folder is not None:
        return f"{details.lacking} Opening it downloads what is missing from the Hugging Face hub."
    size = f", {size_words(details.download)}" if details.download is not None else ""
    return f"“{details.name}” is not on this machine; opening it downloads it from the Hugging Face hub{size}."
