"""The tokenizer: known words are one token each, numbers are read digit by digit, all other words letter by letter.

It is a Unigram model, as T5 has, whose vocabulary is written down instead of learned. A token that begins a word has
``▁`` before it, a letter or a digit that begins one too, so that “-six” of “twenty-six” and digits within a number have
none, and that two unknown words begin with different tokens. Only Chinese begins with a lone ``▁``.
Texts end with ``</s>``; a decoder begins with ``<pad>``.
"""

from __future__ import annotations

import string

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from memviz.models.number_words import chinese, english, sentences

PAD, END, UNKNOWN = 0, 1, 2
SPACE = "▁"
#: Marks that a text may hold, besides those of ASCII.
_MARKS = "€£“”‘’–…，。？！、"
#: Log-probabilities: a known word is always better than its letters.
_WORD, _LETTER = -1.0, -10.0


def vocabulary() -> list[tuple[str, float]]:
    """(token, log-probability) by id."""
    months_and_units = [*english.MONTHS, *(unit for units in english.MONEY.values() for unit in units)]
    numbers = [*english.ONES, *english.TENS, *english.ORDINALS, *english.SCALES, "hundred", "twentieth", "thirtieth"]
    others = ["oh", "o'clock", "midnight", "and", "the", "of"]
    words = [*numbers, *months_and_units, *others, *sentences.template_words(), *sentences.WORDS]
    joined = [f"-{word}" for word in (*english.ONES[1:10], *english.ORDINALS[1:10])]
    starts = [*string.digits, *string.ascii_letters, *sentences.ACCENTED, *sentences.ACCENTED.upper(), *english.MONEY]
    letters = [
        *string.ascii_letters,
        *string.digits,
        *string.punctuation,
        *_MARKS,
        *sentences.ACCENTED,
        *sentences.ACCENTED.upper(),
    ]
    letters += [*chinese.DIGITS, chinese.ZERO_OF_A_YEAR, *chinese.PLACES, *"年月日", *sentences.chinese_characters()]
    known = [*(SPACE + word for word in (*words, *starts) if word), *joined]
    scored = {"<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0}
    scored |= dict.fromkeys(known, _WORD) | dict.fromkeys((SPACE, *(letter for letter in letters if letter)), _LETTER)
    return list(scored.items())


def make_tokenizer() -> PreTrainedTokenizerFast:
    """The same for every training."""
    tokenizer = Tokenizer(models.Unigram(vocabulary(), unk_id=UNKNOWN, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", END)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )
