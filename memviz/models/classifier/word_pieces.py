"""A WordPiece tokenizer learned from texts, the same one whenever the texts are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

_PAD, _UNKNOWN, _CLS, _SEP, _MASK = _SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_INSIDE = "##"


def word_pieces(texts: Iterable[str], size: int, length: int) -> Any:
    """At most ``size`` pieces, lower case and without accents, as BERT's (Devlin et al. 2019); ``[CLS] … [SEP]``.

    ``length`` is the longest input in tokens. Half of the pieces at most are single characters.
    """
    backend = _empty({token: number for number, token in enumerate(_SPECIAL)})
    counted = _words(backend, texts)
    alphabet, inside = _characters(counted, size // 2)
    # The trainer numbers characters inside of words in the random order of a hash table, and numbers break ties
    # between pairs; so these characters get their numbers first, as special tokens, which they are not afterwards.
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[*_SPECIAL, *(_INSIDE + character for character in inside)],
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        continuing_subword_prefix=_INSIDE,
        show_progress=False,
    )
    backend.train_from_iterator((word for word, count in counted.items() for _ in range(count)), trainer)
    learned = _empty(backend.get_vocab())
    ends = [(token, learned.token_to_id(token)) for token in (_CLS, _SEP)]
    learned.post_processor = processors.TemplateProcessing(single=f"{_CLS} $A {_SEP}", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=learned,
        pad_token=_PAD,
        unk_token=_UNKNOWN,
        cls_token=_CLS,
        sep_token=_SEP,
        mask_token=_MASK,
        model_max_length=length,
        clean_up_tokenization_spaces=False,
    )


def _empty(vocabulary: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=_UNKNOWN, continuing_subword_prefix=_INSIDE))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix=_INSIDE)
    return tokenizer


def _words(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text in texts:
        normal = tokenizer.normalizer.normalize_str(text)
        counted.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal))
    return counted


def _characters(words: Counter[str], most: int) -> tuple[list[str], list[str]]:
    """The characters that are kept, and those of them that occur inside of words, both in order."""
    counted: Counter[str] = Counter()
    inside: set[str] = set()
    for word, count in words.items():
        for character in word:
            counted[character] += count
        inside.update(word[1:])
    ranked = sorted(counted, key=lambda character: (-counted[character], character))
    kept = ranked[:most]
    while len(kept) + sum(character in inside for character in kept) > most:
        kept.pop()
    return sorted(kept), sorted(character for character in kept if character in inside)
