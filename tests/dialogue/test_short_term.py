"""The buffer: what it holds, what it evicted and when, whatever comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.errors import KnownError
from memviz.dialogue.short_term import ShortTerm, estimated_tokens
from memviz.dialogue.turns import SpokenTurn


def turn(role: str, text: str = "…") -> SpokenTurn:
    return SpokenTurn(role, text)


def filled(budget: int, *tokens: int) -> ShortTerm:
    """User and assistant by turns."""
    state = ShortTerm(budget)
    for at, count in enumerate(tokens):
        state = state.added(turn("assistant" if at % 2 else "user"), count)
    return state


def test_the_oldest_pair_goes_together():
    state = filled(10, 2, 3, 2, 2)
    assert ([held.number for held in state.held], state.tokens, state.share) == ([1, 2, 3, 4], 9, 0.9)
    state = state.added(turn("user"), 3)
    assert [held.number for held in state.held] == [3, 4, 5]
    assert [(gone.number, gone.evicted_by) for gone in state.evicted] == [(1, 5), (2, 5)]


def test_the_newest_exchange_stays_even_if_it_is_too_large():
    state = filled(10, 2, 3, 30)
    assert ([held.number for held in state.held], state.over) == ([3], True)
    state = state.added(turn("assistant"), 5)
    assert [held.number for held in state.held] == [3, 4]


def test_states_are_values():
    before = filled(10, 4, 4)
    after = before.added(turn("user"), 8)
    assert ([held.number for held in before.held], before.evicted) == ([1, 2], ())
    assert [held.number for held in after.held] == [3]


def test_a_smaller_budget_evicts_and_a_new_session_empties():
    state = filled(100, 10, 10, 10, 10)
    assert [held.number for held in state.with_budget(25).held] == [3, 4]
    empty = state.emptied()
    assert (empty.held, empty.tokens, empty.count) == ((), 0, 4)
    assert {gone.evicted_by for gone in empty.evicted} == {5}


def test_the_dialogue_is_what_a_question_carries():
    state = ShortTerm(50).added(turn("user", "Hi"), 1).added(turn("assistant", "Hello"), 1)
    assert [(each.role, each.text) for each in state.dialogue()] == [("user", "Hi"), ("assistant", "Hello")]


def test_a_budget_of_nothing_is_refused():
    with pytest.raises(KnownError, match="at least 1 token"):
        ShortTerm(0)


@given(st.integers(1, 60), st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.integers(0, 40)), max_size=60))
def test_nothing_is_lost_and_the_budget_holds(budget, turns):
    state = ShortTerm(budget)
    for role, tokens in turns:
        state = state.added(turn(role), tokens)
    numbers = [held.number for held in (*state.evicted, *state.held)]
    assert numbers == list(range(1, len(turns) + 1))
    users = [held for held in state.held if held.turn.role == "user"]
    assert state.tokens <= budget or len(users) <= 1
    if state.evicted and state.held:
        assert state.held[0].turn.role == "user"


def test_estimates():
    assert [estimated_tokens(text) for text in ("", "abcd", "abcde", "我喜欢茶", "我用 Python")] == [0, 1, 2, 4, 4]
