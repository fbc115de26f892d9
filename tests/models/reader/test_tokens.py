"""Examples as tokens: the same as a prompt that is encoded at once, and who may see whom."""

from __future__ import annotations

import itertools

import numpy as np
from transformers import PreTrainedTokenizerFast

from memviz.models.reader.examples import Example
from memviz.models.reader.tokens import EOS, IGNORED, PAD, TEMPLATE, Encoder, Packer

EXAMPLE = Example(
    ("Blade Runner was directed by Ridley Scott.", "Alien can be described by space, horror."),
    (("who directed Blade Runner", "Ridley Scott"), ("Describe Alien?", "space; horror")),
)


def test_a_question_alone_is_the_prompt_that_inference_sees(tokenizer: PreTrainedTokenizerFast) -> None:
    entries = "\n".join(f"- {text}" for text in EXAMPLE.entries)
    for question, answer in EXAMPLE.questions:
        prompt = tokenizer(TEMPLATE.format(entries=entries, question=question)).input_ids
        encoded = Encoder(tokenizer).encode(Example(EXAMPLE.entries, ((question, answer),)))
        ((start, stop),) = encoded.answers
        assert encoded.ids[: start + 1].tolist() == prompt
        assert encoded.positions.tolist() == list(range(len(encoded.ids)))
        assert tokenizer.decode(encoded.targets[start : stop - 1]) == f" {answer}"
        assert encoded.targets[stop - 1] == EOS


def test_every_question_stands_right_after_the_entries(tokenizer: PreTrainedTokenizerFast) -> None:
    encoded = Encoder(tokenizer).encode(EXAMPLE)
    context = int((encoded.segments == 0).sum())
    for segment in (1, 2):
        positions = encoded.positions[encoded.segments == segment]
        assert positions.tolist() == list(range(context, context + len(positions)))


def test_questions_that_do_not_fit_are_left_out(tokenizer: PreTrainedTokenizerFast) -> None:
    whole = Encoder(tokenizer).encode(EXAMPLE)
    shorter = Encoder(tokenizer).encode(EXAMPLE, longest=len(whole.ids) - 1)
    assert len(shorter.answers) == 1
    assert shorter.ids.tolist() == whole.ids[whole.segments < 2].tolist()


def test_a_token_sees_its_entries_and_its_own_question_only(tokenizer: PreTrainedTokenizerFast) -> None:
    encoded = Encoder(tokenizer).encode(EXAMPLE, question_weight=0.5)
    length = 2 * len(encoded.ids) + 5
    batch = Packer(itertools.repeat(encoded), rows=2, length=length).batch()
    n = len(encoded.ids)
    sees = batch.mask[1, 0].float().numpy() == 0
    for one, other in itertools.product(range(2 * n), repeat=2):
        same_example = one // n == other // n
        segment, seen = encoded.segments[one % n], encoded.segments[other % n]
        assert sees[one, other] == (other <= one and same_example and seen in (0, segment)), (one, other)
    assert (batch.ids[1, 2 * n :] == PAD).all()
    assert len(batch.answers) == 8


def test_weights_tell_answers_from_questions(tokenizer: PreTrainedTokenizerFast) -> None:
    encoded = Encoder(tokenizer).encode(EXAMPLE, question_weight=0.25, first_weight=2.0)
    in_answer = np.zeros(len(encoded.ids), bool)
    for start, stop in encoded.answers:
        assert encoded.weights[start:stop].tolist() == [2.0] + [1.0] * (stop - start - 1)
        in_answer[start:stop] = True
    assert set(encoded.weights[~in_answer & (encoded.targets != IGNORED)]) == {np.float32(0.25)}
    assert (encoded.weights[encoded.segments == 0] == 0.0).all()
