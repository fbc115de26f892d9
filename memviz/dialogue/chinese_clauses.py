"""A Chinese sentence as clauses: without greetings and fillers, without questions and conditions."""

from __future__ import annotations

import datetime
import re

from memviz.dialogue.statements import Clause, shown

_GREETING = re.compile("(?:你们?好|您好|嗨|嘿|哈喽|早上好|晚上好|下午好|早安|大家好)(?:啊|呀)?(?:AI伴侣|朋友|助手)?$")
_FILLER = re.compile(
    "(?:嗯+|恩|对|是的|好的|好|啊|哦|噢|哈哈|另外|还有|顺便说一下|顺便|对了|说实话|老实说|而且|但是|但|不过|因为|所以|然后|其中"
    "|那|呃|当然|除此之外|谢谢你?|太棒了|没错|我跟你说|告诉你|你知道吗|朋友|AI伴侣)$"
)
_FILLER_AHEAD = re.compile("(?:而且|但是|不过|因为|所以|然后|另外|还有|但|那么|最近|平时|现在|目前|这几天)(?=我)")
_CORRECTION = re.compile("(?:其实|不对|不是的?|更正一下|更正|我?说错了|改口|实际上|准确地说|不)$")
_CORRECTION_AHEAD = re.compile("(?:其实|实际上|不对|更正一下)[，,]?(?=我)")
_HEDGE = re.compile("可能|也许|大概|好像|或许|说不定|估计|似乎|不确定|不一定")
_HEDGE_AHEAD = re.compile(f"(?:{_HEDGE.pattern})(?=我)")
_OPINION_AHEAD = re.compile("我(?:觉得|想|猜|估计)(?=我)")
_CONDITION = re.compile("如果|要是|假如|假设|若是|万一|除非|当我|每当")
_QUESTION = re.compile(
    "吗|什么|怎么|怎样|为什么|为何|哪|谁|多少|是不是|有没有|要不要|能不能|会不会|可不可以|行不行|好不好|(.)不\\1|呢$"
)
_REPORTED = re.compile("(?:说|问|告诉我|认为|觉得|听说|以为|写道|表示)[：:]?$")
#: What may follow without a subject of its own: “我叫张伟，今年30岁，住在北京”.
_GOES_ON = re.compile(
    "(?:今年\\d|住在|住|是一[名位个]|来自|在.{1,20}(?:工作|上班|读书|上学)|也?还?很?平?时?(?:最?喜欢|爱吃|讨厌)|不喜欢"
    "|养了|有一|对.{1,12}过敏|搬到|出生)"
)
_NAMED = re.compile("(?:名字?)?叫(?!我)")
_HER = re.compile("(?:[^我]|^)(?:他|她|它|你|您|朋友|妈妈|爸爸)")


def chinese_clauses(sentence: str, said: datetime.date | None) -> list[Clause]:
    """The clauses of a sentence that may say something of the speaker; none for a condition, no question."""
    text = "".join(sentence.split()) if not re.search("[A-Za-z]", sentence) else " ".join(sentence.split())
    asks = text.endswith(("？", "?"))
    parts = [part.strip() for part in re.split("[，,]", text.rstrip("。！？!?；;….～~ ")) if part.strip()]
    if asks and parts:
        parts.pop()  # what is asked; what was told before it stays
    clauses: list[Clause] = []
    greeted = correction = subject = False
    before = ""
    for part in parts:
        if _CONDITION.match(part) or _REPORTED.search(before):
            break
        before = part
        if _GREETING.match(part):
            greeted = True
            continue
        if _CORRECTION.match(part):
            correction = True
            continue
        if _FILLER.match(part):
            continue
        bare = _FILLER_AHEAD.sub("", part, count=1)
        corrected = _CORRECTION_AHEAD.match(bare) is not None
        bare = _CORRECTION_AHEAD.sub("", bare, count=1)
        unsure = _HEDGE.search(bare) is not None or _OPINION_AHEAD.match(bare) is not None
        bare = _OPINION_AHEAD.sub("", bare, count=1)
        bare = _HEDGE_AHEAD.sub("", bare, count=1)
        if subject and not bare.startswith("我") and _GOES_ON.match(bare):
            bare = "我" + bare
        subject = bare.startswith("我") or (subject and not _HER.search(bare))
        if _NAMED.match(bare) and clauses:
            named = clauses.pop()  # “我养了一只猫，叫豆豆”
            bare, part = f"{named.text}，{bare}", f"{named.words}，{part}"
        if _QUESTION.search(bare) is None:
            clauses.append(Clause(bare, shown(part), said, unsure, correction or corrected, greeted))
    return clauses
