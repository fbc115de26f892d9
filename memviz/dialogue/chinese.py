"""What a Chinese sentence says about its speaker: rules, plans and events, and what is to be remembered."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

from memviz.core.entry import Kind
from memviz.dialogue.chinese_clauses import chinese_clauses
from memviz.dialogue.chinese_rules import chinese_statements
from memviz.dialogue.chinese_values import third_person
from memviz.dialogue.dates import FoundDate, find_date
from memviz.dialogue.statements import OWNER, Clause, Statement, shown

_REMEMBER = re.compile("(?:请|麻烦你?|帮我|你要|一定要)*(?:记住|记得|记一下|别忘了|不要忘记)[：:，,]?(?P<rest>.+)$")
_ASKED_TO_REMEMBER = 0.95
_LENGTH_OF_A_LABEL = 10
_LONGEST = 40
_WILL = re.compile(
    "我?(?:会|要|将会?|打算|准备|计划|决定|正计划|得|需要|必须)(?:去|在)?(?P<what>.+)$|我?(?P<going>去|飞|回|出发|参加|开始|搬).+$"
)
_MINE = re.compile(
    "我?(?:有|的)?(?:一[场个次])?(?P<what>.{0,6}(?:考试|面试|会议|航班|婚礼|手术|约会|聚会|演讲|比赛|预约))$"
)
_WISH = re.compile("我?(?:想要?|希望)(?:去)?(?P<what>.+)$")
_PAST = re.compile(
    "我?(?:刚|已经|刚刚|终于|又|也|还)?(?P<what>(?:和|跟|与|陪|带).{1,10}?)?"
    "(?P<verb>去|看|买|学|参加|吃|做|见|拜访|完成|通过|开始|搬|收到|赢|丢|领养|读|爬|听|尝试|结婚|毕业|辞职|画|写|跑)"
    "(?P<rest>.*)$"
)
_HAPPENED = re.compile("[了过到完]")
_WITH_LISTENER = re.compile("[你您聊谈问]|分享|请教|告诉")
_NOT_HAPPENED = re.compile("没|不|想|打算|准备|计划|要|会|应该")


def chinese_sentence(sentence: str, said: datetime.date | None) -> list[Statement]:
    """The statements of one sentence; none where it asks, supposes or only says what somebody else said."""
    asked = _REMEMBER.match(sentence)
    if asked is None or sentence.endswith(("吗？", "吗?")) or asked["rest"][:1] in "了得":
        return _told(sentence, said)
    rest = asked["rest"].rstrip("。！？!? ")
    told = _told(rest, said)
    if told:
        return [replace(each, strength=max(each.strength, _ASKED_TO_REMEMBER)) for each in told]
    note = shown(third_person(rest))
    label = "备忘：" + note[:_LENGTH_OF_A_LABEL]
    says = f"{OWNER}要求记住：{note}。"
    return [
        Statement(
            f"note: {note[:_LENGTH_OF_A_LABEL]}", label, note, says, shown(sentence), _ASKED_TO_REMEMBER, Kind.FACT
        )
    ]


def _told(sentence: str, said: datetime.date | None) -> list[Statement]:
    found: list[Statement] = []
    for clause in chinese_clauses(sentence, said):
        told = chinese_statements(clause)
        event = None if told else chinese_event(clause)
        found += told if event is None else [event]
    return found


def chinese_event(clause: Clause) -> Statement | None:
    """A plan or an event with its date; None where there is none, or nobody knows when it was said."""
    date = find_date(clause.text, clause.said) if clause.said is not None else None
    if date is None or date.value.isdigit() or clause.said is None:
        return None
    rest = (clause.text[: date.start] + clause.text[date.end :]).strip("在，,的 ")
    if date.start > 0 and not clause.text.startswith("我"):
        return None  # somebody else's day
    bare = date.value.removeprefix("week of ")
    past = _PAST.match(rest)
    if past is not None and bare[-10:] <= clause.said.isoformat():
        what = (past["what"] or "") + past["verb"] + past["rest"]
        if _HAPPENED.search(what) and not _NOT_HAPPENED.search(what):
            return _dated(clause, date, what, "event", 0.75)
    if bare < clause.said.isoformat()[: len(bare)]:
        return None
    for pattern, strength in ((_MINE, 0.85), (_WILL, 0.8), (_WISH, 0.5)):
        match = pattern.match(rest)
        soon = pattern is not _WISH or bare > clause.said.isoformat()
        if match is not None and soon and not re.search("没|不(?!久)|[了过]", rest):
            return _dated(clause, date, match["what"] or rest.removeprefix("我"), "plan", strength)
    return None


def _dated(clause: Clause, date: FoundDate, words: str, what: str, strength: float) -> Statement | None:
    told = third_person(shown(words.strip("，。！ ")))
    if not 2 <= len(told) <= _LONGEST or _WITH_LISTENER.search(told):
        return None
    when = date.value.removeprefix("week of ") + ("那一周" if date.value.startswith("week") else "")
    label = ("计划：" if what == "plan" else "事件：") + told
    says = f"{OWNER}{when}的计划：{told}。" if what == "plan" else f"{OWNER}在{when}{told}。"
    return clause.found(f"{what}: {told}", label, date.value, says, strength, Kind.FACT)
