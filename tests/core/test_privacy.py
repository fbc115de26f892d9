"""What is masked of private entries, and what is not."""

from __future__ import annotations

from memviz.core.edits import EntryDiff
from memviz.core.entry import Entry
from memviz.core.events import Candidate, FinishEvent, OutputEvent, PromptEvent, RecallEvent, Slot
from memviz.core.privacy import MASK, Masking, masked_diff, masked_entry

SECRET = Entry(7, "Anna · PIN", "Anna's PIN is 4711.", private=True, owner="Anna", tags=("bank",))
OPEN = Entry(8, "Anna · city", "Anna lives in Lisbon.")


def test_a_private_entry_says_nothing():
    masked = masked_entry(SECRET)
    assert (masked.id, masked.key, masked.text, masked.owner, masked.tags) == (7, MASK, MASK, MASK, (MASK,))
    assert masked_entry(OPEN) is OPEN


def test_a_change_is_masked_on_both_sides_where_one_is_private():
    before, after = Entry(7, "Anna · PIN", "none yet"), SECRET
    for diff in (EntryDiff(7, before, after), EntryDiff(7, after, before), EntryDiff(7, None, after)):
        masked = masked_diff(diff)
        sides = [side for side in (masked.before, masked.after) if side is not None]
        assert {(side.key, side.text) for side in sides} == {(MASK, MASK)}
    public = EntryDiff(8, OPEN, Entry(8, "Anna · city", "Anna lives in Porto."))
    assert masked_diff(public) is public
    assert masked_diff(public, private=True).after == Entry(8, MASK, MASK)


def test_reasons_that_quote_an_entry_are_masked():
    why = "entry 7 stands for it: it is the newest about Anna · PIN"
    found = [
        Candidate(8, 1, 1.0, {}, "cut", why, "superseded", conflicts=(7,)),
        Candidate(7, 2, 1.0, {}, "cut", "it belongs to “Anna”, and only what is Bob’s is recalled", "owner"),
        Candidate(9, 3, 1.0, {}, "cut", "entry 10 stands for it: it is the newest about Anna · city", "superseded"),
        Candidate(7, 4, 1.0, {}, "cut", "ranked 4, and at most 3 entries are injected", "rank"),
    ]
    masked = _masking().event(RecallEvent(tuple(found), "BM25", (), 1, 0.0))
    assert isinstance(masked, RecallEvent)
    assert [one.reason for one in masked.candidates] == [
        f"entry 7 stands for it: it is the newest about {MASK}",
        MASK,
        *(one.reason for one in found[2:]),
    ]


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


def test_turns_of_a_dialogue_are_hidden_where_something_is_private():
    tokens = ("Facts", ":", " Anna", " lives", " I", " say", " 4711")
    slots = (Slot(0, "entry", "Anna · city", 8, ((2, 4),)), Slot(1, "turn", "user: I say 4711", None, ((4, 7),)))
    masked = _masking().event(PromptEvent("".join(tokens), tokens, slots))
    assert isinstance(masked, PromptEvent)
    assert masked.text == f"Facts: Anna lives {MASK}"
    assert [slot.label for slot in masked.slots] == ["Anna · city", MASK]


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
