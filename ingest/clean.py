"""Raw text → text we keep: composed, visible characters only, one space where one is meant.

Nothing leaves here with a NUL, a lone surrogate, a control character other than
a newline, or an invisible character that hides text from its reader; the result
is in Unicode's composed form (NFC).
"""

from __future__ import annotations

import re
import unicodedata

_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
# Control characters, lone surrogates, non-characters, soft hyphens, direction marks and overrides, zero-width
# spaces, tag characters, private use. U+200C and U+200D stay: Persian and Indic words are written with them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0e\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff]"
)
# Ligatures, Arabic presentation forms, Kangxi and supplementary radicals: fonts draw them, nobody types them.
_DRAWN = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\u2e80-\u2fdf]")
_SPACE_BETWEEN_CJK = re.compile(
    r"(?<=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u3000-\u303f\uff00-\uffef])"
    r"[ \n](?=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u3000-\u303f\uff00-\uffef])"
)
_BLANK_LINES = re.compile(r"\n{3,}")
_HYPHEN_AT_END = re.compile(r"(?<=[^\W\d_])[-\u2010]$")
_TIE_AT_END = re.compile(r"(?<=\w)[-\u2010-\u2014]$|/$")


def clean_text(text: str) -> str:
    """Composed, visible characters; every kind of line break is a newline; white space is otherwise kept."""
    text = _NEWLINES.sub("\n", text)
    text = _UNWANTED.sub("", text)
    if not text.isascii():
        text = _DRAWN.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
    return text


def one_line(text: str) -> str:
    """The cleaned text with each run of white space as one space."""
    return " ".join(clean_text(text).split())


def kept_lines(text: str) -> str:
    """The cleaned text with its lines: no trailing blanks, no runs of blanks within a line, one empty line at most."""
    lines = []
    for line in clean_text(text).split("\n"):
        body = line.strip()
        indent = line[: len(line) - len(line.lstrip())].replace("\t", "    ")
        lines.append(" " * min(len(indent), 24) + _BLANKS.sub(" ", body) if body else "")
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def join_lines(lines: list[str]) -> str:
    """Lines of one paragraph → running text: words mended at hyphens, no space between Chinese lines."""
    text = ""
    for line in lines:
        text = join_line(text, line)
    return text


def join_line(text: str, line: str) -> str:
    """``text`` continued by ``line``; linear when called for the lines of a paragraph in turn."""
    if not text or not line:
        return text or line
    if _HYPHEN_AT_END.search(text[-2:]) and line[0].islower():
        return text[:-1] + line
    if _TIE_AT_END.search(text[-2:]):
        return text + line
    if _SPACE_BETWEEN_CJK.match(f"{text[-1]} {line[0]}", 1):
        return text + line
    return f"{text} {line}"
