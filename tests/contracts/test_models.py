"""What every memory model must do, whatever its memory is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import Event, FinishEvent, OutputEvent, PromptEvent, ReadEvent
from memviz.core.facts import Fact, render
from memviz.core.protocols import NO_RECALL, MemoryModel
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.model import DNCModel
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.encoder.model import EncoderModel
from memviz.models.kv_memnn.config import KVConfig
from memviz.models.kv_memnn.facts_model import FactsModel
from memviz.models.kv_memnn.network import KeyValueMemoryNetwork
from memviz.models.kv_memnn.ngram_model import NGramModel
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.memn2n.story_model import StoryModel
from memviz.models.recurrent.config import RecurrentConfig
from memviz.models.recurrent.model import RecurrentModel
from memviz.models.recurrent.network import RecurrentMemory
from memviz.models.seq2seq.model import Seq2SeqModel
from memviz.models.sequences.model import SequenceModel
from memviz.models.sequences.task import Task
from memviz.models.story_dnc.config import StoryDNCConfig
from memviz.models.story_dnc.model import StoryDNCModel
from memviz.models.story_dnc.network import StoryDNC
from memviz.session.registry import RECALLERS
from memviz.session.session import Session
from tests.models.tiny import tiny_encoder, tiny_model, tiny_seq2seq, tiny_tokenizer, wrapped

FACTS = [
    render(Fact("Blade Runner", "directed_by", ("Ridley Scott",))),
    render(Fact("Alien", "directed_by", ("Ridley Scott",))),
    render(Fact("Alien", "written_by", ("Dan O'Bannon", "Ronald Shusett"))),
]
ENTRIES = [Entry(number, key, text) for number, (key, text) in enumerate(FACTS, 5)]
QUESTION = "who wrote Alien"


def facts_model() -> MemoryModel:
    torch.manual_seed(0)
    return FactsModel(
        KeyValueMemoryNetwork(KVConfig(("wrote",), (1.0,), relations=("directed_by", "written_by"), hops=2)), name="kv"
    )


def story_model() -> MemoryModel:
    torch.manual_seed(0)
    words = ("alien", "blade", "directed", "ridley", "runner", "scott", "was", "who", "wrote")
    return StoryModel(EndToEndMemoryNetwork(MemN2NConfig(vocabulary=words, width=8, slots=2, hops=3)), name="story")


def language_model() -> MemoryModel:
    return wrapped(tiny_model("llama"))


def dnc_model() -> MemoryModel:
    torch.manual_seed(0)
    task = Task("copy", bits=4)
    return DNCModel(
        DifferentiableNeuralComputer(DNCConfig(task.input_size, task.output_size, slots=5, word_size=4)),
        task,
        name="dnc",
    )


def recurrent_model() -> MemoryModel:
    torch.manual_seed(0)
    task = Task("copy", bits=4)
    return RecurrentModel(
        RecurrentMemory(RecurrentConfig(task.input_size, task.output_size, units=6)), task, name="lstm"
    )


def story_dnc_model() -> MemoryModel:
    torch.manual_seed(0)
    words = ("alien", "blade", "directed", "ridley", "runner", "scott", "was", "who", "wrote")
    return StoryDNCModel(StoryDNC(StoryDNCConfig(words, slots=5, word_size=4, hidden_size=8)), name="story-dnc")


def seq2seq_model() -> MemoryModel:
    return Seq2SeqModel(tiny_seq2seq("t5"), tiny_tokenizer(), name="t5")


def encoder_model() -> MemoryModel:
    return EncoderModel(tiny_encoder("bert"), tiny_tokenizer(mask_token="[MASK]"), name="bert", head="words")


def sentence_encoder() -> MemoryModel:
    return EncoderModel(tiny_encoder("bert", head=AutoModel), tiny_tokenizer(), name="embedder", head="none")


#: What models are asked that read sequences.
SEQUENCES = {"dnc": "1010 0110", "recurrent": "1010 0110"}

MODELS: dict[str, Callable[[], MemoryModel]] = {
    "causal-lm": language_model,
    "seq2seq-lm": seq2seq_model,
    "encoder": encoder_model,
    "sentence-encoder": sentence_encoder,
    "kv-memnn": facts_model,
    "kv-ngram": lambda: NGramModel("kv-ngram"),
    "memn2n": story_model,
    "dnc": dnc_model,
    "story-dnc": story_dnc_model,
    "recurrent": recurrent_model,
}


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> MemoryModel:
    return MODELS[request.param]()


@pytest.fixture
def question(request: pytest.FixtureRequest, model: MemoryModel) -> str:
    return SEQUENCES.get(request.node.callspec.params["model"], QUESTION)


def events_of(model: MemoryModel, question: str, **options: Any) -> list[Event]:
    return list(model.run(Query(question, max_tokens=4, **options), ENTRIES, None))


def test_a_model_follows_the_protocol_and_needs_a_recaller_that_is_there(model: MemoryModel) -> None:
    assert isinstance(model, MemoryModel)
    assert model.recall.kind in {*RECALLERS, NO_RECALL}


def test_the_same_query_gives_the_same_run(model: MemoryModel, question: str) -> None:
    first, second = (events_of(model, question, seed=3, temperature=0.7) for _ in range(2))
    assert [type(event) for event in first] == [type(event) for event in second]
    for one, other in zip(first, second, strict=True):
        if isinstance(one, ReadEvent):
            assert np.array_equal(one.read_weights, other.read_weights)
        if isinstance(one, OutputEvent):
            assert one == other


def test_reads_are_distributions_over_the_slots_of_the_prompt(model: MemoryModel, question: str) -> None:
    events = events_of(model, question)
    prompt = next(event for event in events if isinstance(event, PromptEvent))
    assert [slot.index for slot in prompt.slots] == list(range(len(prompt.slots)))
    reads = [event for event in events if isinstance(event, ReadEvent)]
    assert reads
    for read in reads:
        assert read.read_weights.shape[-1] == len(prompt.slots)
        assert not read.read_weights.flags.writeable
        assert (read.read_weights >= 0).all()
        assert (read.read_weights.sum(-1) <= 1 + 1e-5).all()
        assert read.source_weights.shape[-1] == len(prompt.sources)
        assert (read.source_weights.sum(-1) <= read.read_weights.sum(-1) + 1e-5).all()
    assert isinstance(events[-1], FinishEvent)
    assert (
        "".join(event.text for event in events if isinstance(event, OutputEvent)).strip() == events[-1].answer.strip()
    )


def test_events_make_a_trace_whose_frames_are_what_was_told(model: MemoryModel, question: str) -> None:
    trace = Trace(Query(question))
    events = events_of(model, question)
    for event in events:
        trace.append(event)
    reads = [event for event in events if isinstance(event, ReadEvent)]
    assert trace.steps == len(reads)
    assert [trace.frame(step).read for step in range(trace.steps)] == reads


def test_without_entries_and_with_odd_questions_it_ends_or_says_why(model: MemoryModel, question: str) -> None:
    assert isinstance(list(model.run(Query(question, max_tokens=2), [], None))[-1], FinishEvent)
    for odd in ("???", "银翼杀手", "\u202e 🎬"):
        if isinstance(model, SequenceModel):  # no sequence at all
            with pytest.raises(KnownError):
                list(model.run(Query(odd), [], None))
        else:
            assert isinstance(list(model.run(Query(odd, max_tokens=2), [], None))[-1], FinishEvent)


def test_a_run_is_cancelled_within_one_step(model: MemoryModel, question: str) -> None:
    events = model.run(Query(question, max_tokens=50), ENTRIES, None)
    for event in events:
        if isinstance(event, OutputEvent):
            break
    events.close()  # type: ignore[attr-defined]
    assert threading.active_count() < 10
    assert isinstance(
        events_of(model, question)[-1], FinishEvent
    )  # nothing is left behind that would change the next run
    with Session() as session:
        session.use_model(model).result()
        run = session.ask(question, max_tokens=50)
        run.cancel()
        run.wait()
        assert run.trace.finish is not None
