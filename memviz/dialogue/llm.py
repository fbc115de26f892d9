"""Consolidation by a language model: what it is asked, and how strictly its answer is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memviz.core.entry import Kind
from memviz.core.text import has_cjk, normalised
from memviz.dialogue.claims import Claim, Evidence, holds
from memviz.dialogue.turns import SpokenTurn, local_date

#: Of a claim that a model found: its words stand in the turn, but nobody checked what it makes of them.
CONFIDENCE = 0.6
#: Room for an answer.
MAX_TOKENS = 200
_LONGEST = 200

#: The whole prompt goes through the question; a template must have a place for entries, and there are none.
TEMPLATE = "{entries}{question}"

_ENGLISH = """\
Read what the user says and list what it tells about the user: name, home, job, age, family, likes, dislikes, plans.
Write one line for each, and nothing else: attribute | value | the user's own words
Leave out questions, and whatever the user does not say. If there is nothing, write: none

The user says: My name is Eva and I live in Prague. Do you know it?
name | Eva | My name is Eva
home | Prague | I live in Prague

The user says{when}: {text}
"""
_CHINESE = """\
阅读用户说的话，列出其中关于用户自己的信息：名字、住处、工作、年龄、家人、喜欢、不喜欢、计划。
每条信息写一行，不要写别的：属性 | 值 | 用户的原话
不要写问题，也不要写用户没有说的内容。如果没有信息，写：无

用户说：我叫小梅，住在厦门。你去过吗？
名字 | 小梅 | 我叫小梅
住处 | 厦门 | 住在厦门

用户说{when}：{text}
"""
_FACTS = re.compile(r"plan|event|appointment|note|计划|事件|日程|备忘", re.IGNORECASE)
#: Of these a user has many, and one does not supersede the other.
_SEVERAL = re.compile(
    r"likes?|dislikes?|hobb(?:y|ies)|family|pets?|plans?|events?|喜欢|不喜欢|爱好|家人|宠物|计划|事件"
)
_NOTHING = re.compile(r"\W*(?:none|nothing|无|没有)\W*", re.IGNORECASE)
#: Names of attributes in the answer -> those that the rules use, so that both find each other's entries.
_ATTRIBUTES = {
    "名字": "name",
    "姓名": "name",
    "住处": "home",
    "住址": "home",
    "location": "home",
    "city": "home",
    "residence": "home",
    "工作": "job",
    "职业": "job",
    "occupation": "job",
    "profession": "job",
    "年龄": "age",
    "昵称": "nickname",
    "生日": "birthday",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of the answer that became no claim, and why."""

    line: str
    why: str


@dataclass(frozen=True, slots=True)
class ModelClaims:
    """What was read of an answer."""

    claims: tuple[Claim, ...]
    refused: tuple[Refused, ...] = ()


def prompt_for(turn: SpokenTurn) -> str:
    """What the model is asked about one turn, in the turn's language."""
    day = local_date(turn.time)
    chinese = has_cjk(turn.text)
    when = "" if day is None else f"（{day.isoformat()}）" if chinese else f" on {day.isoformat()}"
    prompt = _CHINESE if chinese else _ENGLISH
    return prompt.replace("{when}", when).replace("{text}", " ".join(turn.text.split()))


def claims_in(answer: str, turn: SpokenTurn, *, owner: str, turn_id: int = 0) -> ModelClaims:
    """Reads a model's answer line by line: ``attribute | value | words``.

    A line is refused, with the reason, where it is not of this form, or where the turn does not hold its words: a model
    invents readily. Empty lines and the sentence that there is nothing are passed over.
    """
    claims: dict[tuple[str, str], Claim] = {}
    refused: list[Refused] = []
    for line in answer.splitlines():
        if not line.strip(" -*•|\t") or _NOTHING.fullmatch(line.strip()):
            continue
        read = _read(line, turn, owner, turn_id)
        if isinstance(read, Claim):
            claims.setdefault((read.attribute, read.value), read)
        else:
            refused.append(Refused(line.strip()[:_LONGEST], read))
    return ModelClaims(tuple(claims.values()), tuple(refused))


def _read(line: str, turn: SpokenTurn, owner: str, turn_id: int) -> Claim | str:
    """The claim of a line, or why it is none."""
    parts = [part.strip(" \t\"'“”`") for part in re.split(r"[|｜]", line.strip(" -*•\t").strip("|｜"))]
    if len(parts) != 3:
        return "it is not of the form “attribute | value | words”"
    label, value, words = parts
    if not label or not value:
        return "it names no attribute or no value"
    if len(label) > _LONGEST // 4 or len(value) > _LONGEST:
        return "its attribute or its value is too long"
    if not normalised(words) or not holds(turn.text, words):
        return "its words do not stand in the turn"
    attribute = _ATTRIBUTES.get(label.lower(), label.lower())
    if _SEVERAL.fullmatch(attribute):
        attribute, label = f"{attribute}: {value.lower()}", f"{label}: {value}"
    chinese = has_cjk(turn.text)
    text = f"{owner}的{label}：{value}。" if chinese else f"{owner} – {label}: {value}."
    if attribute.startswith(("likes", "like:", "dislike", "喜欢", "不喜欢")):
        text = f"{owner}{parts[0]}{value}。" if chinese else f"{owner} {parts[0].lower()} {value}."
    kind = Kind.FACT if _FACTS.search(label) else Kind.PROFILE
    return Claim(owner, attribute, label, value, text, CONFIDENCE, (Evidence(turn_id, words),), kind, turn.time)
