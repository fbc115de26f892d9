"""Small text rules that stores and recall must share."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+", re.UNICODE)

#: Han, kana and Hangul: scripts whose words are not separated by spaces (or, for Hangul, often compounded).
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_CJK_RUN = re.compile(_CJK.pattern + "+")


def words(text: str) -> list[str]:
    """Words of ``text`` in order, case folded, without diacritics; a run of Chinese is one word."""
    if text.isascii():
        return _WORD.findall(text.lower())
    # Folded after the decomposition, since that makes ordinary capitals of styled ones (𝑨 becomes A).
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _WORD.findall(unicodedata.normalize("NFC", bare))


def normalised(text: str) -> str:
    """``text`` as its words, one space between them: what titles are compared by."""
    return " ".join(words(text))


def has_cjk(text: str) -> bool:
    return _CJK.search(text) is not None


def cjk_share(text: str) -> float:
    """How much of a text is Chinese, Japanese or Korean, 0..1: two characters count as much as a word."""
    all_words = words(text)
    cjk = sum(len(word) / 2 for word in all_words if has_cjk(word))
    return cjk / (cjk + sum(not has_cjk(word) for word in all_words)) if cjk else 0.0


def spaced_cjk(text: str) -> str:
    """``text`` with spaces around every Chinese, Japanese or Korean character, so that an index sees each as a word."""
    return _CJK_RUN.sub(lambda run: " " + " ".join(run.group()) + " ", text) if has_cjk(text) else text


def halves(text: str) -> bool:
    """Whether it holds half of a character (a lone surrogate), which no file can store: what bytes that are no UTF-8
    become on a command line.
    """
    return any("\ud800" <= character <= "\udfff" for character in text)
