"""Numbers as lists write them: in figures, in letters or in Roman figures."""

from __future__ import annotations

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_MAX_ROMAN = 3_999
_MAX_LETTERS = 26 * 8


def written(number: int, *, form: str) -> str:
    """The number in the form that ``a``, ``A``, ``i`` or ``I`` is the first of; else in figures."""
    if form.lower() == "a" and 0 < number <= _MAX_LETTERS:
        text = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    elif form.lower() == "i" and 0 < number <= _MAX_ROMAN:
        text = _roman(number)
    else:
        text = str(number)
    return text.upper() if form.isupper() else text


def _roman(number: int) -> str:
    text = ""
    for value, figure in _ROMAN:
        text += figure * (number // value)
        number %= value
    return text + _ROMAN_ONES[number]
