"""A DNC that reads stories: streams, training, and its events."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import FinishEvent, NoticeEvent, PromptEvent
from memviz.core.query import Query
from memviz.core.stories import StoryQuestion, story_words
from memviz.core.trace import Trace
from memviz.models.load_network import load_story_dnc
from memviz.models.story_dnc.config import StoryDNCConfig
from memviz.models.story_dnc.model import StoryDNCModel
from memviz.models.story_dnc.network import StoryDNC
from memviz.models.story_dnc.recipe import StoryDNCRecipe
from memviz.models.story_dnc.streams import Streams, side_by_side, stories_of
from memviz.models.story_dnc.train import StoryDNCTraining, error
from memviz.models.training.fit import fit
from memviz.models.vocabulary import Vocabulary, story_vocabulary

STORY = ("Mary went home.", "John slept.", "Mary left.")
QUESTIONS = [
    StoryQuestion(STORY[:2], "Where is Mary?", "home", task="a"),
    StoryQuestion(STORY, "Who slept?", "John", task="a"),
]
SIZES = {"slots": 6, "word_size": 8, "read_heads": 2, "hidden_size": 24}


def said(number: int) -> list[StoryQuestion]:
    """Somebody is somewhere; who, and where, is to be remembered."""
    generator = random.Random(number)
    questions = []
    for _ in range(number):
        place = generator.choice(("home", "work", "school"))
        questions.append(StoryQuestion((f"mary is at {place}.",), "where is mary?", place, task="said"))
    return questions


def test_questions_of_a_story_belong_together() -> None:
    other = StoryQuestion(("It rained.",), "Did it?", "yes", task="a")
    assert stories_of([*QUESTIONS, other, QUESTIONS[0]]) == [QUESTIONS, [other], [QUESTIONS[0]]]


def test_a_stream_has_the_words_the_marks_and_the_answers_at_their_places() -> None:
    vocabulary = story_vocabulary(QUESTIONS)
    streams = Streams(StoryDNCConfig(vocabulary.words))
    stream = streams.of_story(QUESTIONS, [True, True])
    words = [streams.text(row) for row in stream.ids.tolist()]
    assert " ".join(words) == "mary went home . john slept . where is mary ? mary left . who slept ?"
    answered = {words[at - 1]: vocabulary.word(int(stream.answers[at])) for at in stream.answers.nonzero()[:, 0]}
    assert answered == {"mary": "home", "slept": "john"}
    alone = streams.of_story(QUESTIONS, [False, True])
    assert torch.equal(alone.ids, streams.of_question(QUESTIONS[1]).ids)
    assert torch.equal(alone.answers, streams.of_question(QUESTIONS[1]).answers)


def test_streams_side_by_side_end_in_no_word() -> None:
    config = StoryDNCConfig(story_vocabulary(QUESTIONS).words, **SIZES)
    together = side_by_side([Streams(config).of_question(question) for question in QUESTIONS])
    assert together.ids.shape == (13, 2, 1)
    assert together.ids[11:, 0, 0].tolist() == [0, 0]
    assert StoryDNC(config).inputs(together.ids).sum() == 11 + 13


def test_a_sentence_may_be_one_step_and_its_words_keep_their_places() -> None:
    config = StoryDNCConfig(story_vocabulary(QUESTIONS).words, sentence=3, **SIZES)
    streams = Streams(config)
    stream = streams.of_story(QUESTIONS, [True, True])
    told = [streams.text([number for number in row if number]) for row in stream.ids.tolist()]
    assert told == ["mary went home .", "john slept .", "where is mary", "?", "mary left .", "who slept", "?"]
    assert (stream.answers > 0).tolist() == [False, False, False, True, False, False, True]
    inputs = StoryDNC(config).inputs(stream.ids).view(7, 4, config.symbols)
    assert inputs.sum((1, 2)).tolist() == [4, 3, 3, 1, 3, 2, 1]
    mary = Vocabulary(config.vocabulary).id_of("mary")
    assert inputs[:, :, mary].nonzero().tolist() == [[0, 0], [2, 2], [4, 0]]  # step and place
    cut = Streams(StoryDNCConfig(story_vocabulary(QUESTIONS).words, sentence=2))
    assert cut.text(cut.sentence("Mary went home.", ".")[0]) == "mary went ."


def test_it_learns_where_somebody_is_and_opens_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.models.story_dnc.train.ROUND", 20)
    recipe = StoryDNCRecipe(**SIZES, rounds=6, rate=1e-2)
    training = StoryDNCTraining(said(60), recipe)
    figures = fit(training, tmp_path, rounds=6, watch="error")
    assert figures["error"] == 0
    opened = load_story_dnc(str(tmp_path))
    events = list(opened.run(Query("Where is Mary?"), [Entry(1, "", "Mary is at work.")], None))
    assert isinstance(events[-1], FinishEvent)
    assert events[-1].answer == "work"
    assert error(training.network, said(30)) == 0


@pytest.mark.parametrize("by_sentence", [True, False])
def test_renamed_stories_are_as_right_as_before_and_keep_their_marks(by_sentence: bool) -> None:
    training = StoryDNCTraining(said(60), StoryDNCRecipe(**SIZES, by_sentence=by_sentence))
    streams = Streams(training.network.config)
    before = side_by_side([streams.of_question(question) for question in said(30)])
    after = training._renamed(before, ["said"] * 30)
    changed = 0
    for at in range(30):
        told = [streams.text([number for number in row if number]) for row in after.ids[:, at].tolist()]
        place = " ".join(told).split()[3]  # mary is at PLACE
        assert training.vocabulary.word(int(after.answers[-1, at])) == place
        changed += not torch.equal(before.ids[:, at], after.ids[:, at])
    marks = before.ids > len(training.vocabulary)
    assert torch.equal(before.ids[marks], after.ids[marks])
    assert changed > 10


def test_a_seed_decides_and_a_state_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.models.story_dnc.train.ROUND", 2)
    recipe = StoryDNCRecipe(**SIZES, rounds=4, batch=4)
    first, half, other = (StoryDNCTraining(said(40), recipe) for _ in range(3))
    whole = [first.round() for _ in range(4)]
    assert [half.round(), half.round()] == whole[:2]
    other.restore(half.state())
    assert [other.round(), other.round()] == whole[2:]


def model() -> StoryDNCModel:
    torch.manual_seed(0)
    network = StoryDNC(StoryDNCConfig(story_vocabulary(QUESTIONS).words, **SIZES))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(3.0)
    return StoryDNCModel(network, name="reader")


@pytest.mark.parametrize(
    ("told", "notices"),
    [
        ("Mary went home", []),
        ("Mary well went well home.", ["The model was not trained on “well”"]),
        ("Mary Mary went home.", ["One sentence is longer than the 3 words that the model was trained on"]),
    ],
)
def test_a_sentence_that_is_cut_is_told(told: str, notices: list[str]) -> None:
    made = StoryDNCModel(StoryDNC(StoryDNCConfig(story_vocabulary(QUESTIONS).words, sentence=3, **SIZES)), name="r")
    events = made.run(Query("Where is Mary?"), [Entry(1, "", told)], None)
    said = [event.message for event in events if isinstance(event, NoticeEvent)]
    assert len(said) == len(notices)
    assert all(text.startswith(start) for text, start in zip(said, notices, strict=True))


def test_a_run_reads_the_oldest_sentence_first_and_answers_at_the_end() -> None:
    made = model()
    trace = Trace(Query("Where is Mary?"))
    entries = [Entry(number, "", text) for number, text in reversed(list(enumerate(STORY, 1)))]  # the newest first
    for event in made.run(trace.query, entries, None):
        trace.append(event)
    assert isinstance(trace.prompt, PromptEvent)
    assert " ".join(trace.prompt.step_texts) == "mary went home . john slept . mary left . where is mary ?"
    assert trace.steps == len(trace.prompt.step_texts)
    assert [bool(output.text) for output in trace.outputs] == [False] * (trace.steps - 1) + [True]
    assert trace.outputs[-1].text == trace.finish.answer
    assert trace.read(0).read_weights.shape == (2, 6)
    stream = Streams(made._network.config).of_question(StoryQuestion(STORY, "Where is Mary?", "home", task="a"))
    with torch.no_grad():
        logits = made._network(stream.ids.unsqueeze(1))[-1, 0, 1:]
    assert trace.outputs[-1].logprob == pytest.approx(torch.log_softmax(logits, -1).max().item(), abs=1e-4)
    assert np.isfinite(trace.frame(trace.steps - 1).memory).all()
    assert [(slot.kind, slot.entry_id) for slot in trace.prompt.sources] == [
        *(("entry", number) for number in range(1, len(STORY) + 1)),
        ("question", None),
    ]
    assert trace.prompt.step_texts[trace.prompt.answer_from :] == ("where", "is", "mary", "?")
    for step in range(trace.steps):
        read = trace.read(step)
        assert read.source_weights.sum(-1) == pytest.approx(read.read_weights.sum(-1), abs=1e-5)
        later = sum(len(story_words(text)) + 1 for text in STORY[:1]) <= step
        assert (read.source_weights[:, 1:].sum() > 0) == later  # the second sentence was not told before


def test_unknown_words_are_named_and_nothing_told_is_said() -> None:
    notices = [event for event in model().run(Query("Where is Zoe?"), [], None) if isinstance(event, NoticeEvent)]
    assert len(notices) == 2
    assert "No sentence" in notices[0].message
    assert "“zoe”" in notices[1].message


def test_a_vocabulary_is_needed() -> None:
    with pytest.raises(KnownError, match="vocabulary"):
        StoryDNCConfig()


def test_one_story_is_too_few() -> None:
    with pytest.raises(KnownError, match="too few"):
        StoryDNCTraining(said(1), StoryDNCRecipe(**SIZES))
