"""An encoder-decoder model as a memory model: the text that it reads is its memory, and cross-attention reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import torch
from transformers import PreTrainedModel

from memviz.core.arrays import frozen_array
from memviz.core.entry import Entry
from memviz.core.errors import BugError, KnownError
from memviz.core.events import (
    Alternative,
    Beam,
    BeamEvent,
    EncoderEvent,
    Event,
    FinishEvent,
    HypothesesEvent,
    Hypothesis,
    NoticeEvent,
    OutputEvent,
    ReadEvent,
    RecallEvent,
)
from memviz.core.protocols import NO_RECALL, RecallNeed
from memviz.core.query import Query
from memviz.models.answering.decoding import Ending, broken_numbers, decode
from memviz.models.answering.detokenizer import TokenTexts
from memviz.models.answering.ignored import ignored_options
from memviz.models.answering.sampling import Sampler
from memviz.models.attention.probe import probe_seq2seq
from memviz.models.folders.architecture import Architecture
from memviz.models.folders.model_folder import ModelFolder
from memviz.models.limits import check_bias_memory, context_length, end_token_ids
from memviz.models.prompts.known_tokens import check_vocabulary, unknown_notice
from memviz.models.prompts.prompt import Prompt, PromptBuilder
from memviz.models.prompts.template import PromptTemplate
from memviz.models.prompts.token_slots import source_layout
from memviz.models.release import release
from memviz.models.seq2seq.beam_search import BeamSearch, Branch, Found, SearchOptions
from memviz.models.seq2seq.reader import DecoderReader, Encoded, encode
from memviz.models.seq2seq.rules import rules_of
from memviz.models.threads import threads_for, use_threads

#: The text alone: what is to be translated or summed up is the memory.
SOURCE_TEMPLATE = "{question}"


class Seq2SeqModel:
    """A loaded model with its tokenizer; implements ``core.protocols.MemoryModel``.

    Without entries in its template, the slots are the tokens of the text; with them, the entries. Used by one thread at
    a time (the query thread).

    Args:
        model: a transformers encoder-decoder with a language-model head; put into eval mode.
        tokenizer: its tokenizer.
        name: for messages and titles.
        template: how text and entries become what the encoder reads; None: the text alone.
        stop: strings that end an answer.
        example: a text that it was trained for, to begin with.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        *,
        name: str,
        template: PromptTemplate | None = None,
        stop: Sequence[str] = (),
        example: str = "",
    ) -> None:
        self._model: PreTrainedModel | None = model.eval()
        self._tokenizer = tokenizer
        self._name = name
        self._stop = tuple(stop)
        self.example = example
        self.parameters = sum(parameter.numel() for parameter in model.parameters())
        self.threads = threads_for(self.parameters)
        self.dtype = str(model.dtype).removeprefix("torch.")
        self.device = str(model.device)
        self.context_length = context_length(model, tokenizer)
        self.template = template or PromptTemplate(SOURCE_TEMPLATE, without_entries=True)
        use_threads(self.threads)
        self._capture = probe_seq2seq(model)
        self._texts = TokenTexts(tokenizer)
        self._end_ids = end_token_ids(model, tokenizer)
        self._begin = _begin_ids(model, name)
        self._prompts = PromptBuilder(
            tokenizer,
            self.template,
            chat=False,
            context_length=self.context_length,
            model_name=name,
            layout=source_layout,
            whole=True,
        )

    @property
    def name(self) -> str:
        return self._name

    @property
    def recall(self) -> RecallNeed:
        """By words, where the template has a place for entries."""
        return RecallNeed() if self.template.reads_entries else RecallNeed(NO_RECALL)

    def recall_for(self, query: Query) -> RecallNeed:
        """By words, where the question's own template has a place for entries."""
        return RecallNeed() if self._reads_entries(query) else RecallNeed(NO_RECALL)

    def _reads_entries(self, query: Query) -> bool:
        return self.template.reads_entries if query.template is None else "{entries}" in query.template

    @property
    def layers(self) -> int:
        """L of every read weight: the decoder's."""
        return self._capture.cross.layers

    @property
    def heads(self) -> int:
        """H of every read weight."""
        return self._capture.cross.heads

    @property
    def capture(self) -> str:
        """How cross-attention is captured: ``rows``, ``eager`` or ``none``."""
        return self._capture.cross.name

    @property
    def encoder_capture(self) -> str:
        """How the encoder's attention is captured."""
        return self._capture.encoder.name

    def prompt(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None = None) -> Prompt:
        """What :meth:`run` would have the encoder read.

        Raises:
            KnownError: the text does not fit the context.
        """
        inside = entries if query.use_memory and self._reads_entries(query) else ()
        return self._prompts.build(replace(query, dialogue=()), inside, recall)

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        """Yields the prompt, the encoder's attention, beams where it searches, then a read and an output per token.

        Read weights are those of the decoder over the source. With a beam search the steps come after it, since only
        then it is known which text they belong to.

        Raises:
            KnownError: the text does not fit, an option means nothing, the numbers are broken (NaN), or memory is used
                up.
        """
        model = self._loaded()
        if query.max_tokens < 1:
            raise KnownError(f"An answer needs room for at least 1 token, not {query.max_tokens}.")
        sampler = Sampler.of(query)
        began = time.perf_counter()
        prompt = self.prompt(query, entries, recall)
        if not prompt.tokens.ids:
            raise KnownError("The text has no tokens that the model knows; type another one.")
        check_vocabulary(model, prompt.tokens.ids, self._name)
        check_bias_memory(model, len(prompt.tokens.ids), self._name)
        timings = {"prompt": time.perf_counter() - began}
        yield prompt.event(layers=self.layers, heads=self.heads, capture=self.capture)
        yield from self._notices(query, prompt)
        yield from ignored_options(query, self._name, "dialogue", "neurons")
        yield from unknown_notice(self._tokenizer, prompt.tokens, self._name)
        use_threads(self.threads)
        began = time.perf_counter()
        encoded = encode(model, self._capture.encoder, prompt.tokens.ids)
        timings["encode"] = time.perf_counter() - began
        if not bool(torch.isfinite(encoded.outputs.last_hidden_state).all()):
            raise broken_numbers(self._name, 0)
        if encoded.attention is not None:
            yield EncoderEvent(frozen_array(encoded.attention.numpy()))
        width = self._width(query, model)
        reader = self._reader(model, encoded, prompt, query)
        if width > 1:
            yield from self._search(reader, query, model, width, timings)
            return
        yield from decode(
            reader,
            self._begin,
            tokenizer=self._tokenizer,
            texts=self._texts,
            sampler=sampler,
            ending=Ending(query.max_tokens, self._end_ids, self._stop),
            model_name=self._name,
            timings=timings,
        )

    def close(self) -> None:
        """Lets go of the weights; the model cannot run any more. May be called twice."""
        self._model = None
        release()

    def _width(self, query: Query, model: PreTrainedModel) -> int:
        """Beams: as asked for, else as the model's own configuration says; sampling searches with none."""
        if query.temperature > 0:
            return 1
        return query.beams or int(getattr(model.generation_config, "num_beams", None) or 1)

    def _reader(self, model: PreTrainedModel, encoded: Encoded, prompt: Prompt, query: Query) -> DecoderReader:
        rules = rules_of(
            model.generation_config,
            most=len(self._begin) + query.max_tokens,
            ends=sorted(self._end_ids),
            begin=len(self._begin),
            device=model.device,
        )
        return DecoderReader(
            model,
            self._capture,
            encoded,
            slot_of_token=prompt.slot_of_token,
            slots=len(prompt.slots),
            rules=rules,
        )

    def _search(
        self, reader: DecoderReader, query: Query, model: PreTrainedModel, width: int, timings: dict[str, float]
    ) -> Iterator[Event]:
        config = model.generation_config
        options = SearchOptions(
            width,
            query.max_tokens,
            self._end_ids,
            1.0 if config.length_penalty is None else float(config.length_penalty),
            config.early_stopping if config.early_stopping is not None else False,
        )
        search = BeamSearch(reader, self._begin, options)
        ids: list[list[int]] = [[]]
        steps = search.steps()
        number = 0
        while True:
            began = time.perf_counter()
            branches = next(steps, None)
            timings["generate"] = timings.get("generate", 0.0) + time.perf_counter() - began
            if branches is None:
                break
            reached = [[*ids[branch.parent], branch.token_id] for branch in branches]
            yield BeamEvent(
                number,
                tuple(self._beam(branch, text, number) for branch, text in zip(branches, reached, strict=True)),
            )
            ids = [text for text, branch in zip(reached, branches, strict=True) if branch.kept]
            number += 1
        found = search.found()
        if search.broken or not found:
            raise broken_numbers(self._name, number)
        yield HypothesesEvent(
            tuple(
                Hypothesis(self._text([token.token_id for token in each.tokens]), each.score, each.logprob, each.path)
                for each in found
            ),
            options.length_penalty,
        )
        yield from self._steps(found[0])
        answer = self._text([token.token_id for token in found[0].tokens])
        yield FinishEvent("end" if found[0].ended else "length", answer, MappingProxyType(dict(timings)))

    def _beam(self, branch: Branch, ids: Sequence[int], number: int) -> Beam:
        parent = branch.parent if number else -1
        return Beam(self._text(ids), self._texts[branch.token_id], branch.logprob, parent, branch.kept)

    def _steps(self, found: Found) -> Iterator[Event]:
        """Reads and outputs of the chosen text; each token's text is what it adds to the answer."""
        before = ""
        ids: list[int] = []
        for step, token in enumerate(found.tokens):
            ids.append(token.token_id)
            now = self._text(ids)
            ended = token.token_id in self._end_ids
            last = step == len(found.tokens) - 1
            text = now[len(before) :] if last or not now.endswith("\ufffd") else ""
            before += text
            if token.weights is not None:
                yield ReadEvent(step, frozen_array(token.weights.numpy()))
            yield OutputEvent(
                step=step,
                text=text,
                token_id=token.token_id,
                logprob=token.logprob,
                alternatives=tuple(Alternative(self._texts[i], i, logprob) for i, logprob in token.runners_up),
                special=ended and not text,
            )

    def _text(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _loaded(self) -> PreTrainedModel:
        if self._model is None:
            raise BugError(f"“{self._name}” is asked after it was closed")
        return self._model

    def _notices(self, query: Query, prompt: Prompt) -> Iterator[NoticeEvent]:
        if query.beams > 1 and query.temperature > 0:
            yield NoticeEvent(
                f"Sampling at a temperature of {query.temperature:g} searches with no beams; set it to 0 to search"
                f" with {query.beams}.",
                "warning",
            )
        cross = self._capture.cross
        if cross.name == "eager":
            yield NoticeEvent(f"Attention of “{self._name}” is read by the slower eager way: {cross.reason}.", "info")
        elif cross.name == "none":
            yield NoticeEvent(
                f"What “{self._name}” reads cannot be shown: {cross.reason}; the answer is not affected.", "warning"
            )
        if prompt.cut:
            total = len(prompt.entries) + len(prompt.cut)
            yield NoticeEvent(
                f"{len(prompt.cut)} of {total} entries are left out, because “{self._name}” can read only"
                f" {self.context_length:,} tokens.",
                "warning",
            )


def seq2seq_model_of(model: PreTrainedModel, tokenizer: Any, folder: ModelFolder, _: Architecture) -> Seq2SeqModel:
    """A loaded model with the options of its folder."""
    options = folder.options
    template = PromptTemplate(
        options.get("template", SOURCE_TEMPLATE), options.get("entry", "- {text}"), without_entries=True
    )
    return Seq2SeqModel(
        model,
        tokenizer,
        name=folder.name,
        template=template,
        stop=options.get("stop", ()),
        example=options.get("example", ""),
    )


def _begin_ids(model: PreTrainedModel, name: str) -> list[int]:
    """The decoder tokens that an answer begins with.

    Raises:
        KnownError: the model's configuration names none.
    """
    generation = getattr(model, "generation_config", None)
    for named in (
        getattr(generation, "decoder_start_token_id", None),
        getattr(model.config, "decoder_start_token_id", None),
        getattr(generation, "bos_token_id", None),
    ):
        if isinstance(named, int):
            return [named]
    raise KnownError(
        f"The configuration of “{name}” names no token that an answer begins with; add decoder_start_token_id to its"
        " config.json."
    )
