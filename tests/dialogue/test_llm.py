"""What a model is asked, and what of its answer is believed."""

from __future__ import annotations

import pytest

from memviz.core.entry import Kind
from memviz.dialogue.llm import claims_in, prompt_for
from memviz.dialogue.turns import SpokenTurn
from tests.dialogue.labelled import SAID

TURN = SpokenTurn("user", "Hi, I'm Nora, I live in Lisbon {text} and I bake bread.", SAID)


def test_the_prompt_holds_turn_and_day():
    assert "2024-05-14: Hi, I'm Nora" in prompt_for(TURN)
    assert "{text} and I bake" in prompt_for(TURN)
    chinese = prompt_for(SpokenTurn("user", "我叫小雨"))
    assert "用户说：我叫小雨" in chinese


def test_only_lines_with_evidence_are_believed():
    answer = """\
Sure! Here is the list:
- name | Nora | I'm Nora
home | Lisbon | I live in Lisbon
home | Paris | I live in Paris
job | baker
likes | bread | i BAKE bread
plan | nothing |

none
| |
"""
    read = claims_in(answer, TURN, owner="Ann", turn_id=3)
    found = [(claim.attribute, claim.value, claim.evidence[0].turn) for claim in read.claims]
    assert found == [("name", "Nora", 3), ("home", "Lisbon", 3), ("likes: bread", "bread", 3)]
    assert [refused.why.split()[1] for refused in read.refused] == ["is", "words", "is", "is"]


def test_chinese_answers():
    turn = SpokenTurn("user", "我叫小雨，住在苏州。", SAID)
    read = claims_in("名字｜小雨｜我叫小雨\n住处 | 苏州 | 住在苏州\n工作 | 老师 | 我是老师\n无", turn, owner="小雨")
    assert [(claim.attribute, claim.label, claim.value) for claim in read.claims] == [
        ("name", "名字", "小雨"),
        ("home", "住处", "苏州"),
    ]
    assert len(read.refused) == 1


def test_part_of_a_word_is_no_evidence():
    assert not claims_in("pet | cat | cat", SpokenTurn("user", "I concatenate strings"), owner="Ann").claims


def test_plans_are_facts():
    read = claims_in("plan | fly to Rome | I fly to Rome", SpokenTurn("user", "I fly to Rome."), owner="Ann")
    assert read.claims[0].kind is Kind.FACT


@pytest.mark.parametrize("answer", ["", "none", "None.", "无。", "\n\n", "- \n*"])
def test_nothing_is_nothing(answer):
    read = claims_in(answer, TURN, owner="Ann")
    assert (read.claims, read.refused) == ((), ())
