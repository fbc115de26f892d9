"""Which scripts a tokenizer was made for."""

from __future__ import annotations

from typing import Any

#: Some of the most frequent Chinese characters, each once.
_COMMON = "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天"
#: A tokenizer that does not know a tenth of these, or takes them apart into bytes, was not made for Chinese.
_MOST_UNKNOWN, _MOST_TOKENS = 0.1, 1.5


def reads_chinese(tokenizer: Any) -> bool:
    """Whether the most frequent characters of Chinese are in the vocabulary."""
    ids = list(tokenizer(_COMMON, add_special_tokens=False, verbose=False)["input_ids"])
    unknown = sum(token == getattr(tokenizer, "unk_token_id", None) for token in ids)
    return bool(ids) and unknown <= _MOST_UNKNOWN * len(ids) and len(ids) <= _MOST_TOKENS * len(_COMMON)
