"""Numbers in a text, as values: 1,641 is 1641, twenty is 20, 八十 is 80; each with the word that counts it."""

import re
from dataclasses import dataclass

from inference.reading.terms import evidence_terms

_ONES = dict(zip("two three four five six seven eight nine".split(), range(2, 10), strict=True))  # noqa: SIM905
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred".split()  # noqa: SIM905
_WORDS = {
    "zero": 0,
    **_ONES,
    **dict(zip(_TEENS, range(10, 20), strict=True)),
    **dict(zip(_TENS, range(20, 101, 10), strict=True)),
}
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_IDEOGRAPHS = "".join(_DIGITS) + "".join(_UNITS)
_FIGURE = re.compile(
    rf"(?P<digits>\d+(?:[.,:/]\d+)*)|\b(?P<word>{'|'.join(_WORDS)})(?:[- ](?P<one>one|{'|'.join(_ONES)}))?\b"
    rf"|(?P<ideographs>[{_IDEOGRAPHS}]+)",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_COUNTED = re.compile(r"\s?[-–]?\s?([^\W\d_]+|[%°€$£¥])")
_REACH = 3  # words after a number that may be what it counts: "25 paid working days"


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, the word right behind it, and the few words behind it of which one may be counted."""

    value: str
    unit: str
    near: frozenset[str]

    def is_said_by(self, other: "Figure") -> bool:
        """Whether ``other`` is this value, and counts the same where this one counts anything."""
        return self.value == other.value and (not self.unit or self.unit in other.near)


def figures_of(text: str) -> tuple[Figure, ...]:
    return tuple(
        Figure(value, _unit(text, found.end()), _near(text, found.end()))
        for found in _FIGURE.finditer(text)
        if (value := _value(found))
    )


def without_figures(text: str) -> str:
    """The text with its numbers left out, in any spelling."""
    return _FIGURE.sub(lambda found: " " if _value(found) else found[0], text)


def _value(found: re.Match[str]) -> str:
    """The number's plain form; empty for an ideograph that is hardly a number, such as 一 in 一般."""
    if word := found["word"]:
        return str(_WORDS[word.lower()] + (_ONES.get(found["one"].lower(), 1) if found["one"] else 0))
    if digits := found["digits"]:
        plain = digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits
        return f"{float(plain):.12g}" if re.fullmatch(r"\d+(?:\.\d+)?", plain) else plain
    ideographs = found["ideographs"]
    return "" if ideographs in "一万千百" else str(_counted(ideographs))


def _counted(ideographs: str) -> int:
    """二〇二六 digit by digit, 一百二十 by its places."""
    if not set(ideographs) & set(_UNITS):
        return int("".join(str(_DIGITS[one]) for one in ideographs))
    total = section = digit = 0
    for one in ideographs:
        if one in _DIGITS:
            digit = _DIGITS[one]
        elif _UNITS[one] < 10_000:
            section, digit = section + (digit or 1) * _UNITS[one], 0
        else:
            total, section, digit = total + (section + digit or 1) * _UNITS[one], 0, 0
    return total + section + digit


def _unit(text: str, at: int) -> str:
    found = _COUNTED.match(text, at)
    return _term(found[1]) if found else ""


def _near(text: str, at: int) -> frozenset[str]:
    words, near = _REACH, set()
    while words and (found := _COUNTED.match(text, at)):
        near.update(_terms(found[1]))
        at, words = found.end(), words - 1
    return frozenset(near)


def _term(word: str) -> str:
    return next(iter(_terms(word)), "")


def _terms(word: str) -> list[str]:
    """How a counted word is compared: a sign or an ideograph as it is, a word by its stem, an empty word not at all."""
    if not word.isascii() and word[0] > "\u2e7f":
        return list(word[:_REACH])
    return [word] if not word.isalpha() else list(evidence_terms(word))
