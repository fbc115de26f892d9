"""Stories as tensors, and a very small training."""

from __future__ import annotations

import copy
import math
import random
from pathlib import Path

import pytest
import torch

from memviz.core.errors import KnownError
from memviz.core.stories import StoryQuestion
from memviz.models.memn2n.data import StoryTensors
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.memn2n.recipe import MemN2NRecipe
from memviz.models.memn2n.train import MemN2NTraining, error
from memviz.models.training.fit import fit
from memviz.models.vocabulary import story_vocabulary

STORY = ("Mary went to the garden.", "John went home.", "Mary slept.")


def wanderings(count: int) -> list[StoryQuestion]:
    """Who is where: the last sentence about a person tells."""
    generator = random.Random(0)
    questions = []
    for _ in range(count):
        moves = [
            (generator.choice(("mary", "john", "sandra")), generator.choice(("garden", "kitchen", "office", "park")))
            for _ in range(4)
        ]
        who, where = generator.choice(moves)
        where = next(place for person, place in reversed(moves) if person == who)
        sentences = tuple(f"{person} went to the {place}." for person, place in moves)
        questions.append(StoryQuestion(sentences, f"where is {who}?", where))
    return questions


def test_stories_are_newest_first_and_cut_at_the_old_end() -> None:
    question = StoryQuestion(STORY, "Where is Mary?", "Garden")
    vocabulary = story_vocabulary([question])
    tensors = StoryTensors.of([question], vocabulary, 2)
    batch = tensors.batch(torch.tensor([0]))
    words = [[vocabulary.word(number) for number in row if number] for row in batch.sentences[0].tolist()]
    assert words == [["mary", "slept"], ["john", "went", "home"]]
    assert vocabulary.word(batch.answers[0].item()) == "garden"
    assert tensors.lengths.tolist() == [2]


def test_unknown_words_are_left_out_and_an_unknown_answer_is_never_right() -> None:
    vocabulary = story_vocabulary([StoryQuestion(STORY, "Where is Mary?", "garden")])
    tensors = StoryTensors.of([StoryQuestion(("Mary ate an apple.",), "Where is Peter?", "moon")], vocabulary, 5)
    batch = tensors.batch(torch.tensor([0]))
    assert (batch.sentences > 0).sum() == 1
    assert batch.answers.tolist() == [0]


def test_blanks_keep_the_order_and_drop_the_oldest() -> None:
    questions = [StoryQuestion(tuple(f"word{number}." for number in range(size)), "what?", "x") for size in (20, 9, 1)]
    tensors = StoryTensors.of(questions, story_vocabulary(questions), 20)
    generator = torch.Generator().manual_seed(0)
    seen = set()
    for _ in range(50):
        for at in range(3):
            whole = tensors.stories[at][tensors.stories[at] > 0].tolist()
            batch = tensors.batch(torch.tensor([at]), blanks=0.3, generator=generator)
            there = batch.sentences[0].any(-1)
            found = batch.sentences[0][there][:, 0].tolist()
            expected = tensors.texts[whole][:, 0].tolist()
            assert found == expected[: len(found)]
            assert len(found) == len(expected) or (at == 0 and len(found) >= 14)  # ceil(0.3 * 20) blanks at most
            seen.add((at, len(there)))
    assert {length for at, length in seen if at == 1} == {9, 10, 11, 12}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MemN2NTraining, dict[str, float]]:
    folder = tmp_path_factory.mktemp("memn2n")
    recipe = MemN2NRecipe(width=20, slots=10, hops=1, epochs=40, linear_epochs=10, trials=1, rate=0.03)
    training = MemN2NTraining(wanderings(500), recipe)
    return folder, training, fit(training, folder, rounds=recipe.epochs, watch="error")


def test_training_learns_where_people_are(trained) -> None:
    folder, training, figures = trained
    assert figures["error"] < 0.15
    again = EndToEndMemoryNetwork.from_pretrained(folder)
    data = StoryTensors.of(wanderings(600)[500:], training.vocabulary, 10)
    assert error(again, data) == error(training.network, data) < 0.15


def test_a_seed_decides_and_a_state_continues() -> None:
    def losses(training: MemN2NTraining, rounds: int) -> list[float]:
        return [training.round() for _ in range(rounds)]

    recipe = MemN2NRecipe(width=8, slots=5, epochs=5, linear_epochs=1, trials=2, trial_epochs=2)
    questions = wanderings(60)
    whole = losses(MemN2NTraining(questions, recipe), recipe.rounds)
    assert len(whole) == 7
    assert losses(MemN2NTraining(questions, recipe), 7) == whole
    for done in (1, 3, 4):  # in both trials, and after them
        half = MemN2NTraining(questions, recipe)
        losses(half, done)
        other = MemN2NTraining(questions, recipe)
        other.restore(half.state())
        assert losses(other, 7 - done) == whole[done:]


def test_too_few_stories_and_lengths_of_nothing_are_refused() -> None:
    with pytest.raises(KnownError, match="too few"):
        MemN2NTraining(wanderings(1), MemN2NRecipe(width=8, slots=5))
    for name in ("epochs", "trials", "trial_epochs"):
        with pytest.raises(KnownError, match=name):
            MemN2NRecipe(**{name: 0})
    with pytest.raises(KnownError, match="linear start"):
        MemN2NRecipe(epochs=5, linear_epochs=5)


def test_the_last_epoch_of_a_trial_is_measured_too() -> None:
    recipe = MemN2NRecipe(width=8, slots=5, epochs=4, linear_epochs=1, trials=2, trial_epochs=2)
    training = MemN2NTraining(wanderings(40), recipe)
    measured = []
    for _ in range(recipe.rounds):
        training.round()
        measured.append(math.isfinite(training.figures()["error"]))
    assert measured == [False, True, False, True, True, True]


def test_trials_may_see_a_part_of_the_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = MemN2NRecipe(
        width=8, slots=5, epochs=4, linear_epochs=1, trials=2, trial_epochs=2, trial_share=0.25, batch=9
    )
    training = MemN2NTraining(wanderings(200), recipe)
    seen: list[int] = []
    loss = training._loss

    def counted(rows: torch.Tensor) -> torch.Tensor:
        seen.append(len(rows))
        return loss(rows)

    monkeypatch.setattr(training, "_loss", counted)
    for expected in (45, 45, 45, 45, 180, 180):  # a tenth is kept out
        seen.clear()
        training.round()
        assert sum(seen) == expected


def test_the_trial_with_the_least_loss_goes_on() -> None:
    recipe = MemN2NRecipe(width=8, slots=5, epochs=6, linear_epochs=1, trials=3, trial_epochs=2, renaming=False)
    training = MemN2NTraining(wanderings(200), recipe)
    ends, networks = [], []
    for number in range(6):
        assert (training.trial, training.epoch) == divmod(number, 2)
        before = copy.deepcopy(training.network.state_dict())
        loss = training.round()
        if number % 2 == 1:
            ends.append(loss)
            networks.append(before)  # one epoch before its end: near it, and far from the other trials
    assert training.chosen
    assert training.epoch == 2
    apart = [
        float((network["embeddings"] - training.network.state_dict()["embeddings"]).norm()) for network in networks
    ]
    assert apart.index(min(apart)) == ends.index(min(ends))
