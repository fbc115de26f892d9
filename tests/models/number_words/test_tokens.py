"""Numbers by digits, known words whole, others by letters; what is encoded comes back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from memviz.models.number_words.task import KINDS, ExampleMaker
from memviz.models.number_words.tokens import END, PAD, UNKNOWN, make_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return make_tokenizer()


def test_what_becomes_a_token(tokenizer: PreTrainedTokenizerFast) -> None:
    for text, tokens in [
        ("on 22.11.2026", "▁on ▁2 2 . 1 1 . 2 0 2 6"),
        ("4,713", "▁4 , 7 1 3"),
        ("$3.50", "▁$ 3 . 5 0"),
        ("the twenty-second of May", "▁the ▁twenty -second ▁of ▁May"),
        ("Oslo", "▁O s l o"),
        ("二〇二六年", "▁ 二 〇 二 六 年"),
    ]:
        assert tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids) == [*tokens.split(" "), "</s>"]


def test_special_tokens_are_those_of_t5(tokenizer: PreTrainedTokenizerFast) -> None:
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id) == (PAD, END, UNKNOWN) == (0, 1, 2)
    assert len(tokenizer) == len(set(tokenizer.get_vocab().values()))


def test_every_example_comes_back_also_from_the_saved_file(tokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    opened = AutoTokenizer.from_pretrained(tmp_path)
    maker = ExampleMaker(random.Random(0), "training")
    for kind in KINDS:
        for _ in range(100):
            example = maker.of_kind(kind)
            for text in (example.source, example.target):
                ids = tokenizer(text).input_ids
                assert UNKNOWN not in ids
                assert tokenizer.decode(ids, skip_special_tokens=True) == text
                assert opened(text).input_ids == ids
                assert opened.decode(ids, skip_special_tokens=True) == text
    assert opened.decode(opened("two  spaces ").input_ids, skip_special_tokens=True) == "two  spaces "


def test_a_token_of_a_target_belongs_to_one_word(tokenizer: PreTrainedTokenizerFast) -> None:
    maker = ExampleMaker(random.Random(1), "training")
    for _ in range(300):
        example = maker.any_kind()
        offsets = tokenizer.backend_tokenizer.encode(example.target).offsets
        for start, end in offsets:
            touched = [span for span in example.word_spans if max(start, span[0]) < min(end, span[1])]
            assert len(touched) <= 1
