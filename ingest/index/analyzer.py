"""Text → terms, the same for passages and questions.

Words of spaced scripts are folded and stemmed; an identifier such as ``max_batch-2``
is found whole and by its parts; scripts without spaces become overlapping bigrams.
Changing what this gives makes another index: raise ``ANALYZER`` with it.
"""

from __future__ import annotations

import re
import threading
import unicodedata

import Stemmer

ANALYZER = 1

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[._@'’/+-][^\W_{_CJK}]+|_+[^\W{_CJK}]+)*|[^\W_]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_PART = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’](?:s|t|re|ve|ll|d|m)?$")
_MAX_TERM_CHARS = 64

# A question's frame says what is wanted, not what it is about; in passages these are kept.
STOP_WORDS = frozenset(  # a list of a hundred quoted words would hide them
    """a about all also am an and any are as at be been being but by can could did do does for from had has have
    how i if in into is it its me my of on or our shall should so some such than that the their them then there
    these they this those to was we were what when where which who whom whose why will with would you your""".split()  # noqa: SIM905
)
# Frames of Chinese questions, cut before bigrams are made.
_CHINESE_FRAME = re.compile(
    "(?:请问|什么|哪些|哪个|哪里|哪一|多少|怎么样?|怎样|如何|为什么|为何|是谁|谁是|是否|吗|呢|？"
    "|請問|什麼|甚麼|哪個|哪[裡裏]|怎麼樣?|怎樣|為什麼|為何|是誰|誰是|嗎)"
)

_local = threading.local()


def terms_of(text: str) -> list[str]:
    """Every term of a passage, in order, repeated as it stands there."""
    terms: list[str] = []
    for token in _TOKEN.findall(_fold(text)):
        if _IS_CJK.match(token):
            terms += _bigrams(token)
        else:
            terms += _words(token)
    return terms


def query_terms(question: str) -> list[str]:
    """The distinct terms that say what a question is about; all of them when nothing else is left."""
    folded = _fold(question)
    terms = dict.fromkeys(terms_of(_CHINESE_FRAME.sub(" ", folded)))
    telling = [term for term in terms if not is_stop_word(term)]
    return telling or list(dict.fromkeys(terms_of(folded)))


def is_stop_word(term: str) -> bool:
    """Whether a question's terms leave it out where others say more."""
    return term in _STOP_STEMS


def _fold(text: str) -> str:
    """Compatibility forms, case and accents folded: ﬁ → fi, É → e, Ａ → a."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    if decomposed.isascii():
        return decomposed
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def _words(token: str) -> list[str]:
    parts = _PART.findall(_POSSESSIVE.sub("", token))
    stems = [_stem(part)[:_MAX_TERM_CHARS] for part in parts]
    whole = re.sub(r"\s", "", token)
    return [*stems, whole] if len(parts) > 1 and len(whole) <= _MAX_TERM_CHARS and "'" not in whole else stems


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] if len(run) > 1 else [run]


def _stem(word: str) -> str:
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("english")  # a stemmer is not thread-safe
    stem: str = _local.stemmer.stemWord(word)
    return stem


_STOP_STEMS = STOP_WORDS | {_stem(word) for word in STOP_WORDS}
