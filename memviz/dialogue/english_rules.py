"""Rules for what an English clause says about its speaker."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator

from memviz.dialogue.dates import find_date
from memviz.dialogue.english_jobs import is_job
from memviz.dialogue.english_values import folded, items, proper, third_person, value
from memviz.dialogue.statements import OWNER, Clause, Statement, shown

_ADVERBS = (
    r"(?:(?:really|also|just|still|currently|now|mostly|usually|absolutely|particularly|especially|actually|personally"
    r"|always|do|simply|truly|quite|rather|recently|mainly|totally|definitely|probably|maybe|perhaps|possibly"
    r"|sort of|kind of|both)\s+)*"
)
_I = rf"I\s+{_ADVERBS}"
_AM = rf"I(?:'m|\s+am)\s+{_ADVERBS}"
_NAME = r"(?P<value>(?-i:[A-Z])[\w'-]*(?:\s+(?-i:[A-Z])[\w'-]*){0,3})(?=$|\s*[,–—(])"
_RELATIVES = (
    "sister|brother|son|daughter|wife|husband|partner|girlfriend|boyfriend|mother|father|mom|mum|dad|grandmother"
    "|grandfather|cousin|aunt|uncle|niece|nephew|child|kid|children|twin|fiancé|fiancée|granddaughter|grandson"
)
#: Of these one has one at a time; of the others, and of pets, several stand beside each other by their names.
_ONLY_ONE = re.compile("wife|husband|partner|girlfriend|boyfriend|mother|father|mom|mum|dad|fiancé|fiancée")
_PETS = "dog|cat|puppy|kitten|hamster|rabbit|parrot|bird|fish|turtle|tortoise|horse|pony|snake|guinea pig|lizard"
_LANGUAGES = re.compile(
    "English|French|German|Spanish|Italian|Portuguese|Chinese|Mandarin|Cantonese|Japanese|Korean|Russian|Arabic|Hindi"
    "|Turkish|Polish|Dutch|Swedish|Greek|Hebrew|Vietnamese|Thai|Danish|Norwegian|Finnish|Czech|Hungarian|Romanian"
)
_NO_NAME = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Tomorrow|Today|Tonight|Later|Back|When|If|Maybe|Anytime|Crazy|Not)\b"
)
#: “From the IT department” is no home, and nobody is allergic to people.
_NO_ORIGIN = re.compile(
    r"\b(?:department|team|office|company|agency|bank|unit|crew|desk|support|hotline|service|group|division|committee"
    r"|club|press|union|lab|laboratory|class|course|HR|IT)$"
)
_NO_ALLERGEN = re.compile(
    r"(?:.*\b)?(?:people|persons?|men|women|everyone|everybody|someone|somebody|anyone|anybody|those|guys|folks|idiots?|fools?"
    r"|liars?|lies|lying|work|working|mondays?|mornings?|drama|nonsense|bullshit|stupidity|commitment|small talk"
    r"|meetings?|responsibility|politics)\b",
    re.IGNORECASE,
)
_HOMES = r"countryside|city|village|suburbs?|town|flat|house|apartment|farm|mountains|dormitory|dorm"
_NO_WORKPLACE = (
    r"(?:home|night|nights|weekends?|myself|the moment|fun|hours|days|money|free|my"
    r"|\d+|a (?:few|long|while)|a (?:company|firm|job)$|an office$)(?:\b|$)"
)

Rule = Callable[[Clause, re.Match[str]], Iterator[Statement]]


def english_statements(clause: Clause) -> list[Statement]:
    """What the first rule that fits finds in a clause."""
    for pattern, rule in _RULES:
        match = pattern.match(clause.text)
        if match is not None:
            found = list(rule(clause, match))
            if found:
                return found
    return []


def _single(attribute: str, says: str, strength: float, clean: Callable[[str], str] = value) -> Rule:
    """A rule for an attribute of one value; ``says`` has {value} for it."""

    def rule(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
        found = shown(clean(match["value"]))
        if found:
            yield clause.found(attribute, attribute, found, f"{OWNER} {says.replace('{value}', found)}.", strength)

    return rule


def _name(words: str) -> str:
    """A name; “ASAP” and “Monday” are none."""
    return "" if _NO_NAME.match(words) or (len(words) > 1 and words.isupper()) else words


def _opinion(verdict: str, strength: float) -> Rule:
    """Likes and dislikes: what is liked is the attribute, so that a change of mind takes the place of the old."""

    def rule(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
        for item in items(match["value"]):
            thing = third_person(shown(item))
            yield clause.found(
                f"opinion: {folded(thing)}", f"opinion of {thing}", verdict, f"{OWNER} {verdict} {thing}.", strength
            )

    return rule


def _favourite(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    what, found = match["what"].lower(), shown(value(match["value"], most_words=10))
    if found:
        label = f"favourite {what}"
        yield clause.found(
            f"favourite: {what.removesuffix('s')}",
            label,
            found,
            f"{OWNER}’s {label} {'are' if what.endswith('s') else 'is'} {found}.",
            0.9,
        )


def _introduced(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    """“I'm Ann” is a name after a greeting only: else it may be a nation, a mood or a faith."""
    name = match["value"]
    nation = re.search(r"(?:ish|ese|ian|ean|man|ic)$", name)
    if clause.greeted and not nation and name.upper() != name:
        yield clause.found("name", "name", name, f"{OWNER}’s name is {name}.", 0.75)


def _home(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    found = value(match["value"])
    if found and (proper(found) or re.search(rf"\b(?:{_HOMES})$", found)):
        yield clause.found("home", "home", found, f"{OWNER} lives in {third_person(shown(found))}.", 0.9)


def _origin(words: str) -> str:
    """A place that somebody comes from."""
    found = proper(words)
    return "" if _NO_ORIGIN.search(found) else found


def _age(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    if 1 <= int(match["value"]) <= 120:
        age = match["value"]
        yield clause.found("age", "age", age, f"{OWNER} is {age} years old.", 0.95 if match["old"] else 0.75)


def _born(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    found = match["value"].strip()
    year = re.match(r"(?:in )?(\d{4})\b(?!-)", found)
    date = find_date(found, clause.said or datetime.date(2000, 1, 1)) if re.search(r"\d", found) else None
    if year is not None:
        yield clause.found("birth year", "birth year", year[1], f"{OWNER} was born in {year[1]}.", 0.95)
    elif date is not None and re.search(r"\b\d{4}\b", found):
        yield clause.found("birth date", "birth date", date.value, f"{OWNER} was born on {date.value}.", 0.95)
    elif found.lower().startswith(("in ", "near ")) and proper(found.split(" ", 1)[1]):
        place = proper(found.split(" ", 1)[1])
        yield clause.found("birthplace", "birthplace", place, f"{OWNER} was born in {place}.", 0.95)


def _birthday(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    date = find_date(match["value"], clause.said) if clause.said is not None else None
    if date is not None and len(date.value) == len("2023-05-02"):
        day = datetime.date.fromisoformat(date.value)
        found = f"{day:%B} {day.day}"
        yield clause.found("birthday", "birthday", found, f"{OWNER}’s birthday is on {found}.", 0.9)


def _job(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    found = value(re.sub(r"\s+(?:at|for|in|from|by)\s.*$", "", match["value"]), most_words=4)
    if found and is_job(found):
        article = "an" if found[0].lower() in "aeiou" else "a"
        yield clause.found("job", "job", found, f"{OWNER} is {article} {found}.", 0.9)
    at = re.search(r"\s(?:at|for)\s+(.+)$", match["value"])
    if found and at is not None and proper(at[1]):
        where = proper(at[1])
        yield clause.found("workplace", "workplace", where, f"{OWNER} is at {where}.", 0.8)


def _workplace(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    found = value(match["value"], most_words=6)
    usual = proper(found) or re.match(r"(?:an?|the)\s", found)
    if found and usual and not re.match(_NO_WORKPLACE, found, re.IGNORECASE):
        yield clause.found("workplace", "workplace", found, f"{OWNER} works at {third_person(found)}.", 0.9)


def _studies(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    what, _, where = f" {match['value']}".partition(" at ")
    found = value(what, most_words=5)
    usual = not re.match(r"(?:for|hard|how|to|in|every|abroad|with|late|together|on|at)\b", found, re.IGNORECASE)
    if found and usual:
        yield clause.found("studies", "studies", found, f"{OWNER} studies {found}.", 0.85)
    if where and proper(where):
        yield clause.found("school", "school", proper(where), f"{OWNER} studies at {proper(where)}.", 0.85)


def _allergy(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in items(match["value"]):
        if _NO_ALLERGEN.match(item):
            return
        yield clause.found(
            f"allergy: {folded(item)}", f"allergy to {item}", "allergic", f"{OWNER} is allergic to {item}.", 0.95
        )


def _not_eaten(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in items(re.sub(r"^any\s+", "", match["value"])):
        what = f"does not {match['verb'].lower()} {item}"
        yield clause.found(f"diet: {folded(item)}", f"diet: {item}", what, f"{OWNER} {what}.", 0.85)


def _has(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    """A pet, or somebody of the family, by name where that is told."""
    who, names = match["who"].lower(), match["value"]
    how_many = match["count"].lower()
    what = " ".join(part for part in (how_many, match["which"] or "", who + match["many"]) if part.strip())
    what = " ".join(what.split())
    if not names:
        yield clause.found(f"has: {who}", who, what, f"{OWNER} has {what}.", 0.9)
        return
    listed = re.split(r"\s+and\s+", names)
    for name in listed:
        says = f"{OWNER} has {what} named {name}." if len(listed) == 1 else f"{OWNER} has a {who} named {name}."
        yield clause.found(*_somebody(who, name), name, says, 0.9)


def _named(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    who, name = match["who"].lower(), match["value"]
    yield clause.found(*_somebody(who, name), name, f"{OWNER}’s {who} is named {name}.", 0.9)


def _somebody(who: str, name: str) -> tuple[str, str]:
    """Attribute and label: with the name where one may have several of them."""
    return (f"has: {who}", who) if _ONLY_ONE.fullmatch(who) else (f"has: {who} {name.lower()}", f"{who} {name}")


def _learning(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in items(re.sub(r"^how\s+", "", match["value"])):
        what = third_person(shown(item))
        yield clause.found(f"learns: {folded(what)}", f"learns {what}", "yes", f"{OWNER} is learning {what}.", 0.8)


def _languages(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in items(re.sub(r"^(?:fluent|some|a little|a bit of)\s+", "", match["value"])):
        language = re.sub(r"\s+(?:fluently|well|a little|a bit)$", "", item)
        if _LANGUAGES.fullmatch(language):
            yield clause.found(
                f"speaks: {language.lower()}", f"speaks {language}", "yes", f"{OWNER} speaks {language}.", 0.9
            )


def _rules() -> Iterator[tuple[str, Rule]]:
    yield rf"my\s+(?:full\s+|first\s+)?name(?:'s|\s+is)\s+{_NAME}", _single("name", "is named {value}", 0.95, _name)
    yield (
        rf"(?:please\s+|you\s+can\s+|just\s+)?call\s+me\s+{_NAME}",
        _single("nickname", "is called {value}", 0.9, _name),
    )
    yield (
        r"I(?:'m|\s+am)\s+(?P<value>(?-i:[A-Z])[a-zé'-]+(?:\s+(?-i:[A-Z])[a-zé'-]+)?)(?=$|,\s*(?:nice|pleased))",
        _introduced,
    )
    yield rf"{_I}(?:live|reside)\s+in\s+(?P<value>.+)", _home
    yield rf"{_AM}(?:living|based)\s+in\s+(?P<value>.+)", _home
    yield (
        rf"I(?:'ve|\s+have)?\s+{_ADVERBS}moved\s+to\s+(?P<value>.+)",
        _single("home", "lives in {value}", 0.85, proper),
    )
    yield (
        rf"(?:{_AM}from|{_I}come\s+from|I\s+grew\s+up\s+in)\s+(?P<value>.+)",
        _single("origin", "comes from {value}", 0.9, _origin),
    )
    yield r"I\s+was\s+born\s+(?:on\s+)?(?P<value>.+)", _born
    yield rf"{_AM}(?P<value>\d{{1,3}})(?P<old>\s+years?\s+old)?(?:\s+this\s+year|\s+now)?$", _age
    yield r"I(?:'ve|\s+have)?\s+(?:just\s+)?turned\s+(?P<value>\d{1,3})(?P<old>)(?:\s.*)?$", _age
    yield r"my\s+birthday\s+is\s+(?:on\s+)?(?P<value>.+)", _birthday
    yield r"(?:it(?:'s|\s+is)\s+my\s+birthday\s+)(?P<value>.+)", _birthday
    yield r"(?P<value>[\w ]+?)\s+is\s+my\s+birthday\b", _birthday
    yield rf"(?:{_I}work|{_AM}working)\s+as\s+(?:an?\s+|the\s+)?(?P<value>.+)", _job
    yield r"my\s+(?:job|profession|occupation)\s+is\s+(?:being\s+)?(?:an?\s+|the\s+)?(?P<value>.+)", _job
    yield rf"{_AM}(?P<value>vegetarian|vegan)$", _single("diet", "is {value}", 0.95)
    yield rf"{_AM}an?\s+(?P<value>vegetarian|vegan|pescatarian)$", _single("diet", "is {value}", 0.95)
    yield (
        rf"{_AM}(?P<value>married|single|divorced|engaged|widowed)\b(?!-|\s+(?:out|in|to\s+my\s+(?:job|work)))",
        _single("marital status", "is {value}", 0.85),
    )
    yield rf"{_AM}an?\s+(?P<value>(?!fan\b).+)", _job
    yield rf"(?:{_I}work|{_AM}working)\s+(?:at|for)\s+(?P<value>.+)", _workplace
    yield rf"{_I}work\s+in\s+(?P<value>.+)", _workplace
    yield rf"(?:{_I}(?:study|major\s+in)|{_AM}(?:studying|majoring\s+in))\s+(?P<value>.+)", _studies
    yield r"my\s+major\s+is\s+(?P<value>.+)", _studies
    yield rf"{_AM}(?:\w+ly\s+)?allergic\s+to\s+(?P<value>.+)", _allergy
    yield r"I\s+have\s+an?\s+allergy\s+to\s+(?P<value>.+)", _allergy
    yield r"I\s+have\s+an?\s+(?P<value>\w+)\s+allergy$", _allergy
    yield r"I\s+(?:don't|do\s+not|never|can't|cannot)\s+(?P<verb>eat|drink)\s+(?P<value>.+)", _not_eaten
    has = (
        r"I(?:\s+also)?(?:\s+have|'ve)(?:\s+got)?\s+(?P<count>an?|one|two|three|four|five|\d)\s+(?P<which>(?:\w+\s+)?)"
    )
    yield (
        rf"{has}(?P<who>{_PETS}|{_RELATIVES})(?P<many>(?:s|es)?)\b"
        r"(?:,?\s+(?:named|called)\s+(?P<value>(?-i:[A-Z])[\w'-]*(?:\s+and\s+(?-i:[A-Z])[\w'-]*)?))?(?:$|[,\s])"
        r"(?!in\s+(?:this|that|the|every|any)\b)",
        _has,
    )
    yield rf"my\s+(?:\w+\s+)?(?P<who>{_PETS}|{_RELATIVES})(?:'s\s+name\s+is|\s+is\s+(?:called|named))\s+{_NAME}", _named
    yield (
        rf"(?:{_AM}|I(?:'ve|\s+have)\s+{_ADVERBS}been\s+|I\s+{_ADVERBS}started\s+)learning\s+"
        r"(?!about|from|a\s+lot|more|so|new|an?\s+new|some)(?P<value>.+)",
        _learning,
    )
    yield rf"{_I}(?:can\s+)?speak\s+(?P<value>.+)", _languages
    favourite = r"favou?rite\s+(?P<what>[a-z]+(?:\s+(?!is\b|are\b)[a-z]+){0,2})"
    yield rf"my\s+(?:all-time\s+|absolute\s+)?{favourite}\s+(?:is|are)\s+(?P<value>.+)", _favourite
    yield rf"(?P<value>[^,]{{2,40}}?)\s+(?:is|are)\s+my\s+(?:all-time\s+|absolute\s+)?{favourite}$", _favourite
    yield r"my\s+(?:main\s+|biggest\s+)?hobb(?:y\s+is|ies\s+(?:are|include))\s+(?P<value>.+)", _opinion("likes", 0.85)
    yield (
        rf"(?:{_I}(?:hate|dislike|detest|can't\s+stand|cannot\s+stand|can't\s+bear"
        rf"|(?:don't|do\s+not)\s+(?:really\s+|particularly\s+)?(?:like|enjoy))"
        rf"|{_AM}not\s+(?:an?\s+(?:big\s+|huge\s+)?fan\s+of|fond\s+of|into|keen\s+on|interested\s+in))"
        rf"\s+(?!to\s+(?:say|admit|bother|interrupt|be|ask|tell)\b)(?P<value>.+)",
        _opinion("dislikes", 0.85),
    )
    yield (
        rf"I(?:'ve|\s+have)\s+{_ADVERBS}(?:become|been|gotten)\s+(?:more\s+and\s+more\s+|very\s+|{_ADVERBS})"
        r"(?:interested\s+in|into|fond\s+of)\s+(?P<value>.+)",
        _opinion("likes", 0.8),
    )
    yield (
        rf"(?:{_I}(?:like|love|enjoy|adore|prefer)"
        rf"|{_AM}(?:very\s+|so\s+)?(?:fond\s+of|into|interested\s+in|keen\s+on|passionate\s+about"
        rf"|an?\s+(?:big\s+|huge\s+|great\s+)?fan\s+of|an?\s+(?:big\s+)?lover\s+of))"
        rf"\s+(?!(?:it|this|that|to\s+(?:hear|know|ask|think|believe|say|imagine|admit|talk\s+(?:to|with)))\b)(?P<value>.+)",
        _opinion("likes", 0.85),
    )


_RULES = tuple((re.compile(pattern, re.IGNORECASE), rule) for pattern, rule in _rules())
