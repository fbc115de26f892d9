"""Words and their ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memviz.core.stories import StoryQuestion, answer_word, story_words


class Vocabulary:
    """Ids from 1 in the order of ``words``; 0 is no word. Immutable."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._ids = {word: number for number, word in enumerate(self.words, 1)}

    def __len__(self) -> int:
        return len(self.words)

    def id_of(self, word: str) -> int:
        """0 for a word that is not known."""
        return self._ids.get(word, 0)

    def word(self, number: int) -> str:
        return self.words[number - 1] if number else ""

    def ids(self, words: Sequence[str]) -> list[int]:
        """Of the words that are known."""
        return [number for word in words if (number := self._ids.get(word))]

    def unknown(self, words: Sequence[str]) -> list[str]:
        """Those that are not known, each once."""
        return [word for word in dict.fromkeys(words) if word not in self._ids]


def story_vocabulary(questions: Iterable[StoryQuestion]) -> Vocabulary:
    """Every word of the sentences and questions, and every answer as a whole, in alphabetical order."""
    found: set[str] = set()
    sentences: set[str] = set()
    for question in questions:
        sentences.update(question.sentences)
        sentences.add(question.question)
        found.add(answer_word(question.answer))
    for sentence in sentences:
        found.update(story_words(sentence))
    return Vocabulary(sorted(found))
