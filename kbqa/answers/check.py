"""A sentence that was written → the sentence of a passage that says so, or why it is not shown.

Whole or clause by clause, it must stand in one sentence of one passage: its figures with
their units, its names, what limits or denies it, and every other word, or one that the
encoder holds for the same. Nothing is understood here, words are compared; so it errs
towards silence. What two clauses of a source say of different things does not support a
third thing made of both.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from inference.reading.terms import evidence_terms, sentences_of
from inference.types import Span

from .figures import Figure, figures_of, without_figures

Cosines = Callable[[Sequence[str], Sequence[str]], np.ndarray]  # of words with words

# At this cosine words are synonyms or forms of one word (built, constructed: 0.83; open, closed: 0.70).
_SAME_WORD = 0.8
_NEAREST, _MAX_STRANGE = 3, 4

_MARKERS = re.compile(r"\s*\[(\d{1,2})\]")
_NAME = re.compile(r"\b(?=\w*[A-Z])[^\W_][\w'’-]*")
_CLAUSE = re.compile(r"[,:](?!\d)\s*|[;，；：、]\s*|\s+(?:and|but|while|whereas)\s+|[并而]且|但是?|而(?=[^且])")
_DENIAL = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|nobody|nothing)\b|n['’]t\b|[不没勿]|未(?!来)|无(?!论)|非(?!常)|禁止",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"\b(?:least|most|more|less|fewer|maximum|minimum|only|except|unless|until|before|after|always|all|every|must"
    r"|above|below|exactly|first|last|legal|illegal|(?:large|small|high|low|long|short|old|young)(?:e?r|e?st)?)\b|至少|至多|最多|最少|超过|以上|以下|以内|之前|之后|只有|仅|除了|所有|全部|必须|每",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\s*(?:it|they|this|these|he|she|its|their|his|her|such)\b|[^\n]{0,6}?(?:它|他|她|其|该|此|这)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
# Words that carry no claim: a sentence may begin with one, and a source need not hold it.
_GLUE = frozenset(
    """a about according additionally all also although among an and any are as at based be because before between both
    but by could document during each either every finally first for from furthermore given he her here him his however
    i if in including into is it its itself last least less may me mentioned might more moreover most must my no note
    of on once one only or other our out over overall passage per please provided said says shall she since so some
    source stated states such text that the their them themselves there therefore these they this those through thus to
    under unless until up upon us was we well were when where while with within without yes you your after""".split()  # noqa: SIM905
)
_GLUE_TERMS = frozenset(evidence_terms(" ".join(_GLUE)))
_GLUE_IDEOGRAPHS = frozenset(
    "应当该可以需要须会能将被把给从到对于等个这那它其您你我们按照根据文件资料说明规定提到进行时则也都并且就为与或的是了在和有及之"
)


class Fault(StrEnum):
    """Why a sentence is not shown: the first thing of it that the nearest source lacks."""

    EMPTY = "empty"
    FIGURE = "figure"
    NAME = "name"
    DENIAL = "denial"
    LIMIT = "limit"
    MIXED = "mixed"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Checked:
    """A written sentence without its markers, and the quotes that bear it; none where it has a fault."""

    text: str
    quotes: tuple[Span, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A sentence or a clause, as far as it is compared; ``words`` are those of its terms that are words."""

    terms: frozenset[str]
    words: Mapping[str, str]
    names: frozenset[str]
    figures: tuple[Figure, ...]
    limits: frozenset[str]
    denials: int

    @property
    def content(self) -> frozenset[str]:
        return self.terms | {figure.value for figure in self.figures}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One sentence of a passage; ``context`` are the terms of the passage's title and headings."""

    span: Span
    said: _Said
    clauses: tuple[_Said, ...]
    context: frozenset[str]
    lead: "_Source | None"  # the sentence before, where this one points back at it

    @property
    def known(self) -> frozenset[str]:
        return self.said.terms | self.context | (self.lead.said.terms if self.lead else frozenset())


class Checker:
    """The sentences of some passages, against which what is written about them is held."""

    def __init__(self, passages: Sequence[str], contexts: Sequence[str], cosines: Cosines) -> None:
        self._cosines = cosines
        self._sources = _sources(passages, [frozenset(evidence_terms(context)) for context in contexts])

    def check(self, sentence: str) -> Checked:
        """``sentence`` with its `[n]`, counted from 1 as the passages are; they say only where to look first."""
        cited = {int(number) - 1 for number in _MARKERS.findall(sentence)}
        text = _MARKERS.sub("", sentence).strip()
        whole = _said(text, opens=True)
        if not whole.terms and not whole.figures:
            return Checked(text, fault=Fault.EMPTY)
        found = self._support(whole, self._sources, cited)
        if isinstance(found, _Source):
            return Checked(text, (_quote(whole, found),))
        clauses = _clauses(text, opens=True)
        return self._by_clauses(text, clauses, cited) if len(clauses) > 1 else Checked(text, fault=found)

    def _by_clauses(self, text: str, clauses: Sequence[_Said], cited: set[int]) -> Checked:
        """Each clause for itself; one that names nobody is about what the clauses before it are about."""
        quotes: list[Span] = []
        for clause in clauses:
            here = {quote.passage for quote in quotes}
            sources = [s for s in self._sources if not here or clause.names or s.span.passage in here]
            found = self._support(clause, sources, cited)
            if isinstance(found, Fault):
                return Checked(text, fault=found)
            quotes.append(_quote(clause, found))
        return Checked(text, tuple(dict.fromkeys(quotes)))

    def _support(self, claim: _Said, sources: Sequence[_Source], cited: set[int]) -> "_Source | Fault":
        """The source that says it, or what the nearest one lacks."""
        nearest = sorted(sources, key=lambda s: (len(_strange(claim, s)), s.span.passage not in cited))
        faults = [_fault(claim, source) for source in nearest]
        if None in faults:
            return nearest[faults.index(None)]
        for source in [s for s, fault in zip(nearest, faults, strict=True) if fault is Fault.WORDS][:_NEAREST]:
            if self._says_otherwise(claim, source):
                return source
        return faults[0] or Fault.WORDS

    def _says_otherwise(self, claim: _Said, source: _Source) -> bool:
        """Whether each word that the source lacks means, to the encoder, the same as one it holds."""
        strange = _strange(claim, source)
        words = [claim.words[term] for term in strange if term in claim.words]
        if not source.said.words or len(words) < len(strange) or len(words) > _MAX_STRANGE:
            return False
        cosines = self._cosines(words, list(source.said.words.values()))
        return bool((cosines.max(axis=1) >= _SAME_WORD).all())


def _fault(claim: _Said, source: _Source) -> Fault | None:
    said = source.said
    if not all(any(figure.is_said_by(other) for other in said.figures) for figure in claim.figures):
        return Fault.FIGURE
    if claim.names - source.known:
        return Fault.NAME
    if claim.denials > said.denials or (not claim.denials and _denies(claim, source)):
        return Fault.DENIAL
    if claim.limits - said.limits:
        return Fault.LIMIT
    if _is_mixed(claim, source):
        return Fault.MIXED
    return Fault.WORDS if _strange(claim, source) else None


def _strange(claim: _Said, source: _Source) -> frozenset[str]:
    """What a claim says that the source does not: words, or characters where words have no spaces."""
    missing = claim.terms - source.known - _GLUE_TERMS
    return frozenset(
        term for term in missing if not (_IDEOGRAPH.match(term) and (len(term) > 1 or term in _GLUE_IDEOGRAPHS))
    )


def _denies(claim: _Said, source: _Source) -> bool:
    """Whether what the source denies is what is claimed, and not something beside it."""
    return any(clause.denials and 2 * len(clause.terms & claim.terms) >= len(clause.terms) for clause in source.clauses)


def _is_mixed(claim: _Said, source: _Source) -> bool:
    """Whether it takes from two clauses what each says of something else: "A is 7 and B is 5" is not "A is 5"."""
    found = claim.content & source.said.content
    if any(found <= clause.content for clause in source.clauses):
        return False
    alien = 0
    for clause in source.clauses:
        others = frozenset[str]().union(*(other.content for other in source.clauses if other is not clause))
        gives_alone = (clause.content & found) - others
        alien += bool(gives_alone and clause.content - claim.content)
    return alien > 1


def _quote(claim: _Said, source: _Source) -> Span:
    """The sentence; with the one before it, where only that one names what it is about."""
    lead = source.lead
    if lead is None or not (claim.terms - source.said.terms - source.context) & lead.said.terms:
        return source.span
    return _whole(source.span.passage, lead.span.start, source.span.end)


def _sources(passages: Sequence[str], contexts: Sequence[frozenset[str]]) -> list[_Source]:
    found: list[_Source] = []
    for sentence in sentences_of(passages):
        text = passages[sentence.passage][sentence.start : sentence.end]
        before = found[-1] if found and found[-1].span.passage == sentence.passage else None
        found.append(
            _Source(
                span=_whole(sentence.passage, sentence.start, sentence.end),
                said=_said(text),
                clauses=tuple(_clauses(text)),
                context=contexts[sentence.passage],
                lead=before if _POINTS_BACK.match(text) else None,
            )
        )
    return found


def _whole(passage: int, start: int, end: int) -> Span:
    return Span(passage=passage, start=start, end=end, sentence_start=start, sentence_end=end, score=0.0)


def _clauses(text: str, *, opens: bool = False) -> list[_Said]:
    """The parts of a sentence that say something by themselves: two words or more."""
    parts, start = [], 0
    for found in _CLAUSE.finditer(text):
        if len(evidence_terms(text[start : found.start()])) >= 2 and len(evidence_terms(text[found.end() :])) >= 2:
            parts.append(text[start : found.start()])
            start = found.end()
    parts.append(text[start:])
    return [_said(part, opens=opens and not number) for number, part in enumerate(parts)]


def _said(text: str, *, opens: bool = False) -> _Said:
    names = [
        name[0]
        for name in _NAME.finditer(without_figures(text))
        if not (opens and not text[: name.start()].strip(" \"'“‘(*-") and name[0].lower() in _GLUE)
    ]
    worded = without_figures(text)
    return _Said(
        terms=frozenset(evidence_terms(worded)),
        words={term: word for word in _WORD.findall(worded) if word.isascii() for term in evidence_terms(word)},
        names=frozenset[str]().union(*map(evidence_terms, names)),
        figures=figures_of(text),
        limits=frozenset(word.lower() for word in _LIMIT.findall(text)),
        denials=len(_DENIAL.findall(text)),
    )
