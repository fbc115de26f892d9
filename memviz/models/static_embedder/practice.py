"""Sentences for an encoder to teach with: every word of a vocabulary, in many places.

What a word adds to the vector of a text is learned from these, so they need no sense, but words beside each other as in
questions, notes and talk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

_FRAMES = """
I like {} and {}.|My {} is {}.|What do you know about {}?|Can you recommend a {} for {}?|We talked about {} yesterday.
I went to the {} with my {}.|Who is the {} of {}?|The {} was very {}.|Do you remember the {} that I told you about?
How can I {} my {}?|I have been feeling {} because of the {}.|{} is a kind of {}.|She bought a {} {} last week.
When did the {} {} happen?|He works as a {} in {}.|There is a {} near the {}.|They want to {} the {} tomorrow.
You should try {} if you want {}.|I don't like {} at all.|What is the name of the {}?|The {} of {} is {}.
Thank you, the {} helped me a lot with {}.|Where can I find {} {}?|It is important to {} before {}.
My name is {} and I live in {}.|I am {} about {}, what should I do?|{} {} was {} in {}.|The best {} for {} is {} {}.
I read a book about {}, it was called {} {}.|Have you ever been to {}? It is famous for its {}.|{} likes to {}.
I think {} is better than {}.|Yesterday I {} a {} and felt {}.|We are planning a {} in {} next month.
The weather is {} today, so let's {}.|My {} told me that {} is {}.|I usually {} at {} o'clock.|What {} did I {}?
Of course! {} is a {} that {} {}.|I'm sorry to hear that. Maybe {} could help you {}.|Tell me about the {} in {}.
"""
_WORD = re.compile("[a-z]{2,}|[0-9]+|[ai]")
#: Share of the words in a bag that are made of a word and pieces, so that the pieces are learned as well.
_MADE = 0.15
#: Words that are drawn at once, which is a hundred times faster than one by one.
_AT_ONCE = 10_000


def practice_sentences(vocabulary: Sequence[str], count: int, seed: int = 0) -> list[str]:
    """Half of them words in no order, half of them in frames, some of two frames; frequent words more often.

    Args:
        vocabulary: pieces, the frequent ones first.
    """
    rng = np.random.default_rng(seed)
    whole = [piece for piece in vocabulary if _WORD.fullmatch(piece)]
    inner = [piece[2:] for piece in vocabulary if piece.startswith("##") and piece[2:].isalpha()]
    frames = [frame.strip() for line in _FRAMES.strip().splitlines() for frame in line.split("|")]
    drawn = _drawn(whole, inner, rng)

    def framed() -> str:
        frame = frames[int(rng.integers(len(frames)))]
        return frame.format(*(next(drawn) for _ in range(frame.count("{}"))))

    sentences = []
    for number in range(count):
        if number % 2:
            sentences.append(" ".join(next(drawn) for _ in range(rng.integers(1, 11))))
        else:
            sentences.append(" ".join(framed() for _ in range(1 + (number % 3 == 0))))
    return sentences


def _drawn(whole: Sequence[str], inner: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    """Words without end; some are made of a word and pieces."""
    shares = 1 / np.sqrt(np.arange(len(whole)) + 10)  # flatter than Zipf's law: rare words have to be learned, too
    shares = 0.75 * shares / shares.sum() + 0.25 / len(whole)
    while True:
        for number in rng.choice(len(whole), _AT_ONCE, p=shares).tolist():
            word = whole[number]
            if inner and rng.random() < _MADE:
                word += "".join(inner[int(rng.integers(len(inner)))] for _ in range(rng.integers(1, 3)))
            yield word
