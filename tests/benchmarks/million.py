"""A million entries as a memory may have: English and Chinese, words as often as in texts, keys, owners, tags."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

COUNT = 1_000_000
_SYLLABLES = (
    *("ka", "ro", "mi", "ta", "le", "shu", "ven", "dor", "pa", "qui", "zan", "ber", "lo", "fi", "gra", "no", "tel"),
    *("us", "ix", "ham", "ne", "ol", "ra", "wen", "sto", "bri", "cal", "dun"),
)
_COMMON = (
    *("the", "of", "and", "to", "a", "in", "is", "was", "he", "for", "it", "with", "as", "his", "on", "be", "at"),
    *("by", "had", "not", "are", "but", "from", "or", "have", "an", "they", "which", "one", "you", "were", "all"),
    *("her", "she", "there", "would", "their", "we", "him", "been", "has", "when", "who", "will", "no", "more"),
)
_OWNERS, _TAGS = ("", "", "", "ann", "bob", "李雷", "zoë"), ("work", "home", "旅行", "health", "to check")
_FIRST_CHARACTER, _CHARACTERS = 0x4E00, 3_000


def rows(count: int = COUNT, seed: int = 1) -> Iterator[dict[str, Any]]:
    """The fields of ``count`` inserts; the same for the same seed."""
    rng = random.Random(seed)
    words = [*_COMMON, *("".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(60_000))]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))  # Zipf's law
    characters = [chr(_FIRST_CHARACTER + rng.randrange(20_000)) for _ in range(_CHARACTERS)]
    character_weights = list(accumulate(1 / rank for rank in range(10, _CHARACTERS + 10)))
    names = ["".join(rng.choices(_SYLLABLES, k=2)).title() for _ in range(5_000)]
    for number in range(count):
        if number % 3:
            text = " ".join(rng.choices(words, cum_weights=weights, k=rng.randint(6, 24))).capitalize() + "."
        else:
            text = "".join(rng.choices(characters, cum_weights=character_weights, k=rng.randint(8, 40))) + "。"
        row: dict[str, Any] = {
            "key": f"{rng.choice(names)} · note {number % 50}" if number % 2 else "",
            "text": text,
            "owner": rng.choice(_OWNERS),
            "source": f"notes/{rng.randint(1, 2_000)}.md",
            "confidence": round(rng.random(), 2),
            "created": 1.5e9 + rng.random() * 2.5e8,
        }
        if number % 10 == 0:
            row["tags"] = rng.sample(_TAGS, rng.randint(1, 2))
        if number % 20 == 0:
            row["expires"] = row["created"] + rng.random() * 1e9
        if number % 50 == 0:
            row["kind"] = rng.choice(["profile", "dialogue turn"])
        yield row
