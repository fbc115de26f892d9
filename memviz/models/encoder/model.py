"""An encoder as a memory model: the layers are its steps, and what it remembers is the text it reads."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.errors import BugError
from memviz.core.events import (
    EmbeddingEvent,
    EncoderEvent,
    Event,
    FinishEvent,
    NoticeEvent,
    OutputEvent,
    PromptEvent,
    ReadEvent,
    RecallEvent,
)
from memviz.core.protocols import NO_RECALL, RecallNeed
from memviz.core.query import Query
from memviz.models.answering.decoding import broken_numbers
from memviz.models.answering.detokenizer import TokenTexts
from memviz.models.answering.ignored import ignored_options
from memviz.models.attention.probe import probe_capture
from memviz.models.encoder.heads import head_logits
from memviz.models.encoder.pooling import Pooling, embed, pooling_of
from memviz.models.encoder.reading import Reading, read_text
from memviz.models.encoder.text import EncoderText, encoder_text
from memviz.models.folders.architecture import Architecture
from memviz.models.folders.model_folder import ModelFolder
from memviz.models.limits import context_length
from memviz.models.prompts.known_tokens import check_vocabulary, unknown_notice
from memviz.models.ranked_output import ranked_output
from memviz.models.release import release
from memviz.models.threads import threads_for, use_threads

#: From this probability on a label of several that do not exclude each other is told.
_LIKELY = 0.5


class EncoderModel:
    """A loaded encoder with its tokenizer; implements ``core.protocols.MemoryModel``.

    Each layer is a step: what the token in focus attends to, and what the model would say if it ended there (the head
    on that layer's states: logit lens). The token in focus is the first word that is to be filled in, else the first
    token, from which classifiers decide. Used by one thread at a time (the query thread).

    Args:
        model: a transformers encoder; put into eval mode.
        tokenizer: its tokenizer.
        name: for messages and titles.
        head: ``words``, ``labels`` or ``none``, as in ``Architecture``.
        pooling: how a text becomes one vector.
        dropped: class of a head that is left out, for a notice.
        example: a text to begin with.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        *,
        name: str,
        head: str,
        pooling: Pooling | None = None,
        dropped: str = "",
        example: str = "",
    ) -> None:
        self._model: PreTrainedModel | None = model.eval()
        self._tokenizer = tokenizer
        self._name = name
        self._head = head
        self._dropped = dropped
        self.example = example
        self.pooling = pooling or Pooling()
        self.parameters = sum(parameter.numel() for parameter in model.parameters())
        self.threads = threads_for(self.parameters)
        self.dtype = str(model.dtype).removeprefix("torch.")
        self.device = str(model.device)
        self.context_length = readable_tokens(context_length(model, tokenizer), model, tokenizer)
        use_threads(self.threads)
        self._capture = probe_capture(model)
        self._texts = TokenTexts(tokenizer)

    @property
    def name(self) -> str:
        return self._name

    @property
    def recall(self) -> RecallNeed:
        """By words for an encoder without a head, which compares texts; a head reads the text alone."""
        return RecallNeed() if self._head == "none" else RecallNeed(NO_RECALL)

    @property
    def head(self) -> str:
        return self._head

    @property
    def layers(self) -> int:
        """Number of layers that attend: the steps of a run."""
        return self._capture.layers

    @property
    def heads(self) -> int:
        """H of every read weight."""
        return self._capture.heads

    @property
    def capture(self) -> str:
        """How attention is captured: ``rows``, ``eager`` or ``none``."""
        return self._capture.name

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of a classifier's labels, by index."""
        names = self._loaded().config.id2label
        return tuple(str(names[number]) for number in range(len(names)))

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        """Yields the text, the whole attention where the text is short, a read and an output per layer, the finish.

        Raises:
            KnownError: the text is too long, the numbers are broken (NaN), or memory is used up.
        """
        del recall  # entries are compared, and the ledger of recall says the rest
        model = self._loaded()
        began = time.perf_counter()
        text = encoder_text(
            self._tokenizer,
            query.text,
            fills=self._head == "words",
            most_tokens=self.context_length,
            name=self._name,
        )
        check_vocabulary(model, text.tokens.ids, self._name)
        compared = list(entries) if self._head == "none" and query.use_memory else []
        yield PromptEvent(
            text=text.text,
            token_texts=text.tokens.texts,
            slots=text.slots,
            layers=1,
            heads=max(self.heads, 1),
            capture=self.capture,
            token_ids=text.tokens.ids,
            step_word="layer",
        )
        yield from self._notices(text)
        yield from ignored_options(query, self._name, "beams", "dialogue", "neurons", "window")
        yield from unknown_notice(self._tokenizer, text.tokens, self._name)
        use_threads(self.threads)
        reading = read_text(model, self._capture, text.tokens.ids, text.focus)
        broken = _first_broken(reading)
        if broken is None:  # else it is told at its step, after what is right before it
            yield from self._whole_attention(reading)
        answer = ""
        if broken is None and (self._head == "none" or (self._head == "words" and not text.masks)):
            embedding, notices = self._embedded(model, reading, compared)
            yield embedding
            yield from notices
            nearest = {entry.id: entry.text for entry in compared}
            answer = nearest[embedding.cosines[0][0]] if embedding.cosines else ""
        for step, states in enumerate(reading.states):
            if step == broken:
                raise broken_numbers(self._name, step)
            last = step == len(reading.states) - 1
            if reading.rows is not None and step < len(reading.rows):
                yield ReadEvent(step, frozen_array(_per_slot(reading.rows[step], text).numpy()))
            output = self._output(model, step, states, text, last=last, answer=answer)
            if last:
                answer = output.text
            yield output
        yield FinishEvent("end", answer, {"generate": time.perf_counter() - began})

    def close(self) -> None:
        """Lets go of the weights; the model cannot run any more. May be called twice."""
        self._model = None
        release()

    # -- what comes out ----------------------------------------------------------------------------------------------

    def _output(
        self, model: PreTrainedModel, step: int, states: Tensor, text: EncoderText, *, last: bool, answer: str
    ) -> OutputEvent:
        """What the model would say after this layer."""
        if self._head == "labels":
            return self._labelled(step, head_logits(model, states)[0].float(), last=last)
        if self._head == "words" and text.masks:
            logits = head_logits(model, states)[0, list(text.masks)].float()  # [masks, V]
            self._check(torch.logsumexp(logits, dim=-1), step)  # single words may be impossible: -inf
            logprobs = torch.log_softmax(logits, dim=-1)
            words = " ".join(self._texts[int(best)].strip() for best in logprobs.argmax(dim=-1))
            return ranked_output(step, self._texts, logprobs[0], text=words if last else None)
        return OutputEvent(step, answer if last else "", -1, 0.0, special=last and not answer)

    def _labelled(self, step: int, logits: Tensor, *, last: bool) -> OutputEvent:
        self._check(logits, step)
        config = self._loaded().config
        if len(logits) == 1:  # a regression: its number is the answer
            return OutputEvent(step, f"{logits.item():.4g}" if last else "", -1, 0.0)
        names = self.labels
        if config.problem_type == "multi_label_classification":
            logprobs = torch.nn.functional.logsigmoid(logits)
            likely = [name for name, value in zip(names, logprobs.exp().tolist(), strict=True) if value >= _LIKELY]
            words = ", ".join(likely) or names[int(logits.argmax())]
        else:
            logprobs = torch.log_softmax(logits, dim=-1)
            words = names[int(logits.argmax())]
        return ranked_output(step, names, logprobs, text=words if last else None)

    def _check(self, numbers: Tensor, step: int) -> None:
        if not bool(torch.isfinite(numbers).all()):
            raise broken_numbers(self._name, step)

    def _whole_attention(self, reading: Reading) -> Iterator[Event]:
        """All of it, or why it is not there."""
        if reading.attention is not None:
            yield EncoderEvent(frozen_array(reading.attention.numpy()))
        elif self.capture != "none":
            tokens = reading.states[-1].shape[1]
            yield NoticeEvent(
                f"The text has {tokens:,} tokens: of its attention only that of one token is kept.", "info"
            )

    def _embedded(
        self, model: PreTrainedModel, reading: Reading, entries: Sequence[Entry]
    ) -> tuple[EmbeddingEvent, list[NoticeEvent]]:
        """The text's vector, and the entries by the cosine of theirs and it."""
        states = reading.states[-1]
        ones = torch.ones(states.shape[:2], device=states.device)
        vector = self.pooling.pooled(states, ones)[0].float().cpu()  # [D]
        cosines: list[tuple[int, float]] = []
        notices: list[NoticeEvent] = []
        if entries:
            texts = [entry.text for entry in entries]
            vectors, cut = embed(
                model, self._tokenizer, self.pooling, texts, most_tokens=self.context_length, name=self._name
            )
            self._check(vectors, len(reading.states) - 1)
            values = torch.nn.functional.cosine_similarity(vectors, vector[None], dim=-1).tolist()
            cosines = sorted(zip((entry.id for entry in entries), values, strict=True), key=lambda pair: -pair[1])
            if any(cut):
                notices.append(
                    NoticeEvent(
                        f"Of {sum(cut)} of {len(cut)} entries only the first {self.context_length:,} tokens are"
                        f" compared, because “{self._name}” can read no more.",
                        "warning",
                    )
                )
        return EmbeddingEvent(frozen_array(vector.numpy()), self.pooling.words, tuple(cosines)), notices

    def _loaded(self) -> PreTrainedModel:
        if self._model is None:
            raise BugError(f"“{self._name}” is asked after it was closed")
        return self._model

    def _notices(self, text: EncoderText) -> Iterator[NoticeEvent]:
        if self._dropped:
            yield NoticeEvent(
                f"“{self._name}” is a {self._dropped}; its head is left out, and its encoder is shown.", "info"
            )
        if self._capture.name == "eager":
            yield NoticeEvent(
                f"Attention of “{self._name}” is read by the slower eager way: {self._capture.reason}.", "info"
            )
        elif self._capture.name == "none":
            yield NoticeEvent(f"What “{self._name}” reads cannot be shown: {self._capture.reason}.", "warning")
        if self._head == "words" and not text.masks:
            mask = getattr(self._tokenizer, "mask_token", None) or "[MASK]"
            yield NoticeEvent(f"There is no {mask} in the text, so no word is predicted; put one where it is missing.")
        if len(text.masks) > 1:
            yield NoticeEvent(f"{len(text.masks)} words are predicted; the views follow the first of them.")


def encoder_model_of(
    model: PreTrainedModel, tokenizer: Any, folder: ModelFolder, architecture: Architecture
) -> EncoderModel:
    """A loaded encoder with what its folder says of pooling."""
    return EncoderModel(
        model,
        tokenizer,
        name=folder.name,
        head=architecture.head,
        pooling=pooling_of(Path(folder.path)),
        dropped=architecture.dropped,
        example=folder.options.get("example", _example(architecture.head, tokenizer)),
    )


def _example(head: str, tokenizer: Any) -> str:
    """A text that shows what a head does; empty where any text will do."""
    mask = getattr(tokenizer, "mask_token", None)
    return f"Paris is the {mask} of France." if head == "words" and mask else ""


def _first_broken(reading: Reading) -> int | None:
    """The first layer whose states are no finite numbers."""
    return next((at for at, states in enumerate(reading.states) if not bool(torch.isfinite(states).all())), None)


def _per_slot(row: Tensor, text: EncoderText) -> Tensor:
    """Attention [H, T] summed over the tokens of each slot: [H, N]."""
    owners = torch.tensor(text.slot_of_token)
    return torch.zeros(row.shape[0], len(text.slots)).index_add(1, owners, row)


def readable_tokens(positions: int | None, model: PreTrainedModel, tokenizer: Any) -> int | None:
    """Tokens that it can read: RoBERTa counts its positions from behind the padding token's."""
    embeddings = getattr(model.base_model, "embeddings", None)
    offset = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
    if positions is not None and offset is not None:
        positions -= offset + 1
    limit = getattr(tokenizer, "model_max_length", None)
    if isinstance(limit, int) and 0 < limit < 10**9:
        return limit if positions is None else min(limit, positions)
    return positions
