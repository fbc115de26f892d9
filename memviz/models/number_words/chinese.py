"""Dates and numbers in Chinese characters, with the characters each comes from.

Every character is a word. A year is read digit by digit; 十, 百 and 千 come from the digit that they count, 零 from the
zeros that it stands for, and 年, 月, 日 from themselves.
"""

from __future__ import annotations

from memviz.models.number_words.example import Phrase, Word

DIGITS = "零一二三四五六七八九"
ZERO_OF_A_YEAR = "〇"
PLACES = ("", "十", "百", "千")


def number(text: str, at: int = 0) -> list[Word]:
    """One to four digits without a leading zero: 215 is 二百一十五, 15 is 十五, 205 is 二百零五."""
    words: list[Word] = []
    zeros = 0
    for place, letter in enumerate(text):
        if letter == "0":
            zeros += 1
            continue
        span = (at + place, at + place + 1)
        if zeros:
            words.append(Word(DIGITS[0], (at + place - zeros, at + place)))
            zeros = 0
        scale = len(text) - 1 - place
        if not (scale == 1 and letter == "1" and place == 0):  # ten to nineteen begin with 十
            words.append(Word(DIGITS[int(letter)], span))
        if scale:
            words.append(Word(PLACES[scale], span))
    return words or [Word(DIGITS[0], (at, at + len(text)))]


def date(year: int, month: int, day: int) -> Phrase:
    """``2026年11月22日``: 二〇二六年十一月二十二日."""
    source = f"{year}年{month}月{day}日"
    words: list[Word] = []
    at = 0
    for digits, name in ((str(year), "年"), (str(month), "月"), (str(day), "日")):
        if name == "年":
            words += [_year_digit(letter, at + place) for place, letter in enumerate(digits)]
        else:
            words += number(digits, at)
        at += len(digits) + 1
        words.append(Word(name, (at - 1, at)))
    return Phrase(source, tuple(words))


def _year_digit(letter: str, at: int) -> Word:
    return Word(ZERO_OF_A_YEAR if letter == "0" else DIGITS[int(letter)], (at, at + 1))


def copied(text: str) -> Phrase:
    """Characters that stay what they are."""
    return Phrase(text, tuple(Word(letter, (place, place + 1)) for place, letter in enumerate(text)))
