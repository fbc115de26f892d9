"""Words around numbers: sentences that stay what they are but for their numbers, and words that nobody has seen."""

from __future__ import annotations

import random
import re

from memviz.models.number_words.example import Phrase, Word

#: What stands in braces is written out.
TEMPLATES = (
    "the train leaves on {date} with {number} people",
    "the train leaves at {time} and arrives at {time}",
    "{name} was born on {date} in {name}",
    "{name} paid {amount} for {number} books",
    "the ticket to {name} costs {amount}",
    "we meet at {time} on {date}",
    "the meeting on {date} begins at {time}",
    "{number} people live in {name}",
    "the school in {name} has {number} children",
    "{name} and {name} found {number} coins on {date}",
    "on {date} the price rose from {amount} to {amount}",
    "the bridge was opened on {date} and cost {amount}",
    "there are {number} stars in this picture",
    "please send {amount} to {name} by {date}",
    "it took {number} days and {amount} to build the house",
    "the library holds {number} books and {number} maps",
    "the flight from {name} to {name} is at {time}",
    "call me at {time} or on {date}",
    "my rent is {amount} a month",
    "the war ended on {date}",
)

CHINESE_TEMPLATES = (
    "火车在{date}出发",
    "会议在{date}开始",
    "{date}有{number}人来",
    "他在{date}买了{number}本书",
    "我们{date}去北京",
    "一共有{number}个人",
    "这本书有{number}页",
    "她的生日是{date}",
    "学校有{number}个学生",
    "从{date}到{date}",
    "图书馆在{date}买了{number}本新书",
    "上海在{date}下雨",
)

#: With those of the templates, the words that are tokens of their own; all others are read letter by letter.
WORDS = (
    *("about", "after", "again", "all", "also", "an", "any", "as", "back", "be", "because", "before", "between"),
    *("both", "but", "can", "car", "city", "could", "country", "day", "did", "do", "does", "down", "each", "every"),
    *("family", "few", "first", "friend", "get", "give", "go", "good", "great", "had", "he", "her", "here", "him"),
    *("his", "how", "I", "if", "into", "its", "just", "know", "last", "left", "letter", "like", "line", "long"),
    *("made", "make", "man", "many", "may", "money", "more", "most", "music", "name", "near", "new", "next", "no"),
    *("not", "now", "number", "of", "off", "old", "one", "only", "other", "our", "out", "over", "page", "part"),
    *("pay", "people", "place", "room", "said", "same", "say", "see", "she", "ship", "should", "small", "so", "some"),
    *("still", "street", "such", "take", "than", "that", "their", "them", "then", "these", "they", "thing", "think"),
    *("time", "today", "town", "train", "two", "under", "until", "up", "us", "very", "war", "water", "way", "well"),
    *("were", "what", "when", "where", "which", "while", "who", "why", "will", "woman", "won", "work", "world"),
    *("would", "write", "year", "years", "yes", "you", "young", "your"),
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
#: Letters of other languages that made-up words hold now and then.
ACCENTED = "äöüßéèêàáâçñíóúåøæÄÖÜÉ"

_PIECE = re.compile(r" ?-?\w+(?:'\w+)*| ?[^\w\s]")
_FIELD = re.compile(r"\{(\w+)\}")


def copied(text: str) -> Phrase:
    """English words and marks that stay what they are."""
    words = []
    for found in _PIECE.finditer(text):
        start = found.start() + found[0].startswith(" ")
        words.append(Word(found[0], (start, found.end())))
    return Phrase(text, tuple(words))


def template_words() -> list[str]:
    """The words of the English templates."""
    return sorted({word for template in TEMPLATES for word in re.findall(r"\w+", _FIELD.sub("", template))})


def chinese_characters() -> list[str]:
    """The characters of the Chinese templates."""
    return sorted({letter for template in CHINESE_TEMPLATES for letter in _FIELD.sub("", template)})


def parts(template: str) -> list[tuple[str, str]]:
    """The template in pieces: (text, "") or ("", field)."""
    pieces = _FIELD.split(template)  # texts and names of fields by turns
    return [(piece, "") if place % 2 == 0 else ("", piece) for place, piece in enumerate(pieces) if piece]


def made_up_word(generator: random.Random) -> str:
    """A word that no training will know: two to nine letters, half of them of syllables, half of any letters."""
    if generator.random() < 0.5:
        syllables = (generator.choice("bdfghklmnprstvwz") + generator.choice("aeiou") for _ in range(4))
        word = "".join(list(syllables)[: generator.randint(1, 4)]) + generator.choice(("", "n", "r", "s", "th"))
    else:
        word = "".join(generator.choices(LETTERS, k=generator.randint(2, 8)))
    if generator.random() < 0.1:
        place = generator.randrange(len(word))
        word = word[:place] + generator.choice(ACCENTED) + word[place + 1 :]
    return word[0].upper() + word[1:] if generator.random() < 0.5 else word


def any_words(generator: random.Random, count: int) -> str:
    """Known and made-up words in any order, so that what is copied need not make sense."""
    known = (*WORDS, *template_words())
    return " ".join(
        generator.choice(known) if generator.random() < 0.8 else made_up_word(generator) for _ in range(count)
    )
