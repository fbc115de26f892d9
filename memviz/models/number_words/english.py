"""Numbers, dates, amounts of money and times in English words, with the characters each word comes from.

The rules of alignment, besides those of :class:`~memviz.models.number_words.example.Word`:

- ``six`` comes from its digit, ``twenty`` before it from the digit of the tens; a word that stands for two digits comes
  from both (``thirteen``, ``forty`` in 1940).
- ``hundred`` comes from the digit it counts, ``thousand`` and ``million`` from their group of digits and its comma.
- a word that stands for a whole field of a date or a time comes from the whole field: ``fifth`` and ``May`` from 05.
- ``dollars`` and ``cents`` come from the sign, ``o'clock`` from the two zeros, ``midnight`` from all of 00:00.
"""

from __future__ import annotations

from memviz.models.number_words.example import Phrase, Span, Word

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
SCALES = ("", "thousand", "million")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
#: Sign -> unit, units, hundredth, hundredths.
MONEY = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
}
_OF_GRAMMAR = Word(" and")


def number(text: str, at: int = 0) -> list[Word]:
    """``4,713`` or ``4713``, below a thousand million: “four thousand seven hundred and thirteen”.

    Args:
        at: where ``text`` begins in its phrase.
    """
    places = [at + place for place, letter in enumerate(text) if letter.isdigit()]
    digits = [int(letter) for letter in text if letter.isdigit()]
    if not any(digits):
        return [Word(" zero", (at, at + len(text)))]
    words: list[Word] = []
    for scale in reversed(range(len(SCALES))):
        end = len(digits) - 3 * scale
        group = range(max(0, end - 3), max(0, end))
        if any(digits[place] for place in group):
            words += _group([(digits[place], places[place]) for place in group], after=bool(words) and scale == 0)
            if scale:
                comma = text[places[end - 1] + 1 - at] == ","
                words.append(Word(f" {SCALES[scale]}", (places[group[0]], places[end - 1] + 1 + comma)))
    return words


def _group(digits: list[tuple[int, int]], after: bool) -> list[Word]:
    """One to three (digit, place); ``after`` a higher group it begins with “and” where it has no hundreds."""
    words: list[Word] = []
    if len(digits) == 3 and digits[0][0]:
        count, place = digits[0]
        words += [Word(f" {ONES[count]}", (place, place + 1)), Word(" hundred", (place, place + 1))]
    last = digits[-2:]
    if any(digit for digit, _ in last):
        words += [_OF_GRAMMAR] * bool(words or after)
        words += _below_hundred(last, ONES)
    return words


def _below_hundred(digits: list[tuple[int, int]], names: tuple[str, ...]) -> list[Word]:
    """One or two (digit, place), not both zero; ``names`` are cardinal or ordinal."""
    *tens, (unit, place) = digits
    ten, ten_place = tens[0] if tens else (0, place)
    if ten == 0:
        return [Word(f" {names[unit]}", (place, place + 1))]
    if ten == 1:
        return [Word(f" {names[10 + unit]}", (ten_place, place + 1))]
    if unit == 0:
        name = TENS[ten] if names is ONES else TENS[ten].removesuffix("y") + "ieth"
        return [Word(f" {name}", (ten_place, place + 1))]
    return [Word(f" {TENS[ten]}", (ten_place, ten_place + 1)), Word(f"-{names[unit]}", (place, place + 1))]


def _digits(text: str, at: int) -> list[tuple[int, int]]:
    return [(int(letter), at + place) for place, letter in enumerate(text)]


def year(text: str, at: int) -> list[Word]:
    """Four digits: “nineteen eighty-seven” before 2000, “two thousand and twenty-six” from then on."""
    if text >= "2000":
        return number(text, at)
    first, last = _digits(text[:2], at), _digits(text[2:], at + 2)
    if text[2:] == "00":
        return [*_below_hundred(first, ONES), Word(" hundred", (at + 2, at + 4))]
    oh = [Word(" oh", (at + 2, at + 3))] * (text[2] == "0")
    return _below_hundred(first, ONES) + oh + _below_hundred(last, ONES)


#: Way of writing a date -> its text; day, month and year are named.
DATES = {
    "iso": "{year:04}-{month:02}-{day:02}",
    "dots": "{day:02}.{month:02}.{year:04}",
    "slashes": "{month:02}/{day:02}/{year:04}",  # the month first
    "month": "{day} {name} {year:04}",
}


def date(way: str, year_: int, month: int, day: int) -> Phrase:
    """“the twenty-second of November two thousand and twenty-six”."""
    fields = {"year": f"{year_:04}", "month": f"{month:02}", "day": f"{day:02}", "name": MONTHS[month - 1]}
    if way == "month":
        fields["day"] = str(day)
    text, spans = _filled(DATES[way], fields)
    said = spans["name"] if way == "month" else spans["month"]
    words = [Word(" the"), *_day(fields["day"], spans["day"]), Word(" of"), Word(f" {MONTHS[month - 1]}", said)]
    return Phrase(text, (*words, *year(fields["year"], spans["year"][0])))


def _day(text: str, span: Span) -> list[Word]:
    words = _below_hundred(_digits(text, span[0]), ORDINALS)
    return words if len(words) > 1 else [Word(words[0].text, span)]


def _filled(template: str, fields: dict[str, str]) -> tuple[str, dict[str, Span]]:
    """A template with its fields filled in, and where each stands."""
    text, spans = "", dict[str, Span]()
    for piece in template.replace("}", "{").split("{"):
        name = piece.partition(":")[0]
        if name in fields and piece:
            spans[name] = (len(text), len(text) + len(fields[name]))
            text += fields[name]
        else:
            text += piece
    return text, spans


def amount(sign: str, whole: str, cents: str) -> Phrase:
    """``$3.50``: “three dollars and fifty cents”. ``cents``: two digits, or empty; not both parts are zero."""
    unit, units, cent, many = MONEY[sign]
    words: list[Word] = []
    if whole != "0":
        words = [*number(whole, 1), Word(f" {unit if whole == '1' else units}", (0, 1))]
    if cents not in ("", "00"):
        words += [_OF_GRAMMAR] * bool(words)
        words += _below_hundred(_digits(cents, len(whole) + 2), ONES)
        words.append(Word(f" {cent if cents == '01' else many}", (0, 1)))
    return Phrase(sign + whole + (f".{cents}" if cents else ""), tuple(words))


def time(hour: int, minute: int) -> Phrase:
    """``18:45``: “eighteen forty-five”; ``18:00``: “eighteen o'clock”; ``18:05``: “eighteen oh five”."""
    text = f"{hour:02}:{minute:02}"
    if text == "00:00":
        return Phrase(text, (Word(" midnight", (0, 5)),))
    words = [Word(" zero", (0, 2))] if hour == 0 else _below_hundred(_digits(text[:2], 0), ONES)
    if len(words) == 1:
        words = [Word(words[0].text, (0, 2))]
    if minute == 0:
        return Phrase(text, (*words, Word(" o'clock", (3, 5))))
    oh = [Word(" oh", (3, 4))] * (minute < 10)
    return Phrase(text, (*words, *oh, *_below_hundred(_digits(text[3:], 3), ONES)))
