"""Whether a model knows the tokens of a text: all must be in its vocabulary, and unknown characters are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from transformers import PreTrainedModel

from memviz.core.errors import KnownError
from memviz.core.events import NoticeEvent
from memviz.models.prompts.tokens import PromptTokens

#: Unknown characters that a notice shows.
_SHOWN = 5


def check_vocabulary(model: PreTrainedModel, ids: Sequence[int], name: str) -> None:
    """Refuses tokens that the model has no vector for.

    Args:
        ids: of the text that is going to be read.
        name: of the model, for the message.

    Raises:
        KnownError: the tokenizer is another model's.
    """
    known = model.get_input_embeddings().weight.shape[0]
    if max(ids, default=0) >= known:
        raise KnownError(
            f"The tokenizer of “{name}” makes tokens beyond the {known:,} that the model knows; get the"
            " tokenizer that belongs to the model."
        )


def unknown_notice(tokenizer: Any, tokens: PromptTokens, name: str) -> Iterator[NoticeEvent]:
    """A notice where characters of a text become the unknown token: the model cannot tell them apart.

    Args:
        tokens: of the whole prompt; tokens that the tokenizer adds don't count.
        name: of the model.
    """
    unknown = getattr(tokenizer, "unk_token_id", None)
    found = [
        "".join(text.split())
        for token_id, text, piece in zip(tokens.ids, tokens.texts, tokens.pieces, strict=True)
        if token_id == unknown and piece >= 0
    ]
    characters = sum(map(len, found))
    if not characters:
        return
    different = list(dict.fromkeys("".join(found)))
    shown = " ".join(different[:_SHOWN]) + (" …" if len(different) > _SHOWN else "")
    what = "1 character of the text is" if characters == 1 else f"{characters:,} characters of the text are"
    yield NoticeEvent(
        f"{what} unknown to the tokenizer of “{name}” ({shown}), and it reads {tokenizer.unk_token} instead; write"
        " the text in other words.",
        "warning",
    )
