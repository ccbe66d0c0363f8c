"""A collection's glossary: words that mean the same there, a group a line, joined by `=`.

A question that holds one of a group is searched for by the words of all of them; which
were added is told. Words are compared as the index compares them: case, accents and
endings do not count, and Chinese needs no spaces.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.index.analyzer import is_stop_word, terms_of
from kbqa.errors import Invalid

MAX_CHARS = 20_000
MAX_GROUPS = 500
MAX_PHRASES = 12
MAX_PHRASE_CHARS = 100
_JOINT = re.compile(r"\s*[=＝]\s*")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of one meaning with others, as written and as the index knows them."""

    text: str
    terms: tuple[str, ...]

    def stands_in(self, question: str, terms: Sequence[str]) -> bool:
        """Whether the question has these words in a row; what is a stop word otherwise, such as IT, just as written."""
        if all(is_stop_word(term) for term in self.terms):
            return re.search(rf"(?<!\w){re.escape(self.text)}(?!\w)", question) is not None
        length = len(self.terms)
        return any(tuple(terms[at : at + length]) == self.terms for at in range(len(terms) - length + 1))


def glossary_clean(text: str) -> str:
    """The glossary as it is kept; Invalid, with the line, where it cannot be one."""
    if len(text) > MAX_CHARS:
        raise Invalid(f"The glossary has {len(text):,} characters; at most {MAX_CHARS:,} are kept.", field="glossary")
    lines = [line.strip() for line in text.replace("\x00", "").splitlines()]
    groups = [(number, _JOINT.split(line)) for number, line in enumerate(lines, start=1) if line]
    if len(groups) > MAX_GROUPS:
        raise Invalid(f"The glossary has {len(groups):,} lines; at most {MAX_GROUPS:,} are kept.", field="glossary")
    for number, phrases in groups:
        if not 2 <= len(phrases) <= MAX_PHRASES:
            raise Invalid(f"Line {number} must join 2 to {MAX_PHRASES} words or phrases by =.", field="glossary")
        if not all(terms_of(phrase) and len(phrase) <= MAX_PHRASE_CHARS for phrase in phrases):
            raise Invalid(
                f"Line {number} has a part without words, or one of over {MAX_PHRASE_CHARS} characters.",
                field="glossary",
            )
    kept = "\n".join(" = ".join(phrases) for _number, phrases in groups)
    return kept.encode("utf-8", "replace").decode()


def glossary_added(question: str, glossaries: Iterable[str]) -> tuple[str, ...]:
    """What the glossaries add to the question, each once, in their order; nothing that stands in it already."""
    terms, added = terms_of(question), dict[str, None]()
    for text in glossaries:
        for group in _groups(text):
            held = [phrase for phrase in group if phrase.stands_in(question, terms)]
            if held:
                added.update((phrase.text, None) for phrase in group if phrase not in held)
    return tuple(added)


@lru_cache(maxsize=256)
def _groups(text: str) -> tuple[tuple[Phrase, ...], ...]:
    return tuple(
        tuple(Phrase(phrase, tuple(terms_of(phrase))) for phrase in _JOINT.split(line)) for line in text.splitlines()
    )
