"""Turns of our own, labelled by hand: what each says about its speaker. Said on Tuesday, 14 May 2024."""

from __future__ import annotations

import datetime

SAID = datetime.datetime(2024, 5, 14, 12, 0).timestamp()

Labels = set[tuple[str, str]]

ENGLISH: list[tuple[str, Labels]] = [
    ("Hi! My name is Nora Beck, nice to meet you.", {("name", "Nora Beck")}),
    ("Hello, I'm Tomas. How are you?", {("name", "Tomas")}),
    ("Everybody calls me Dot, but please call me Dorothy.", {("nickname", "Dorothy")}),
    ("I live in Lisbon and work as a nurse.", {("home", "Lisbon"), ("job", "nurse")}),
    ("Actually, I moved to Porto in March.", {("home", "Porto")}),
    (
        "Last month I moved to Sintra, even though I still love Porto.",
        {("home", "Sintra"), ("opinion: porto", "likes")},
    ),
    ("I'm a software engineer at Brightwell.", {("job", "software engineer"), ("workplace", "Brightwell")}),
    ("I work for a small bakery near the harbour.", {("workplace", "a small bakery near the harbour")}),
    ("I'm 41 years old.", {("age", "41")}),
    ("I was born in 1983 in a tiny village.", {("birth year", "1983")}),
    ("My birthday is on June 3rd.", {("birthday", "June 3")}),
    ("I study marine biology at Ghent University.", {("studies", "marine biology"), ("school", "Ghent University")}),
    ("My favourite colour is teal.", {("favourite: colour", "teal")}),
    ("Ratatouille is my favorite dish.", {("favourite: dish", "Ratatouille")}),
    (
        "I love gardening, old maps and long train rides.",
        {("opinion: gardening", "likes"), ("opinion: old maps", "likes"), ("opinion: long train rides", "likes")},
    ),
    ("I really don't like coriander.", {("opinion: coriander", "dislikes")}),
    ("I can't stand loud parties because I get tired.", {("opinion: loud parties", "dislikes")}),
    ("Maybe I like jazz.", {("opinion: jazz", "likes")}),
    ("I have a dog named Biscuit.", {("has: dog", "Biscuit")}),
    ("I have two older brothers.", {("has: brother", "two older brothers")}),
    ("My sister is called Mira.", {("has: sister", "Mira")}),
    ("I'm allergic to peanuts and shellfish.", {("allergy: peanuts", "allergic"), ("allergy: shellfish", "allergic")}),
    ("I'm a vegetarian.", {("diet", "vegetarian")}),
    ("Tomorrow I'm going to visit my grandmother.", {("plan: visit their grandmother", "2024-05-15")}),
    ("I have a dentist appointment on Friday.", {("plan: have a dentist appointment", "2024-05-17")}),
    ("Yesterday I finished my first marathon!", {("event: finished their first marathon", "2024-05-13")}),
    ("Last week I adopted a kitten.", {("event: adopted a kitten", "week of 2024-05-06")}),
    (
        "Please remember that the spare key is under the blue pot.",
        {("note: the spare key is under", "the spare key is under the blue pot")},
    ),
    ("Please remember that I'm allergic to penicillin.", {("allergy: penicillin", "allergic")}),
    ("I speak Polish and Danish.", {("speaks: polish", "yes"), ("speaks: danish", "yes")}),
    ("I play the cello in an amateur orchestra.", {("plays: cello", "yes")}),  # no rule knows this
    ("My commute takes an hour each way.", {("commute", "an hour each way")}),  # nor this
    ("Do I like opera?", set()),
    ("Would I enjoy Iceland, do you think?", set()),
    ("If I lived in Rome, I would eat better.", set()),
    ("My neighbour said, I love heavy metal.", set()),
    ('She wrote: "I live in Vienna. I work as a pilot."', set()),
    ("I don't live in Berlin any more.", set()),
    ("I like it a lot, thank you!", set()),
    ("I'm a huge mess today.", set()),
    ("I wish I had a cat.", set()),
    ("What is your favourite colour?", set()),
    ("I'd like to know how sourdough works.", set()),
    ("I work from home on Mondays.", set()),
    ("You said I hate onions.", set()),
    ("Today I want to talk to you about taxes.", set()),
]

CHINESE: list[tuple[str, Labels]] = [
    ("你好，我叫林小雨，很高兴认识你。", {("name", "林小雨")}),
    ("大家都叫我阿宝。", {("nickname", "阿宝")}),
    ("我今年29岁，住在苏州，是一名小学老师。", {("age", "29"), ("home", "苏州"), ("job", "小学老师")}),
    ("其实，我上个月搬到了无锡。", {("home", "无锡")}),
    ("我在一家出版社工作。", {("workplace", "一家出版社")}),
    ("我的生日是8月21日。", {("birthday", "8月21日")}),
    ("我喜欢爬山、书法和听评弹。", {("opinion: 爬山", "喜欢"), ("opinion: 书法", "喜欢"), ("opinion: 听评弹", "喜欢")}),
    ("我不喜欢吃香菜。", {("opinion: 吃香菜", "不喜欢")}),
    ("我最喜欢的季节是秋天。", {("favourite: 季节", "秋天")}),
    ("我可能喜欢陶艺。", {("opinion: 陶艺", "喜欢")}),
    ("我对花生过敏。", {("allergy: 花生", "过敏")}),
    ("我养了一只猫，叫豆豆。", {("has: 猫", "豆豆")}),
    ("我有两个姐姐。", {("has: 姐姐", "两个姐姐")}),
    ("我会说英语和法语。", {("speaks: 英语", "会"), ("speaks: 法语", "会")}),
    ("明天我要去医院看牙。", {("plan: 医院看牙", "2024-05-15")}),
    ("昨天我去了西湖。", {("event: 去了西湖", "2024-05-13")}),
    ("下周五我有一场面试。", {("plan: 面试", "2024-05-24")}),
    ("请记住，备用钥匙在花盆下面。", {("note: 备用钥匙在花盆下面", "备用钥匙在花盆下面")}),
    ("请记住我不吃辣。", {("diet: 辣", "不吃辣")}),
    ("我每天坐地铁上班要一个小时。", {("commute", "一个小时")}),  # no rule knows this
    ("你喜欢什么颜色？", set()),
    ("我喜欢什么，你猜得到吗？", set()),
    ("如果我住在海边，我会天天游泳。", set()),
    ("她说，我讨厌下雨。", set()),
    ("他写道：“我住在成都。我是医生。”", set()),
    ("我不住在北京了。", set()),
    ("我喜欢你。", set()),
    ("我是说，这样也可以。", set()),
    ("我想问一个问题。", set()),
    ("今天我想和你聊聊税。", set()),
]
