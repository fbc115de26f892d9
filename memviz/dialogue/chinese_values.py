"""Values of Chinese claims: where they end, what is no value, how a list is taken apart."""

from __future__ import annotations

import re

_NO_VALUE = re.compile(
    "[你您他她它这那其]|自己|什么|怎么|一切|所有|有点|没有|不|跟你|和你|别人|大家|听你|与你|上了|的|了|过|得|着|聊天$|说$|里面|.*(?:时|时候)$"
)
_TAIL = re.compile("(?:了|啊|呀|呢|哦|啦|吧|的|这类的?|之类的?|等等?|等.{0,6})$")
_AND = re.compile("、|以及|还有|和(?!平|谐|服)|跟|及(?!时)|或者?(?!许)")
#: “在海滩和湖边拍照” is one thing, and so is what adjectives are put before: “晴朗、温暖的天气”.
_WHOLE = re.compile("[在去和跟陪给].*(?:、|和)|[^的、和]{1,3}[、和][^的、和]{1,3}的[^、和]+$")
_LONGEST_ITEM = 14
_SELF = (("我们", "他们"), ("我的", "自己的"), ("我", "自己"))


def value(text: str, *, longest: int = 20) -> str:
    """The value at the beginning of what follows a verb; empty where that is none."""
    found = _TAIL.sub("", text.strip(" 。！～~\"“”'"))
    return found if 0 < len(found) <= longest and not _NO_VALUE.match(found) else ""


def items(text: str) -> list[str]:
    """The values of a list: “绘画、弹钢琴和品茶”; none where a part is no value."""
    if _WHOLE.match(text):
        whole = value(text)
        return [whole] if whole else []
    listed = []
    for part in _AND.split(text):
        found = value(part, longest=_LONGEST_ITEM)
        if not found:
            break
        listed.append(found)
    return listed


def third_person(words: str) -> str:
    """“和我的朋友” as it is said of somebody else: “和自己的朋友”."""
    for mine, theirs in _SELF:
        words = words.replace(mine, theirs)
    return words
