"""A causal language model as a memory model: it reads recalled entries in its prompt and tells what it read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

from memviz.core.arrays import FloatArray, frozen_array
from memviz.core.entry import Entry
from memviz.core.errors import BugError, KnownError
from memviz.core.events import Event, NoticeEvent, RecallEvent
from memviz.core.neurons import NeuronReport, NeuronScale
from memviz.core.protocols import NO_RECALL, RecallNeed
from memviz.core.query import Query
from memviz.models.answering.decoding import CHUNK, Ending, decode
from memviz.models.answering.detokenizer import TokenTexts
from memviz.models.answering.ignored import ignored_options
from memviz.models.answering.sampling import Sampler
from memviz.models.attention.probe import probe_capture
from memviz.models.causal.token_reader import TokenReader
from memviz.models.feed_forward.memory import WeightsMemory
from memviz.models.folders.architecture import Architecture
from memviz.models.folders.model_folder import ModelFolder
from memviz.models.limits import context_length, end_token_ids
from memviz.models.machine_limits import limits_known
from memviz.models.prompts.known_tokens import check_vocabulary, unknown_notice
from memviz.models.prompts.prompt import Prompt, PromptBuilder
from memviz.models.prompts.template import DEFAULT_CHAT_TEMPLATE, DEFAULT_TEMPLATE, PromptTemplate
from memviz.models.release import release
from memviz.models.threads import threads_for, use_threads


class CausalLanguageModel:
    """A loaded model with its tokenizer; implements ``core.protocols.MemoryModel``.

    Used by one thread at a time (the query thread).

    Args:
        model: a transformers causal language model; put into eval mode.
        tokenizer: its tokenizer.
        name: for messages and titles.
        template: how entries and question become a prompt; None: a plain one, or one for the tokenizer's chat template.
        stop: strings that end an answer.
        recall: how entries are chosen for it; ``NO_RECALL`` for a model that answers from its weights alone.
        folder: that it came from, whose options an edited model keeps; None: none.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        *,
        name: str,
        template: PromptTemplate | None = None,
        stop: Sequence[str] = (),
        recall: RecallNeed | None = None,
        folder: Path | None = None,
    ) -> None:
        self._model: PreTrainedModel | None = model.eval()
        self._tokenizer = tokenizer
        self._name = name
        self._stop = tuple(stop)
        self._recall = recall or RecallNeed()
        self.parameters = sum(parameter.numel() for parameter in model.parameters())
        self.threads = threads_for(self.parameters)
        self.dtype = str(model.dtype).removeprefix("torch.")
        self.device = str(model.device)
        self.context_length = context_length(model, tokenizer)
        self.chat = bool(getattr(tokenizer, "chat_template", None))
        self.template = template or PromptTemplate(DEFAULT_CHAT_TEMPLATE if self.chat else DEFAULT_TEMPLATE)
        use_threads(self.threads)
        self._kind = probe_capture(model)
        self._texts = TokenTexts(tokenizer)
        self._folder = folder
        self._weights: WeightsMemory | None = None
        self._last: TokenReader | None = None  # of the newest run, so that its steps can be looked at again
        self._last_scales: tuple[NeuronScale, ...] = ()
        self._last_version = 0
        self._end_ids = end_token_ids(model, tokenizer)
        self._prompts = PromptBuilder(
            tokenizer, self.template, chat=self.chat, context_length=self.context_length, model_name=name
        )

    @property
    def name(self) -> str:
        return self._name

    @property
    def recall(self) -> RecallNeed:
        """By words, unless it was told otherwise."""
        return self._recall

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes in the prompt, without special ones."""
        return len(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    @property
    def layers(self) -> int:
        """L of every read weight."""
        return self._kind.layers

    @property
    def heads(self) -> int:
        """H of every read weight."""
        return self._kind.heads

    @property
    def capture(self) -> str:
        """How attention is captured: ``rows``, ``eager`` or ``none``."""
        return self._kind.name

    @property
    def weights(self) -> WeightsMemory:
        """The memory in its weights; looked for at first use.

        Raises:
            KnownError: the architecture has no feed-forward layers of a known form.
        """
        if self._weights is None:
            self._weights = WeightsMemory(self._loaded(), self._tokenizer, self._texts, original=self._folder)
        return self._weights

    @property
    def weights_version(self) -> int:
        """Counts the edits of the weights and what took them back; 0 as loaded."""
        return 0 if self._weights is None else self._weights.version

    def prompt(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None = None) -> Prompt:
        """The prompt that :meth:`run` would read.

        Raises:
            KnownError: the question does not fit the context, or the template cannot be used.
        """
        return self._prompts.build(query, entries if query.use_memory else (), recall)

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        """Yields the prompt, notices, then a read and an output per token, then the finish.

        Nothing of the model is changed between two events, so the generator may be closed at any time.

        Raises:
            KnownError: the question does not fit, an option means nothing, the numbers are broken (NaN), or memory is
                used up.
        """
        return self._run(query, entries, recall, keep=True)

    def rehearse(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        """As :meth:`run`, but the newest run stays the one whose steps can be looked at again."""
        return self._run(query, entries, recall, keep=False)

    def _run(
        self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None, *, keep: bool
    ) -> Iterator[Event]:
        model = self._loaded()
        if query.max_tokens < 1:
            raise KnownError(f"An answer needs room for at least 1 token, not {query.max_tokens}.")
        sampler = Sampler.of(query)
        began = time.perf_counter()
        prompt = self.prompt(query, entries, recall)
        timings = {"prompt": time.perf_counter() - began}
        check_vocabulary(model, prompt.tokens.ids, self._name)
        yield prompt.event(layers=self.layers, heads=self.heads, capture=self.capture)
        yield from self._notices(query, prompt)
        yield from ignored_options(query, self._name, "beams")
        yield from unknown_notice(self._tokenizer, prompt.tokens, self._name)
        use_threads(self.threads)
        reader = TokenReader(
            model,
            self._kind,
            slot_of_token=prompt.slot_of_token,
            later_slot=len(prompt.slots) - 1,
            slots=len(prompt.slots),
            capacity=len(prompt.tokens.ids) + prompt.answer_room,
            around=self._around(query.neurons),
        )
        if keep:
            self._last, self._last_scales, self._last_version = reader, query.neurons, self.weights_version
        try:
            yield from decode(
                reader,
                prompt.tokens.ids,
                tokenizer=self._tokenizer,
                texts=self._texts,
                sampler=sampler,
                ending=Ending(prompt.answer_room, self._end_ids, self._stop),
                model_name=self._name,
                timings=timings,
            )
        except KnownError:
            if self._last is reader:
                self._last = None  # its cache is half-written, and where memory was used up it holds much of it
            raise

    def attention_rows(self, token_ids: Sequence[int], scales: Sequence[NeuronScale] = ()) -> FloatArray:
        """Attention of the last of these tokens over all of them, [L, H, T]: computed anew for one chosen step.

        The row behind step k of a run is that of its prompt's tokens and the first k answer tokens. For the newest run
        this takes the time of one step; for another one all tokens are read anew.

        Raises:
            KnownError: the model hands out no attention, or memory is used up.
        """
        model = self._loaded()
        if self._kind.name == "none":
            raise KnownError(f"“{self._name}” hands out no attention; choose another model to see it.")
        with self._at_last_token(model, token_ids, scales) as (reader, read):
            read()
            return frozen_array(reader.rows().numpy())

    @contextmanager
    def _at_last_token(
        self, model: PreTrainedModel, token_ids: Sequence[int], scales: Sequence[NeuronScale] = ()
    ) -> Iterator[tuple[TokenReader, Callable[[], Tensor]]]:
        """A reader that has read all but the last of these tokens, and the call that reads it."""
        use_threads(self.threads)
        position = len(token_ids) - 1
        last = self._last
        known = (self._last_scales, self._last_version) == (tuple(scales), self.weights_version)
        if last is not None and known and last.ids[: position + 1] == tuple(token_ids) and last.can_reread(position):
            with last.reread(position) as read:
                yield last, read
            return
        reader = TokenReader(
            model,
            self._kind,
            slot_of_token=(),
            later_slot=0,
            slots=1,
            capacity=len(token_ids),
            keep_rows=True,
            around=self._around(scales),
        )
        before = token_ids[:position]
        if reader.skims:
            for start in range(0, position, CHUNK):
                reader.skim(before[start : start + CHUNK])
        elif before:
            reader.read(before)
        yield reader, lambda: reader.read(token_ids[position:])[0]

    def neuron_report(
        self, token_ids: Sequence[int], scales: Sequence[NeuronScale] = (), *, strongest: int = 12, tokens: int = 8
    ) -> NeuronReport:
        """What the feed-forward layers do at the last of these tokens; as fast as :meth:`attention_rows`.

        Args:
            scales: the neurons that were scaled when these tokens were read.
            strongest: neurons per layer.
            tokens: that each of them promotes and demotes.

        Raises:
            KnownError: the architecture has no feed-forward layers of a known form, or memory is used up.
        """
        weights = self.weights
        with self._at_last_token(self._loaded(), token_ids, scales) as (_, read), weights.seen() as seen:
            read()
        with limits_known():
            return weights.report(seen, strongest=strongest, tokens=tokens)

    def _around(self, scales: Sequence[NeuronScale]) -> Callable[[], AbstractContextManager[None]]:
        return partial(self.weights.scaled, tuple(scales)) if scales else nullcontext

    def close(self) -> None:
        """Lets go of the weights; the model cannot run any more. May be called twice."""
        self._model = self._last = self._weights = None
        release()

    def _loaded(self) -> PreTrainedModel:
        if self._model is None:
            raise BugError(f"“{self._name}” is asked after it was closed")
        return self._model

    def _notices(self, query: Query, prompt: Prompt) -> Iterator[NoticeEvent]:
        if self._kind.name == "eager":
            yield NoticeEvent(
                f"Attention of “{self._name}” is read by the slower eager way: {self._kind.reason}.", "info"
            )
        elif self._kind.name == "none":
            yield NoticeEvent(
                f"What “{self._name}” reads cannot be shown: {self._kind.reason}; the answer is not affected.",
                "warning",
            )
        holds = f"“{self._name}” can read only" if not query.window else "the window holds"
        if prompt.cut and prompt.context_length is not None:
            total = len(prompt.entries) + len(prompt.cut)
            yield NoticeEvent(
                f"{len(prompt.cut)} of {total} entries are left out of the prompt, because {holds}"
                f" {prompt.context_length:,} tokens.",
                "warning",
            )
        if prompt.cut_turns and prompt.context_length is not None:
            yield NoticeEvent(
                f"The oldest {prompt.cut_turns} of {len(query.dialogue)} turns of the dialogue are left out, because"
                f" {holds} {prompt.context_length:,} tokens.",
                "warning",
            )
        if not prompt.entries and self.recall.kind != NO_RECALL:
            why = _why_without_memory(query, prompt)
            yield NoticeEvent(f"The model is asked without memory: {why}.", "info")


def causal_model_of(
    model: PreTrainedModel, tokenizer: Any, folder: ModelFolder, _: Architecture
) -> CausalLanguageModel:
    """A loaded model with the options of its folder."""
    options = folder.options
    template = None
    if "template" in options or "entry" in options:
        template = PromptTemplate(options.get("template", DEFAULT_TEMPLATE), options.get("entry", "- {text}"))
    return CausalLanguageModel(
        model,
        tokenizer,
        name=folder.name,
        template=template,
        stop=options.get("stop", ()),
        recall=RecallNeed(NO_RECALL) if options.get("recall") == NO_RECALL else None,
        folder=folder.path,
    )


def _why_without_memory(query: Query, prompt: Prompt) -> str:
    if not query.use_memory:
        return "memory is switched off for this question"
    return "no entry fits the prompt" if prompt.cut else "no entry was recalled"
