"""The answer's text, token by token: characters of several tokens, leading spaces, stop strings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.events import FinishEvent, OutputEvent
from memviz.core.query import Query
from memviz.models.answering.detokenizer import Detokenizer, TokenTexts
from memviz.models.answering.stopping import StopStrings
from tests.models.tiny import entries, ids_of, sentencepiece_tokenizer, tiny_model, tiny_tokenizer, wrapped

TOKENIZERS = {"byte-level": tiny_tokenizer(), "sentencepiece": sentencepiece_tokenizer()}


def _told(tokenizer: Any, prompt: str, ids: list[int]) -> list[str]:
    detokenizer = Detokenizer(tokenizer, ids_of(tokenizer, prompt))
    return [*(detokenizer.add(token_id) for token_id in ids), detokenizer.flush()]


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize("text", ["the 电影 the", "👩‍👩‍👧 🎬!", "naïve…", "a\u0301b", "  two  spaces ", "\n\n"])
def test_joined_pieces_are_the_text(name: str, text: str) -> None:
    tokenizer = TOKENIZERS[name]
    whole = ids_of(tokenizer, "the answer " + text)
    prompt = ids_of(tokenizer, "the answer ")
    if whole[: len(prompt)] != prompt:
        prompt = ids_of(tokenizer, "the answer")
    detokenizer = Detokenizer(tokenizer, prompt)
    told = "".join([*(detokenizer.add(i) for i in whole[len(prompt) :]), detokenizer.flush()])
    assert told == tokenizer.decode(whole).removeprefix(tokenizer.decode(prompt))
    assert "\ufffd" not in told


@given(st.text(alphabet="ab é的🎬\n", max_size=30))
def test_any_text_comes_out_whole(text: str) -> None:
    tokenizer = TOKENIZERS["byte-level"]
    assert "".join(_told(tokenizer, "prompt:", ids_of(tokenizer, text))) == text


def test_a_character_of_several_tokens_appears_with_its_last() -> None:
    tokenizer = TOKENIZERS["sentencepiece"]
    told = _told(tokenizer, "the", ids_of(tokenizer, "🎬")[1:])
    assert [piece for piece in told if piece] == ["🎬"]
    assert told[3] == "🎬"


def test_a_sentencepiece_word_keeps_its_space() -> None:
    tokenizer = TOKENIZERS["sentencepiece"]
    ids = ids_of(tokenizer, "a the")[-1:]
    assert _told(tokenizer, "the answer:", ids)[0] == " the"
    assert TokenTexts(tokenizer)[ids[0]] == " the"


def test_broken_bytes_are_shown_and_do_not_hold_the_answer_back() -> None:
    tokenizer = TOKENIZERS["sentencepiece"]
    broken = tokenizer.convert_tokens_to_ids("<0xFF>")
    told = _told(tokenizer, "the", [broken] * 9)
    assert "".join(told) == "\ufffd" * 9
    assert told[3]


def test_special_tokens_have_names_but_no_text() -> None:
    tokenizer = TOKENIZERS["byte-level"]
    end = tokenizer.eos_token_id
    assert TokenTexts(tokenizer)[end] == "</s>"
    assert _told(tokenizer, "a", [end]) == ["", ""]


@given(st.text(alphabet="ab#", max_size=20), st.sampled_from([["##"], ["a#", "#b#"], ["#"], []]), st.data())
def test_stop_strings_across_tokens(text: str, stops: list[str], data: st.DataObject) -> None:
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    # The earliest beginning among the stop strings that are complete when the first of them is.
    complete = min((text.find(stop) + len(stop) for stop in stops if stop in text), default=None)
    stopper, told, position = StopStrings(stops), "", 0
    while position < len(text) and not stopper.stopped:
        step = data.draw(st.integers(1, 3))
        told += stopper.add(text[position : position + step])
        position += step
    if complete is None:
        assert not stopper.stopped
        assert told + stopper.flush() == text
    else:
        assert stopper.stopped
        assert told in {text[:at] for at in ends}


def _outputs(text: str, **options: Any) -> tuple[list[OutputEvent], FinishEvent]:
    """The events of a model that is made to say ``text``."""
    tokenizer = tiny_tokenizer()
    loaded = wrapped(tiny_model("llama"), tokenizer, **options)
    script = iter([*ids_of(tokenizer, text), tokenizer.eos_token_id])
    head = loaded._model.lm_head  # type: ignore[union-attr]

    def say_next(module: Any, args: Any, output: Any) -> Any:
        output[..., next(script)] = 1e4
        return output

    handle = head.register_forward_hook(say_next)
    events = list(loaded.run(Query("who?", max_tokens=20), entries("x"), None))
    handle.remove()
    finish = events[-1]
    assert isinstance(finish, FinishEvent)
    return [event for event in events if isinstance(event, OutputEvent)], finish


def test_the_end_token_ends_the_answer_and_is_special() -> None:
    outputs, finish = _outputs(" Ridley Scott")
    assert "".join(output.text for output in outputs) == finish.answer == " Ridley Scott"
    assert finish.reason == "end"
    assert [output.special for output in outputs] == [False] * (len(outputs) - 1) + [True]


def test_a_stop_string_ends_the_answer_before_it() -> None:
    outputs, finish = _outputs(" Ridley Scott\nQuestion: who", stop=["\n"])
    assert finish.answer == " Ridley Scott"
    assert finish.reason == "end"
    assert outputs[-1].special
    assert outputs[-1].text == ""


def test_an_answer_ends_at_its_length_with_what_was_held_back() -> None:
    tokenizer = tiny_tokenizer()
    said = tokenizer.decode(ids_of(tokenizer, "abcdefghijklmnopqrstuvwxyz")[:20])
    outputs, finish = _outputs("abcdefghijklmnopqrstuvwxyz", stop=[said[-1] + "#"])
    assert len(outputs) == 20
    assert finish.reason == "length"
    assert finish.answer == said
