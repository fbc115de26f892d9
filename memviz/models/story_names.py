"""Which words of a task are names: words that could change places without changing what is right.

Whether it is Mary or John who went to the garden does not matter, as long as the question asks about the same one. A
task's names are found from its stories and questions alone: a *name* is answered only where the story tells of it, and
where it is asked about although the story does not tell of it, the answer is always the same (nobody is in a garden
that was never spoken of); names of one kind stand in the same places of sentences; and no other word goes with one of
them more than with another (in a story where somebody is thirsty people go to the kitchen, so there kitchen and garden
are no names).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from memviz.core.stories import StoryQuestion, answer_parts, story_words

#: Least overlap of the places in which two names of a kind stand, 0..1.
SAME_PLACES = 0.6
#: Most by which a word's share of the stories with one name of a kind differs from its share of all stories.
INDEPENDENT = 0.3
#: Questions of a task that are looked at.
_LOOKED_AT = 1_000

Kind = tuple[str, ...]


def kinds_of_names(tasks: Mapping[str, Sequence[StoryQuestion]]) -> dict[str, list[Kind]]:
    """For each task its kinds of names, of at least two names each. A name of one task may be one in another task that
    never asks about it."""
    looked_at = {task: questions[:_LOOKED_AT] for task, questions in tasks.items()}
    places = {task: _places(questions) for task, questions in looked_at.items()}
    names: set[str] = set()
    fixed: dict[str, set[str]] = {}
    for task, questions in looked_at.items():
        told, fixed[task] = _told_and_fixed(questions)
        names.update(word for kind in _alike(told, places[task]) for word in kind)
    return {
        task: [
            kind
            for kind in _alike((names & set(places[task])) - fixed[task], places[task])
            if _independent(kind, questions)
        ]
        for task, questions in looked_at.items()
    }


def _told_and_fixed(questions: Sequence[StoryQuestion]) -> tuple[set[str], set[str]]:
    """Words of questions and answers that could be names, and words that must stay: answers that come from elsewhere,
    and the words of an answer that is not one word."""
    told, fixed = set[str](), set[str]()
    untold: dict[str, set[str]] = defaultdict(set)  # word -> the answers where the story does not tell of it
    for question in questions:
        story = {word for sentence in question.sentences for word in story_words(sentence)}
        asked = set(story_words(question.question))
        told |= asked & story
        for word in asked - story:
            untold[word].add(question.answer)
        for part in answer_parts(question.answer):
            words = story_words(part)
            if words == [part] and part in story:
                told.add(part)
            else:
                fixed.update(words)
    return {word for word in told if len(untold[word]) <= 1} - fixed, fixed


def _places(questions: Sequence[StoryQuestion]) -> dict[str, Counter[tuple[object, ...]]]:
    """Word -> how often it stands at which place of a sentence, between which words."""
    found: dict[str, Counter[tuple[object, ...]]] = defaultdict(Counter)
    for question in questions:
        for sentence in (*question.sentences[-3:], question.question):
            words = ["", *story_words(sentence), ""]
            for at in range(1, len(words) - 1):
                found[words[at]][words[at - 1], words[at + 1], at] += 1
        for part in answer_parts(question.answer):
            found[part]["answer",] += 1
    return found


def _alike(words: Collection[str], places: Mapping[str, Counter[tuple[object, ...]]]) -> list[Kind]:
    """Groups of words that stand in the same places."""
    groups: list[list[str]] = []
    for word in sorted(words):
        for group in groups:
            if all(_overlap(places[word], places[other]) > SAME_PLACES for other in group):
                group.append(word)
                break
        else:
            groups.append([word])
    return [tuple(group) for group in groups if len(group) > 1]


def _overlap(first: Counter[tuple[object, ...]], second: Counter[tuple[object, ...]]) -> float:
    """Of two distributions, 0..1."""
    ours, theirs = first.total(), second.total()
    return sum(min(count / ours, second[place] / theirs) for place, count in first.items())


def _independent(kind: Kind, questions: Sequence[StoryQuestion]) -> bool:
    stories = [
        {word for sentence in (*question.sentences, question.question) for word in story_words(sentence)}
        | set(answer_parts(question.answer))
        for question in questions
    ]
    overall = Counter(word for story in stories for word in story)
    for name in kind:
        with_name = [story for story in stories if name in story]
        counts = Counter(word for story in with_name for word in story)
        for word in overall.keys() - set(kind):
            if abs(counts[word] / len(with_name) - overall[word] / len(stories)) >= INDEPENDENT:
                return False
    return True
