"""Lines that say what is below them and nothing of it: one with the words of the question is the question again.

A heading is known by its number, since it is among those above its passage (`A › B`), or as the first line of a
passage, alone in its paragraph and without a mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inference.calibration import Candidate

from .terms import CJK, Sentence, evidence_terms

_BETWEEN = re.compile(r" › |\n")
# A section's number and a few words without a mark at their end: 三、连接网络; 第二章 总则.
_NUMBERED = re.compile(r"(?:第[一二三四五六七八九十百\d]+[章节条编]|[一二三四五六七八九十]+、)[^。！？；：，]{1,20}")
_OPENING = re.compile(rf"(?=[^\n]*[{CJK}])[^\n。！？；：，、,.:|]{{2,40}}(?=\n[^\S\n]*\n)")
_OF_CONTENTS = re.compile(r"(?:table of )?contents|目录", re.IGNORECASE)
_ASKS_FOR_ONE = re.compile(r"\b(?:titled?|called|named?|headings?|sections?|chapters?)\b", re.IGNORECASE)


def without_headings(
    sentences: Sequence[Sentence], passages: Sequence[str], *, contexts: Sequence[str] = ()
) -> list[Sentence]:
    """Those that can say something, as a heading with the words of the question cannot; all, if all are headings."""
    above = [set(_BETWEEN.split(context)) for context in contexts]

    def is_heading(sentence: Sentence) -> bool:
        if above and sentence.text in above[sentence.passage]:
            return True
        if _NUMBERED.fullmatch(sentence.text):
            return True
        opening = _OPENING.match(passages[sentence.passage])
        return opening is not None and sentence.end <= opening.end()

    return [sentence for sentence in sentences if not is_heading(sentence)] or list(sentences)


def echoes_heading(question: str, passage: str, candidate: Candidate, context: str) -> bool:
    """Whether the words are of a heading's line that the question itself has words of, or that is above a contents.

    The former not where the question asks for a title, a name or a section.
    """
    line = _line_around(passage, candidate)
    if _OF_CONTENTS.fullmatch(line):
        return True
    if line not in _BETWEEN.split(context) or _ASKS_FOR_ONE.search(question):
        return False
    return bool(evidence_terms(line) & evidence_terms(question))


def _line_around(passage: str, candidate: Candidate) -> str:
    end = passage.find("\n", candidate.end)
    return passage[passage.rfind("\n", 0, candidate.start) + 1 : end if end >= 0 else None].strip()
