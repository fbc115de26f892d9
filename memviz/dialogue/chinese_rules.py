"""Rules for what a Chinese clause says about its speaker."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator

from memviz.dialogue.chinese_values import items, third_person, value
from memviz.dialogue.dates import find_date
from memviz.dialogue.statements import OWNER, Clause, Statement, shown

_ADVERBS = (
    "(?:现在|目前|一直|也|还|很|非常|特别|真的|平时|比较|超级|都|就|十分|挺|蛮|更|从小就|从小|最近|经常|其实|可能|也许|大概|好像"
    "|或许|应该|最近|个人|本人|尤其|极其|格外|确实|真)*"
)
_I = f"我{_ADVERBS}"
_HAN = "[\u4e00-\u9fff·]"
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁马方任袁柳鲍史唐薛雷贺倪汤罗毕郝安于傅"
    "康伍余顾孟黄萧尹姚邵汪毛狄宋庞熊纪项董梁杜蓝季贾江郭梅林钟徐邱骆高夏蔡田胡凌霍万柯管卢莫房解丁邓洪左石崔程陆宫焦温刘谭廖"
    "曾韦侯白龙段武乔赖龚文覃黎常牛聂章樊兰殷施翟颜严芦俞詹齐庄曲易尤关游耿祝卓简甘裴"
)
_LONG_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "慕容", "司徒", "令狐", "端木")
_PLACES = (
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南"
    "|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|广州|深圳|杭州|苏州|南京|武汉|成都|西安|长沙|青岛|大连|厦门"
    "|无锡|宁波|福州|合肥|昆明|沈阳|哈尔滨|济南|郑州|东北|中国|美国|英国|法国|德国|日本|韩国|加拿大|澳大利亚|意大利|西班牙"
    "|俄罗斯|新加坡|马来西亚|泰国|越南|印度|巴西"
)
_JOBS = (
    "老师|教师|医生|护士|工程师|律师|设计师|厨师|会计师?|程序员|学生|大学生|研究生|博士生|高中生|初中生|记者|编辑|作家|画家|演员|歌手"
    "|司机|警察|军人|农民|工人|销售|经理|主管|教授|科学家|研究员|翻译|导演|摄影师|音乐家|钢琴家|运动员|教练|服务员|店员|公务员|营业员"
    "|飞行员|消防员|药剂师|牙医|兽医|木匠|理发师|建筑师|分析师|咨询师|心理咨询师|产品经理|项目经理|自由职业者|创业者|老板|秘书|保安"
)
_RELATIVES = (
    "姐姐|妹妹|哥哥|弟弟|儿子|女儿|孩子|妻子|丈夫|老婆|老公|女朋友|男朋友|妈妈|爸爸|母亲|父亲|爷爷|奶奶"
    "|外公|外婆|孙子|孙女|双胞胎"
)
#: Of these one has one at a time; of the others, and of pets, several stand beside each other by their names.
_ONLY_ONE = re.compile("妻子|丈夫|老婆|老公|女朋友|男朋友|妈妈|爸爸|母亲|父亲|爷爷|奶奶|外公|外婆")
_PETS = "狗|猫|小狗|小猫|猫咪|狗狗|仓鼠|兔子|鹦鹉|鸟|鱼|金鱼|乌龟|马|蛇"
#: Where one stays for a night, and what one does somewhere: “住在酒店等你” is no home.
_NO_HOME = "(?!.*(?:[你您等]|(?:酒店|宾馆|旅馆|旅店|民宿|招待所|医院)$))"
_COUNT = "(?:一|两|二|三|四|五|\\d)"

Rule = Callable[[Clause, re.Match[str]], Iterator[Statement]]


def chinese_statements(clause: Clause) -> list[Statement]:
    """What the first rule that fits finds in a clause."""
    for pattern, rule in _RULES:
        match = pattern.match(clause.text)
        if match is not None:
            found = list(rule(clause, match))
            if found:
                return found
    return []


def _single(attribute: str, label: str, says: str, strength: float, *, longest: int = 12) -> Rule:
    """A rule for an attribute of one value; ``says`` has {value} for it."""

    def rule(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
        found = shown(value(match["value"], longest=longest))
        if found:
            yield clause.found(attribute, label, found, f"{OWNER}{says.replace('{value}', found)}。", strength)

    return rule


def _introduced(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    """“我是小明” is a name where it looks like one: a surname before it, or 小, 阿, 老."""
    name = match["value"]
    family = len(name) in (2, 3) and name[0] in _SURNAMES and clause.greeted
    if (family or re.match("[小阿老].$", name)) and not re.search(_JOBS, name):
        yield clause.found("name", "名字", name, f"{OWNER}的名字是{name}。", 0.75)


def _called(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    """“我叫林小雨” is a name, “我叫外卖” is none."""
    name = match["value"]
    if name.isascii() or name[0] in _SURNAMES or name[:2] in _LONG_SURNAMES or re.match("[小阿老].$", name):
        yield clause.found("name", "名字", name, f"{OWNER}的名字是{name}。", 0.95)


def _from(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    """“我是四川人” says where somebody comes from, “我是主持人” does not."""
    place = match["value"]
    if re.fullmatch(f"(?:{_PLACES})|.{{1,4}}[省市县州]", place):
        yield clause.found("origin", "家乡", place, f"{OWNER}来自{place}。", 0.85)


def _opinion(verdict: str, verb: str, strength: float) -> Rule:
    def rule(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
        for item in items(match["value"]):
            thing = third_person(shown(item))
            yield clause.found(f"opinion: {thing}", f"对{thing}的喜好", verdict, f"{OWNER}{verb}{thing}。", strength)

    return rule


def _favourite(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    what, found = match["what"], shown(value(match["value"], longest=24))
    if found:
        says = f"{OWNER}最喜欢的{what}是{found}。"
        yield clause.found(f"favourite: {what}", f"最喜欢的{what}", found, says, 0.9)


def _age(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    if 1 <= int(match["value"]) <= 120:
        yield clause.found("age", "年龄", match["value"], f"{OWNER}{match['value']}岁。", 0.95)


def _born(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    found = match["value"]
    year = re.match("(\\d{4})年?(?!.*月)", found)
    date = find_date(found, clause.said or datetime.date(2000, 1, 1)) if re.match("\\d{4}年\\d", found) else None
    if date is not None:
        yield clause.found("birth date", "出生日期", date.value, f"{OWNER}出生于{date.value}。", 0.95)
    elif year is not None:
        yield clause.found("birth year", "出生年份", year[1], f"{OWNER}出生于{year[1]}年。", 0.95)
    elif not re.match("\\d", found) and value(found, longest=10):
        yield clause.found("birthplace", "出生地", value(found), f"{OWNER}出生于{value(found)}。", 0.9)


def _birthday(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    date = find_date(match["value"], clause.said) if clause.said is not None else None
    if date is not None and len(date.value) == len("2023-05-02"):
        day = datetime.date.fromisoformat(date.value)
        found = f"{day.month}月{day.day}日"
        yield clause.found("birthday", "生日", found, f"{OWNER}的生日是{found}。", 0.9)


def _allergy(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in items(match["value"]):
        yield clause.found(f"allergy: {item}", f"对{item}过敏", "过敏", f"{OWNER}对{item}过敏。", 0.95)


def _not_eaten(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in items(match["value"]):
        what = f"不{match['verb']}{item}"
        yield clause.found(f"diet: {item}", f"饮食：{item}", what, f"{OWNER}{what}。", 0.85)


def _has(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    who, name = match["who"], match["value"]
    what = f"{match['count']}{match['unit']}{match['which'] or ''}{who}"
    if name:
        yield clause.found(*_somebody(who, name), name, f"{OWNER}有{what}，名叫{name}。", 0.9)
    else:
        yield clause.found(f"has: {who}", who, what, f"{OWNER}有{what}。", 0.9)


def _named(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    who, name = match["who"], match["value"]
    yield clause.found(*_somebody(who, name), name, f"{OWNER}的{who}叫{name}。", 0.9)


def _somebody(who: str, name: str) -> tuple[str, str]:
    """Attribute and label: with the name where one may have several of them."""
    return (f"has: {who}", who) if _ONLY_ONE.fullmatch(who) else (f"has: {who}{name}", f"{who}{name}")


def _learning(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in items(match["value"]):
        what = third_person(shown(item))
        yield clause.found(f"learns: {what}", f"在学{what}", "在学", f"{OWNER}在学{what}。", 0.8)


def _languages(clause: Clause, match: re.Match[str]) -> Iterator[Statement]:
    for item in re.split("、|和", match["value"]):
        yield clause.found(f"speaks: {item}", f"会说{item}", "会", f"{OWNER}会说{item}。", 0.9)


def _rules() -> Iterator[tuple[str, Rule]]:
    name = f"(?P<value>{_HAN}{{2,4}}|[A-Z][A-Za-z]+)"
    yield f"(?:我的?(?:名字|姓名)(?:是|叫)|我名叫){name}$", _single("name", "名字", "的名字是{value}", 0.95)
    yield f"我叫做?{name}$", _called
    yield f"(?:大家|朋友们?)都?(?:叫|喊)我{name}$", _single("nickname", "昵称", "的昵称是{value}", 0.85)
    yield f"你?(?:可以|也可以)(?:叫|喊)我{name}(?:就好|就行|吧)?$", _single("nickname", "昵称", "的昵称是{value}", 0.85)
    yield f"我是(?P<value>{_HAN}{{2,3}})$", _introduced
    yield f"{_I}(?:住在|居住在|定居在|生活在){_NO_HOME}(?P<value>.+)", _single("home", "住处", "住在{value}", 0.9)
    yield (
        f"{_I}(?:刚刚?|已经|去年|今年|前年|[上这]个?(?:月|周|星期)|\\d{{1,2}}月|终于)*(?:搬到|搬去|搬家到|搬来)了?(?P<value>[^了]+)了?$",
        _single("home", "住处", "住在{value}", 0.85),
    )
    yield (
        f"我(?:的)?家(?:就)?(?:住)?在(?P<value>.*(?:{_PLACES}|[省市县区镇村路街楼城岛湾州]|附近|旁边|边上))$",
        _single("home", "住处", "住在{value}", 0.85),
    )
    yield f"{_I}(?:来自|老家在|老家是)(?P<value>.+)", _single("origin", "家乡", "来自{value}", 0.9)
    yield "我的(?:老家|家乡)(?:在|是)(?P<value>.+)", _single("origin", "家乡", "来自{value}", 0.9)
    yield f"我是(?P<value>{_HAN}{{2,5}})人$", _from
    yield "我(?:今年|现在|已经|刚满|刚)*(?P<value>\\d{1,3})(?:周)?岁了?$", _age
    yield "我(?:是)?(?:出生于|出生在|生于)(?P<value>.+)", _born
    yield "我(?:是)?(?P<value>\\d{4}年(?:\\d{1,2}月\\d{1,2}[日号])?)出生的?", _born
    yield "我的?生日(?:是|在)(?P<value>.+)", _birthday
    yield "(?P<value>今天|明天|后天|昨天|.{1,8})(?:就)?是我的?生日", _birthday
    yield (
        f"我(?:现在|目前)?(?:的(?:工作|职业)是|是)(?:一?[名个位])?(?P<value>{_HAN}{{0,8}}?(?:{_JOBS}))$",
        _single("job", "职业", "是{value}", 0.9),
    )
    yield (
        f"{_I}在(?P<value>(?!一家公司|公司|家|.*(?:找|考虑|准备|换|份|努力|忙|做|认真)).{{2,16}}?)(?:工作|上班|任职)$",
        _single("workplace", "工作单位", "在{value}工作", 0.9, longest=16),
    )
    yield (
        f"{_I}在(?P<value>.{{2,16}}?)(?:上学|读书|念书|上大学|读大学|读研)$",
        _single("school", "学校", "在{value}上学", 0.9, longest=16),
    )
    yield "我的专业是(?P<value>.+)", _single("studies", "专业", "的专业是{value}", 0.9)
    yield f"{_I}主修(?P<value>.+)", _single("studies", "专业", "的专业是{value}", 0.85)
    yield f"{_I}对(?P<value>.{{1,16}}?)(?:严重)?过敏$", _allergy
    yield f"{_I}(?P<value>吃素|素食)$", _single("diet", "饮食", "{value}", 0.9)
    yield "我是(?:一?[名个位])?(?P<value>素食者|素食主义者)$", _single("diet", "饮食", "是{value}", 0.9)
    yield f"{_I}不(?P<verb>吃|喝)(?P<value>.+)", _not_eaten
    yield f"{_I}(?P<value>已婚|单身|未婚|离异|结婚了)$", _single("marital status", "婚姻状况", "{value}", 0.85)
    yield (
        f"我(?:家)?(?:里)?(?:还|也)?(?:有|养了|养着|养)(?P<count>{_COUNT})(?P<unit>[只条匹个位对])"
        f"(?P<which>{_HAN}{{1,4}}的)?(?P<who>{_PETS}|{_RELATIVES})(?:[，,]?(?:名?叫|名字叫)(?P<value>{_HAN}{{1,4}}))?$",
        _has,
    )
    yield f"我的?(?:家的)?(?P<who>{_PETS}|{_RELATIVES})(?:的名字)?(?:名?叫|是叫)(?P<value>{_HAN}{{2,4}})$", _named
    yield f"{_I}(?:正?在|开始)学习?(?!校|会|了|到|着)(?P<value>.+)", _learning
    yield (
        f"{_I}会(?:说|讲)(?P<value>(?:[、和]?(?:英|法|德|日|韩|中|俄|粤|汉|西班牙|意大利|葡萄牙|阿拉伯)[语文])+)",
        _languages,
    )
    yield f"{_I}最(?:喜欢|爱|喜爱)的(?P<what>{_HAN}{{1,8}}?)(?:就|还)?是(?P<value>.+)", _favourite
    yield f"(?P<value>[^我你他她]{{1,16}}?)是我最(?:喜欢|爱)的(?P<what>{_HAN}{{1,8}})$", _favourite
    yield "我的爱好(?:是|有|包括)(?P<value>.+)", _opinion("喜欢", "喜欢", 0.85)
    yield (
        f"{_I}(?:不太?喜欢|不怎么喜欢|不爱|讨厌|厌恶|受不了|不感兴趣于|恨)(?P<value>.+)",
        _opinion("不喜欢", "不喜欢", 0.85),
    )
    yield f"{_I}对(?P<value>.{{1,14}}?)(?:不|没什?么?|没有)(?:太)?感?兴趣$", _opinion("不喜欢", "不喜欢", 0.8)
    yield f"{_I}最?(?:喜欢|热爱|喜爱|爱吃|爱喝|爱看|爱听|钟爱|偏爱|享受)(?P<value>.+)", _opinion("喜欢", "喜欢", 0.85)
    yield f"{_I}对(?P<value>.{{1,14}}?){_ADVERBS}感兴趣$", _opinion("喜欢", "喜欢", 0.8)


_RULES = tuple((re.compile(pattern), rule) for pattern, rule in _rules())
