"""Numbers written out by hand, compared with the generator, and what each word comes from."""

from __future__ import annotations

import random

import pytest

from memviz.models.number_words import chinese, english
from memviz.models.number_words.example import Example, Phrase, joined
from memviz.models.number_words.sentences import copied, made_up_word
from memviz.models.number_words.task import KINDS, ExampleMaker, part_of


def number(text: str) -> Phrase:
    return Phrase(text, tuple(english.number(text)))


def pairs(phrase: Phrase) -> list[tuple[str, str | None]]:
    """(target word, source characters it comes from)."""
    return told(joined("", [phrase], []))


def told(example: Example) -> list[tuple[str, str | None]]:
    return [
        (example.target[start:end], example.source[span[0] : span[1]] if span else None)
        for (start, end), span in zip(example.word_spans, example.alignment, strict=True)
    ]


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        (number("0"), "zero"),
        (number("13"), "thirteen"),
        (number("4,713"), "four thousand seven hundred and thirteen"),
        (number("4713"), "four thousand seven hundred and thirteen"),
        (number("100"), "one hundred"),
        (number("1,000,005"), "one million and five"),
        (number("215040"), "two hundred and fifteen thousand and forty"),
        (
            number("999,999,999"),
            "nine hundred and ninety-nine million nine hundred and ninety-nine thousand nine hundred and ninety-nine",
        ),
        (english.date("iso", 2026, 11, 22), "the twenty-second of November two thousand and twenty-six"),
        (english.date("dots", 1905, 5, 30), "the thirtieth of May nineteen oh five"),
        (english.date("slashes", 1900, 2, 12), "the twelfth of February nineteen hundred"),
        (english.date("month", 2000, 3, 1), "the first of March two thousand"),
        (english.amount("$", "3", "50"), "three dollars and fifty cents"),
        (english.amount("£", "1", "01"), "one pound and one penny"),
        (english.amount("€", "0", "05"), "five cents"),
        (english.amount("€", "1,250", "00"), "one thousand two hundred and fifty euros"),
        (english.amount("$", "20", ""), "twenty dollars"),
        (english.time(18, 45), "eighteen forty-five"),
        (english.time(0, 5), "zero oh five"),
        (english.time(20, 0), "twenty o'clock"),
        (english.time(0, 0), "midnight"),
        (chinese.date(2026, 11, 22), "二〇二六年十一月二十二日"),
        (chinese.date(1990, 10, 20), "一九九〇年十月二十日"),
        (Phrase("215", tuple(chinese.number("215"))), "二百一十五"),
        (Phrase("1002", tuple(chinese.number("1002"))), "一千零二"),
        (Phrase("15", tuple(chinese.number("15"))), "十五"),
        (Phrase("0", tuple(chinese.number("0"))), "零"),
    ],
)
def test_written_out(phrase: Phrase, words: str) -> None:
    assert joined("", [phrase], []).target == words


def test_the_source_of_each_way_of_writing_a_date() -> None:
    sources = [english.date(way, 2026, 11, 5).source for way in english.DATES]
    assert sources == ["2026-11-05", "05.11.2026", "11/05/2026", "5 November 2026"]


def test_every_word_of_a_number_knows_its_digits() -> None:
    assert pairs(number("215,713")) == [
        *(("two", "2"), ("hundred", "2"), ("and", None), ("fifteen", "15"), ("thousand", "215,")),
        *(("seven", "7"), ("hundred", "7"), ("and", None), ("thirteen", "13")),
    ]
    assert pairs(number("1000046")) == [
        *(("one", "1"), ("million", "1"), ("and", None), ("forty", "4"), ("-six", "6")),
    ]


def test_every_word_of_dates_amounts_and_times_knows_its_characters() -> None:
    assert pairs(english.date("slashes", 1905, 5, 22)) == [
        *(("the", None), ("twenty", "2"), ("-second", "2"), ("of", None), ("May", "05")),
        *(("nineteen", "19"), ("oh", "0"), ("five", "5")),
    ]
    assert pairs(english.date("month", 2019, 4, 5))[:5] == [
        *(("the", None), ("fifth", "5"), ("of", None), ("April", "April"), ("two", "2")),
    ]
    assert pairs(english.date("iso", 2019, 4, 5))[1] == ("fifth", "05")
    assert pairs(english.amount("£", "12", "07")) == [
        *(("twelve", "12"), ("pounds", "£"), ("and", None), ("seven", "7"), ("pence", "£")),
    ]
    assert pairs(english.time(9, 4)) == [("nine", "09"), ("oh", "0"), ("four", "4")]
    assert pairs(english.time(21, 0)) == [("twenty", "2"), ("-one", "1"), ("o'clock", "00")]
    assert pairs(chinese.date(2026, 11, 2)) == [
        *(("二", "2"), ("〇", "0"), ("二", "2"), ("六", "6"), ("年", "年")),
        *(("十", "1"), ("一", "1"), ("月", "月"), ("二", "2"), ("日", "日")),
    ]
    assert pairs(Phrase("1002", tuple(chinese.number("1002"))))[2] == ("零", "00")


def test_the_two_equal_digits_of_a_day_are_told_apart() -> None:
    example = joined("", [copied("on "), english.date("dots", 2026, 11, 22)], [])
    assert example.target == "on the twenty-second of November two thousand and twenty-six"
    assert example.alignment[:5] == ((0, 2), None, (3, 4), (4, 5), None)


def test_copied_words_come_from_themselves() -> None:
    assert pairs(copied("It's a well-known (old) ship, Zoë.")) == [
        (word, word) for word in ("It's", "a", "well", "-known", "(", "old", ")", "ship", ",", "Zoë", ".")
    ]


@pytest.mark.parametrize("part", ["training", "validation", "test"])
@pytest.mark.parametrize("kind", KINDS)
def test_examples_hold_together_and_keep_to_their_part(kind: str, part) -> None:
    maker = ExampleMaker(random.Random(3), part)
    for _ in range(200):
        example = maker.of_kind(kind)
        assert example.kind == kind
        assert len(example.words) == len(example.alignment) > 0
        assert {part_of(value) for value in example.values} == {part}
        assert not any(letter.isdigit() and letter.isascii() for letter in example.target)
        for (word, origin), span in zip(told(example), example.alignment, strict=True):
            assert word
            assert word == word.strip()
            if span is None:
                assert word in ("the", "of", "and")
            else:
                assert 0 <= span[0] < span[1] <= len(example.source)
                assert origin == origin.strip()


def test_a_source_has_one_target() -> None:
    maker = ExampleMaker(random.Random(0), "training")
    targets: dict[str, str] = {}
    for _ in range(3000):
        example = maker.any_kind()
        assert targets.setdefault(example.source, example.target) == example.target


def test_the_same_seed_makes_the_same_examples() -> None:
    first, second = (ExampleMaker(random.Random(7), "test") for _ in range(2))
    assert [first.any_kind() for _ in range(50)] == [second.any_kind() for _ in range(50)]


def test_a_fifth_of_the_values_is_kept_out_and_small_numbers_never() -> None:
    parts = [part_of(str(value)) for value in range(100, 10_100)]
    assert 0.09 < parts.count("test") / 10_000 < 0.11
    assert 0.09 < parts.count("validation") / 10_000 < 0.11
    assert {part_of(str(value)) for value in range(100)} == {"training"}


def test_made_up_words_are_one_word() -> None:
    generator = random.Random(0)
    for _ in range(300):
        assert len(copied(made_up_word(generator)).words) == 1
