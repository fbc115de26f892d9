"""What a model's generation configuration forbids and forces: without it many encoder-decoder models ramble.

Only the rules that are named here are followed; they are those with which published translation and summary models
come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import (
    ForcedBOSTokenLogitsProcessor,
    ForcedEOSTokenLogitsProcessor,
    GenerationConfig,
    LogitsProcessorList,
    MinLengthLogitsProcessor,
    NoBadWordsLogitsProcessor,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
)


def rules_of(
    config: GenerationConfig, *, most: int, ends: Sequence[int], begin: int, device: Any
) -> LogitsProcessorList:
    """The rules in the order in which ``generate`` follows them.

    Args:
        config: the model's.
        most: decoder tokens that an answer may come to, those it begins with included.
        ends: ids of tokens that end an answer.
        begin: number of decoder tokens an answer begins with.
    """
    rules = LogitsProcessorList()
    end = list(ends)
    if config.repetition_penalty not in (None, 1.0):
        rules.append(RepetitionPenaltyLogitsProcessor(penalty=config.repetition_penalty))
    if config.no_repeat_ngram_size:
        rules.append(NoRepeatNGramLogitsProcessor(config.no_repeat_ngram_size))
    if config.bad_words_ids is not None:
        rules.append(NoBadWordsLogitsProcessor(config.bad_words_ids, end or None))
    if config.min_length and end and config.min_length < most:
        rules.append(MinLengthLogitsProcessor(config.min_length, end, device=device))
    if config.forced_bos_token_id is not None:
        rules.append(ForcedBOSTokenLogitsProcessor(config.forced_bos_token_id))
    if config.forced_eos_token_id is not None:
        rules.append(ForcedEOSTokenLogitsProcessor(most, config.forced_eos_token_id, device=device))
    if config.suppress_tokens is not None:
        rules.append(SuppressTokensLogitsProcessor(config.suppress_tokens, device=device))
    if config.begin_suppress_tokens is not None:
        rules.append(SuppressTokensAtBeginLogitsProcessor(config.begin_suppress_tokens, begin, device=device))
    return rules
