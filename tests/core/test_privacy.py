"""What is masked of private entries, and what is not."""

from __future__ import annotations

from memviz.core.entry import Entry
from memviz.core.events import FinishEvent, OutputEvent, PromptEvent, Slot
from memviz.core.privacy import MASK, Masking, masked_entry

SECRET = Entry(7, "Anna · PIN", "Anna's PIN is 4711.", private=True, owner="Anna", tags=("bank",))
OPEN = Entry(8, "Anna · city", "Anna lives in Lisbon.")


def test_a_private_entry_says_nothing():
    masked = masked_entry(SECRET)
    assert (masked.id, masked.key, masked.text, masked.owner, masked.tags) == (7, MASK, MASK, MASK, (MASK,))
    assert masked_entry(OPEN) is OPEN


def _masking() -> Masking:
    masking = Masking.of([SECRET, OPEN], "What is Anna's code?", {7, 8})
    assert masking is not None
    return masking


def test_nothing_private_needs_no_mask():
    assert Masking.of([OPEN], "where?", {8}) is None


def test_the_prompt_keeps_its_tokens_and_hides_spans():
    tokens = ("Facts", ":", " Anna", "'s", " PIN", " 47", "11", ".", " Anna", " lives")
    slots = (Slot(0, "entry", "Anna · PIN", 7, ((2, 8),)), Slot(1, "entry", "Anna · city", 8, ((8, 10),)))
    masked = _masking().event(PromptEvent("".join(tokens), tokens, slots))
    assert isinstance(masked, PromptEvent)
    assert masked.token_texts == ("Facts", ":", f" {MASK}", "", "", "", "", "", " Anna", " lives")
    assert masked.text == f"Facts: {MASK} Anna lives"
    assert [slot.label for slot in masked.slots] == [MASK, "Anna · city"]


def test_a_prompt_without_spans_is_hidden_whole():
    masked = _masking().event(
        PromptEvent("Anna's PIN", ("Anna's", "PIN"), (Slot(0, "entry", "x", 7),), step_texts=("a",))
    )
    assert isinstance(masked, PromptEvent)
    assert (masked.text, masked.token_texts, masked.step_texts) == (MASK, (MASK, MASK), (MASK,))


def test_an_answer_hides_what_only_the_private_entry_says():
    masking = _masking()
    said = [
        masking.event(OutputEvent(step, text, 0, 0.0)) for step, text in enumerate((" It", " is", " 47", "11", ","))
    ]
    assert [event.text for event in said if isinstance(event, OutputEvent)] == [" It", " is", f" {MASK}", MASK, ","]
    finish = masking.event(FinishEvent("end", "Anna has 4711"))
    assert isinstance(finish, FinishEvent)
    assert finish.answer == f"Anna has {MASK}"
