"""Text → the language it is mostly written in, by its script and its commonest words.

A hint for the interface and for analysis, never a promise: "" where it cannot tell.
"""

from __future__ import annotations

import re
from collections import Counter

_SAMPLE_CHARS = 20_000
_SCRIPTS = (
    ("ja", "\u3041-\u3096\u30a1-\u30fa"),
    ("ko", "\uac00-\ud7a3"),
    ("zh", "\u4e00-\u9fff\u3400-\u4dbf"),
    ("ru", "\u0400-\u04ff"),
    ("el", "\u0370-\u03ff"),
    ("ar", "\u0600-\u06ff"),
    ("he", "\u0590-\u05ff"),
    ("hi", "\u0900-\u097f"),
    ("th", "\u0e00-\u0e7f"),
    ("latin", "A-Za-z\u00c0-\u024f"),
)
_STOP_WORDS = {
    "en": "the of and to in is that for it was with as his on be at by this are from",
    "fr": "le la les de des et à un une du en est que dans qui pour au sur pas par",
    "de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch",
    "es": "el la de que y en los del se las por un para con no una su al es lo",
    "it": "il di che e la per un in del è non una della sono con si da le al dei",
    "pt": "o de que e do da em um para com não uma os no se na por mais as dos",
    "nl": "de van het een en in is dat op te zijn met voor niet aan er om die ook als",
}
_LEFTWARDS = re.compile("[\u0590-\u08ff]")
_WORDS = re.compile(r"[^\W\d_]+")
_COUNTERS = tuple((name, re.compile(f"[{ranges}]")) for name, ranges in _SCRIPTS)
_LANGUAGES_BY_WORD: dict[str, list[str]] = {}
for _language, _words in _STOP_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_BY_WORD.setdefault(_word, []).append(_language)


def guess_language(text: str) -> str:
    """A two-letter code, or "" when no script or stop word says enough."""
    middle = max(0, len(text) // 2 - _SAMPLE_CHARS // 2)
    sample = text[middle : middle + _SAMPLE_CHARS]
    letters = {name: len(counter.findall(sample)) for name, counter in _COUNTERS}
    # A character of these scripts says about as much as a Latin word of two or three letters.
    weighed = {name: count if name == "latin" else 2.5 * count for name, count in letters.items()}
    best = max(weighed, key=lambda name: weighed[name])
    if not letters[best]:
        return ""
    if best == "latin":
        return _latin_language(sample)
    if best == "zh" and letters["ja"] * 10 > letters["zh"]:
        return "ja"
    return best


def reads_leftwards(text: str) -> bool:
    """Whether most of its letters are Hebrew or Arabic."""
    return 2 * len(_LEFTWARDS.findall(text)) > sum(map(str.isalpha, text))


def _latin_language(sample: str) -> str:
    votes: Counter[str] = Counter()
    found = _WORDS.findall(sample.lower())
    words = set(found)
    for word in found:
        for language in _LANGUAGES_BY_WORD.get(word, ()):
            votes[language] += 1
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return ""
    language, count = ranked[0]
    # A letter of a formula or a word of a program is no language: several different stop words are.
    return language if count >= max(2, len(found) // 20) and len(words & set(_STOP_WORDS[language].split())) > 1 else ""
