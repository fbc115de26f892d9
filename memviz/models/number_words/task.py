"""The task: numbers, dates, amounts and times written out, alone or in a sentence, and where each word comes from.

========  ============================  ==============================================================
kind      source                        target
========  ============================  ==============================================================
number    4,713 or 4713                 four thousand seven hundred and thirteen
date      2026-11-22, 22.11.2026,       the twenty-second of November two thousand and twenty-six
          11/22/2026, 22 November 2026
amount    $3.50                         three dollars and fifty cents
time      18:45                         eighteen forty-five
sentence  the train leaves at 18:45     the train leaves at eighteen forty-five
chinese   2026年11月22日有215人来       二〇二六年十一月二十二日有二百一十五人来
========  ============================  ==============================================================

Dots put the day first, slashes the month. What each word comes from is told in ``english`` and ``chinese``; a word
that is copied comes from itself, and “the”, “of” and “and” that are not copied come from nothing.

Values are kept out of training by a checksum: one in ten for validation, one in ten for the test. Numbers below 100
are never kept out, since every longer number is made of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal
from zlib import crc32

from memviz.models.number_words import chinese, english, sentences
from memviz.models.number_words.example import Example, Phrase, joined

Part = Literal["training", "validation", "test"]
#: Kind -> how often it is drawn for training, in parts of their sum.
KINDS = {"number": 4, "date": 3, "amount": 2, "time": 1, "sentence": 8, "chinese": 2}

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIRST_YEAR, _LAST_YEAR = 1800, 2099
_NEVER_KEPT_OUT = 100


def part_of(value: str) -> Part:
    """Which part a value belongs to; the same in every run.

    Args:
        value: a number in digits alone, a date as YYYY-MM-DD, an amount with its cents, a time as HH:MM.
    """
    if value.isdigit() and int(value) < _NEVER_KEPT_OUT:
        return "training"
    place = crc32(value.encode()) % 10
    return "test" if place == 0 else "validation" if place == 1 else "training"


class ExampleMaker:
    """Makes examples whose values are all of one part; the same ones for the same state of ``generator``."""

    def __init__(self, generator: random.Random, part: Part) -> None:
        self._random = generator
        self._part = part
        self._makers: dict[str, Callable[[], tuple[str, Phrase]]] = {
            "number": self._number,
            "date": self._date,
            "amount": self._amount,
            "time": self._time,
        }

    def any_kind(self) -> Example:
        """Of a kind drawn by :data:`KINDS`."""
        return self.of_kind(self._random.choices(list(KINDS), list(KINDS.values()))[0])

    def of_kind(self, kind: str) -> Example:
        """Of a key of :data:`KINDS`."""
        if kind == "sentence":
            return self._sentence()
        if kind == "chinese":
            return self._chinese()
        value, phrase = self._drawn(self._makers[kind])
        return joined(kind, [phrase], [value])

    def _drawn(self, make: Callable[[], tuple[str, Phrase]]) -> tuple[str, Phrase]:
        while True:
            value, phrase = make()
            if part_of(value) == self._part:
                return value, phrase

    def _digits(self, most: int) -> str:
        """One to ``most`` digits, the first no zero but in 0 itself; more zeros than by chance."""
        count = self._random.randint(1, most)
        if count == 1:
            return str(self._random.randrange(10))
        zeros = self._random.choice((0.0, 0.0, 0.3, 0.7))
        rest = (0 if self._random.random() < zeros else self._random.randrange(10) for _ in range(count - 1))
        return str(self._random.randint(1, 9)) + "".join(str(digit) for digit in rest)

    def _number(self, most: int = 9) -> tuple[str, Phrase]:
        digits = self._digits(most)
        text = f"{int(digits):,}" if self._random.random() < 0.6 else digits
        return digits, Phrase(text, tuple(english.number(text)))

    def _count(self) -> tuple[str, Phrase]:
        return self._number(most=6)

    def _day(self) -> tuple[int, int, int]:
        year, month = self._random.randint(_FIRST_YEAR, _LAST_YEAR), self._random.randint(1, 12)
        leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return year, month, self._random.randint(1, _DAYS[month - 1] + leap)

    def _date(self) -> tuple[str, Phrase]:
        year, month, day = self._day()
        way = self._random.choice(list(english.DATES))
        return f"{year:04}-{month:02}-{day:02}", english.date(way, year, month, day)

    def _amount(self) -> tuple[str, Phrase]:
        whole = int(self._digits(5))
        cents = self._random.choice(("", "00", "50", *[f"{self._random.randint(0 if whole else 1, 99):02}"] * 4))
        if whole == 0 and cents in ("", "00"):
            cents = "50"
        text = f"{whole:,}" if self._random.random() < 0.7 else str(whole)
        value = f"{whole}.{cents or '00'}"
        return value, english.amount(self._random.choice(list(english.MONEY)), text, cents)

    def _time(self) -> tuple[str, Phrase]:
        hour, minute = self._random.randrange(24), self._random.choice((0, *[self._random.randrange(60)] * 5))
        return f"{hour:02}:{minute:02}", english.time(hour, minute)

    def _sentence(self) -> Example:
        sensible = self._random.random() < 0.5
        template = self._random.choice(sentences.TEMPLATES) if sensible else self._any_sentence()
        if self._random.random() < 0.3:
            template = template[0].upper() + template[1:]
        template += self._random.choice(("", "", ".", "?"))
        return self._filled("sentence", template, {**self._makers, "number": self._count}, sentences.copied)

    def _any_sentence(self) -> str:
        """Words without sense around one or two values."""
        pieces = []
        for _ in range(self._random.randint(1, 2)):
            pieces.append(sentences.any_words(self._random, self._random.randint(0, 4)))
            pieces.append("{" + self._random.choice(list(self._makers)) + "}" + self._random.choice(("", "", "", ",")))
        pieces.append(sentences.any_words(self._random, self._random.randint(0, 4)))
        return " ".join(piece for piece in pieces if piece).rstrip(",")

    def _chinese(self) -> Example:
        makers = {"date": self._chinese_date, "number": self._chinese_count}
        kind = self._random.random()
        if kind < 0.4:
            template = "{date}"
        elif kind < 0.8:
            template = self._random.choice(sentences.CHINESE_TEMPLATES)
        else:
            letters = sentences.chinese_characters()
            before, after = ("".join(self._random.sample(letters, self._random.randint(1, 5))) for _ in range(2))
            template = before + self._random.choice(("{date}", "{number}")) + after
        return self._filled("chinese", template, makers, chinese.copied)

    def _chinese_date(self) -> tuple[str, Phrase]:
        year, month, day = self._day()
        return f"{year:04}-{month:02}-{day:02}", chinese.date(year, month, day)

    def _chinese_count(self) -> tuple[str, Phrase]:
        digits = self._digits(4)
        return digits, Phrase(digits, tuple(chinese.number(digits)))

    def _filled(
        self,
        kind: str,
        template: str,
        makers: dict[str, Callable[[], tuple[str, Phrase]]],
        copied: Callable[[str], Phrase],
    ) -> Example:
        phrases, values = [], []
        for text, field in sentences.parts(template):
            if field == "name":
                phrase = sentences.copied(sentences.made_up_word(self._random).capitalize())
                first, *others = phrase.words
                phrases.append(Phrase(phrase.source, (first.after_space(), *others)))
            elif field:
                value, phrase = self._drawn(makers[field])
                values.append(value)
                phrases.append(phrase)
            else:
                phrases.append(copied(text))
        return joined(kind, phrases, values)
