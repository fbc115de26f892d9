"""What is found by patterns, and what only looks like it."""

from __future__ import annotations

import pytest

from memviz.core.entry import Entry
from memviz.exchange.own import values_of
from memviz.exchange.redaction import PRIVATE, Redactor

OWNERS = ("ann", "李雷", "x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Write to ann.b+c@mail.example.org now", "Write to [e-mail] now"),
        ("手机13812345678。", "手机[phone number]。"),
        ("+86 138 1234 5678", "[phone number]"),
        ("call +49 30 1234567", "call [phone number]"),
        ("(212) 555-0123", "[phone number]"),
        ("010-12345678", "[phone number]"),
        ("card 4111 1111 1111 1111.", "card [card number]."),
        ("身份证11010519491231002X", "身份证[ID number]"),
        ("SSN 123-45-6789", "SSN [ID number]"),
        ("ann met 李雷的朋友", "person 1 met person 3的朋友"),
        ("Ann’s annual report", "person 1’s annual report"),
    ],
)
def test_what_is_found(text, told) -> None:
    redactor = Redactor(OWNERS)
    assert redactor.redacted(values_of(Entry(1, "", text)))["text"] == told
    assert sum(redactor.counts.values()) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # not right by its last digit
        "110105194912310021",
        "in 1984, 12345 people",
        "2024-05-14 12:30",
        "version 1.2.345.6789",
        "pi is 3.14159265358979323846",
        "a@b",
    ],
)
def test_what_only_looks_like_it(text) -> None:
    redactor = Redactor(OWNERS)
    assert redactor.redacted(values_of(Entry(1, "", text)))["text"] == text
    assert not redactor.counts


def test_private_entries_owners_and_what_is_inside_others() -> None:
    redactor = Redactor(OWNERS)
    private = redactor.redacted(values_of(Entry(1, "PIN", "1234", private=True, owner="ann", source="s", tags=("t",))))
    assert (private["key"], private["text"], private["owner"], private["source"]) == (PRIVATE, PRIVATE, "person 1", "")
    open_one = Entry(2, "mail of ann", "", owner="ann", metadata={"to": ["a@b.org"], "phone": 13812345678, "n": 3})
    made = redactor.redacted(values_of(open_one))
    assert made["key"] == "mail of person 1"
    assert made["metadata"] == {"to": ["[e-mail]"], "phone": "[phone number]", "n": 3}
    assert redactor.counts["owner"] == 2
