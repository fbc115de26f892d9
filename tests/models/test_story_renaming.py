"""Names are found from the stories alone, and change places in a whole story at once."""

from __future__ import annotations

import random

import torch

from memviz.core.stories import StoryQuestion
from memviz.models.memn2n.data import Batch, StoryTensors
from memviz.models.story_names import kinds_of_names
from memviz.models.story_renaming import Renaming
from memviz.models.vocabulary import story_vocabulary

PEOPLE, PLACES, THINGS = ("john", "mary", "sandra"), ("garden", "kitchen", "office"), ("apple", "ball", "milk")
WANTS = {"hungry": "kitchen", "bored": "garden", "busy": "office"}


def wanderings(count: int = 200) -> list[StoryQuestion]:
    generator = random.Random(0)
    questions = []
    for _ in range(count):
        moves = [(generator.choice(PEOPLE), generator.choice(PLACES)) for _ in range(3)]
        who = generator.choice(moves)[0]
        where = next(place for person, place in reversed(moves) if person == who)
        sentences = tuple(f"{person} went to the {place}." for person, place in moves)
        questions.append(StoryQuestion(sentences, f"Where is {who}?", where, task="where"))
    return questions


def wishes(count: int = 200) -> list[StoryQuestion]:
    """What somebody wants decides where they go: the places are no names here."""
    generator = random.Random(1)
    questions = []
    for _ in range(count):
        who, want = generator.choice(PEOPLE), generator.choice(list(WANTS))
        told = (f"{who} is {want}.", f"{who} went to the {WANTS[want]}.")
        questions.append(StoryQuestion(told, f"Where is {who}?", WANTS[want], task="wish"))
    return questions


def visits(count: int = 200) -> list[StoryQuestion]:
    """Asks about places that nobody was in, too: the answer is then always no."""
    generator = random.Random(3)
    questions = []
    for _ in range(count):
        who, (place, other) = generator.choice(PEOPLE), generator.choices(PLACES, k=2)
        said = (f"{who} went to the {place}.",)
        questions.append(
            StoryQuestion(said, f"Is {who} in the {other}?", "yes" if other == place else "no", task="visit")
        )
    return questions


def sides(count: int = 200) -> list[StoryQuestion]:
    """Asks about sides that were not spoken of, and each is answered another way: sides are no names."""
    generator = random.Random(4)
    opposite = {"north": "south", "south": "north", "east": "west", "west": "east"}
    questions = []
    for _ in range(count):
        one, other = generator.sample(PLACES, 2)
        told, asked = generator.choice(list(opposite)), generator.choice(list(opposite))
        answer = one if asked == told else other if asked == opposite[told] else "nothing"
        question = f"What is {asked} of the {other if asked == told else one}?"
        questions.append(StoryQuestion((f"The {one} is {told} of the {other}.",), question, answer, task="side"))
    return questions


def carried(count: int = 200) -> list[StoryQuestion]:
    generator = random.Random(2)
    questions = []
    for _ in range(count):
        who, things = generator.choice(PEOPLE), generator.sample(THINGS, generator.choice((1, 2)))
        told = tuple(f"{who} took the {thing}." for thing in things)
        questions.append(StoryQuestion(told, f"What has {who}?", ",".join(things), task="carried"))
    return questions


def renamed(questions: list[StoryQuestion], batch: Batch) -> Batch:
    """All questions with other names."""
    renaming = Renaming(questions, story_vocabulary(questions))
    tasks = renaming.numbers([question.task for question in questions])
    words, answers = renaming.drawn(tasks, batch.answers.unsqueeze(1), torch.Generator().manual_seed(0))
    return batch.renamed(words, answers.squeeze(1))


def test_names_are_told_of_stand_in_the_same_places_and_are_free_of_each_other() -> None:
    kinds = kinds_of_names({"where": wanderings(), "wish": wishes(), "carried": carried()})
    assert kinds == {"where": [PLACES, PEOPLE], "wish": [PEOPLE], "carried": [THINGS, PEOPLE]}


def test_what_is_asked_about_untold_is_a_name_if_the_answer_is_always_the_same() -> None:
    assert kinds_of_names({"visit": visits()}) == {"visit": [PLACES, PEOPLE]}
    assert [kind for kind in kinds_of_names({"side": sides()})["side"] if "north" in kind] == []


def test_a_name_is_one_where_it_is_never_asked_about() -> None:
    yes_or_no = [
        StoryQuestion(question.sentences, f"{question.question[:-1]} at home?", "no", task="home")
        for question in wanderings()
    ]
    assert kinds_of_names({"home": yes_or_no}) == {"home": [PEOPLE]}
    assert kinds_of_names({"home": yes_or_no, "where": wanderings()})["home"] == [PLACES, PEOPLE]


def test_a_renamed_story_is_as_right_as_before() -> None:
    questions = [*wanderings(), *wishes(), *carried()]
    vocabulary = story_vocabulary(questions)
    data = StoryTensors.of(questions, vocabulary, 5)
    before = data.batch(torch.arange(len(questions)))
    after = renamed(questions, before)

    def text(words: torch.Tensor) -> list[str]:
        return [vocabulary.word(number) for number in words.tolist() if number]

    changed = 0
    for at, question in enumerate(questions):
        told = [text(sentence) for sentence in after.sentences[at]]  # the newest first
        asked, answer = text(after.questions[at])[2], vocabulary.word(int(after.answers[at]))
        if question.task == "carried":
            assert answer.split(",") == [sentence[-1] for sentence in reversed(told) if sentence]
        else:
            assert answer == next(sentence[-1] for sentence in told if sentence and sentence[0] == asked)
        if question.task == "wish":
            assert answer == question.answer
        changed += not torch.equal(after.sentences[at], before.sentences[at])
    assert changed > 0.8 * len(questions)


def test_nothing_is_renamed_where_there_are_no_names() -> None:
    questions = [StoryQuestion(("It rains.",), "Is it wet?", "yes", task="rain")] * 3
    vocabulary = story_vocabulary(questions)
    before = StoryTensors.of(questions, vocabulary, 2).batch(torch.arange(3))
    after = renamed(questions, before)
    assert torch.equal(after.sentences, before.sentences)
    assert torch.equal(after.answers, before.answers)


def test_answers_of_several_words_and_from_elsewhere_keep_their_words() -> None:
    generator = random.Random(3)
    told = []
    for _ in range(150):
        first, second = generator.sample(("red", "green", "blue", "white"), 2)
        sentences = (f"The {first} ball is in the hall.", f"The {second} ball is in the garden.")
        told.append(StoryQuestion(sentences, "What is in the hall?", f"{first} ball", task="balls"))
        told.append(StoryQuestion(sentences, f"Where is the {second} ball?", "garden", task="balls"))
    assert all("red" not in kind for kind in kinds_of_names({"balls": told})["balls"])
    known = [
        StoryQuestion((f"Mary likes {color}.",), "What does Mary like?", color, task="likes")
        for color in ("red", "green", "blue") * 50
    ]
    colors = ("red", "green", "blue")
    elsewhere = [
        StoryQuestion(("It is here.",), f"What color is thing {number % 60}?", colors[number % 3], task="things")
        for number in range(180)
    ]
    kinds = kinds_of_names({"likes": known, "things": elsewhere})
    assert kinds["likes"] == [tuple(sorted(colors))]
    assert kinds["things"] == []
