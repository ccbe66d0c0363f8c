"""Answer spans by a trained reader (Devlin et al., 2018, section 4.2): passages compete for the answer.

Question and passage are read together; a span's margin is its start and end logits less
those of [CLS], which stands for *no answer here*. Long passages are read in overlapping
windows, each below its passage's titles and headings, in which no answer is looked for.
Bookkeeping only: the network is run by whoever calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Encoding

from inference.calibration import Candidate, Judgement, features, ranked
from inference.request import Row
from inference.sentences import split_sentences
from inference.tokenizer import Tokenizer
from inference.types import Reading, Span

from .lists import asks_how_to, widened, with_its_list
from .opposites import doubted

MAX_QUESTION_TOKENS = 64
MAX_CONTEXT_TOKENS = 48  # of titles and headings
_MAX_ANSWER_TOKENS = 30
_YES_OR_NO = re.compile(
    r"\s*(?:is|are|was|were|am|do|does|did|can|could|will|would|shall|should|must|may|might|has|have|had)\b(?!.*\bor\b)",
    re.IGNORECASE | re.DOTALL,
)
_CANDIDATES = 5
_SURE = (
    0.8  # from here on, of 1,000 questions on SQuAD's paragraphs, a second answer was never right in the first's place
)
_NEAR, _LEVEL = 3.0, 0.5  # how far below the best margin an answer is a rival, and how far below it is one as good


@dataclass(frozen=True, slots=True)
class Window:
    """A row for the network: passage tokens from ``left`` on, which stand in the row from ``body`` on."""

    passage: int
    left: int
    body: int
    row: Row


def wants_a_span(question: str) -> bool:
    """Whether some words of a passage can be the answer; to yes or no, only a whole sentence is one."""
    return not _YES_OR_NO.match(question)


def wants_its_sentence(question: str) -> bool:
    """Whether the best words' whole sentence is the answer: to yes or no, and to what somebody is to do."""
    return not wants_a_span(question) or asks_how_to(question)


def windows_of(
    question: Encoding,
    passages: Sequence[Encoding],
    tokenizer: Tokenizer,
    *,
    contexts: Sequence[Encoding] = (),
    max_tokens: int = 384,
    overlap: int = 96,
    alike: bool = False,
) -> list[Window]:
    """`[CLS] question [SEP] context passage [SEP]` for each passage, in as many windows as it needs.

    ``contexts``: one a passage, or none at all. ``alike``: a passage is cut in the same places whatever the
    question's length.
    """
    asked = question.ids[:MAX_QUESTION_TOKENS]
    found = []
    for number, passage in enumerate(passages):
        above = contexts[number].ids[:MAX_CONTEXT_TOKENS] if contexts else []
        room = max_tokens - (MAX_QUESTION_TOKENS if alike else len(asked)) - len(above) - 3
        for left in range(0, max(1, len(passage.ids) - overlap), room - overlap):
            tokens = passage.ids[left : left + room]
            found.append(_window(asked, above, tokens, tokenizer, number=number, left=left))
    return found


def candidates_of(
    windows: Sequence[Window], logits: Sequence[np.ndarray], passages: Sequence[Encoding]
) -> list[Candidate]:
    """The best spans of each passage that do not overlap, as characters; ``logits`` are [tokens, 2] a window."""
    nothing = [float("inf")] * len(passages)
    spans: list[dict[tuple[int, int], float]] = [{} for _ in passages]
    for window, scores in zip(windows, logits, strict=True):
        nothing[window.passage] = min(nothing[window.passage], float(scores[0].sum()))
        for first, last, score in _best_spans(scores[window.body : -1]):
            place = (first + window.left, last + window.left)
            spans[window.passage][place] = max(score, spans[window.passage].get(place, -np.inf))
    return [
        candidate
        for number, passage in enumerate(passages)
        for candidate in _distinct(number, passage, spans[number], nothing[number])
    ]


def reading_of(
    question: str,
    passages: Sequence[str],
    candidates: Sequence[Candidate],
    judgement: Judgement,
    *,
    contexts: Sequence[str] = (),
    max_spans: int,
) -> Reading:
    """Distinct answers, best first, each inside its sentence, with the probability that the best is right.

    Where the question wants more than some words, the sentence is the answer.
    """
    if not candidates:
        return Reading(spans=(), confidence=0.0, passage_scores=(0.0,) * len(passages))
    candidates = doubted(question, passages, candidates)
    signals = features(question, passages, candidates, contexts=contexts)
    confidence = judgement.calibration.probability(signals)
    answers = ranked(passages, _one_a_passage(candidates))
    lowest = max(0.0, answers[0].margin - (_LEVEL if confidence >= _SURE else _NEAR))
    rivals = [answer for answer in answers[1:max_spans] if answer.margin > lowest]

    def stands_alone(answer: Candidate) -> bool:
        left = _without_better(answer, candidates)
        probability = judgement.calibration.probability(features(question, passages, left, contexts=contexts))
        return probability >= judgement.abstain_below

    worth = [answers[0], *filter(stands_alone, rivals)]
    margins: list[list[float]] = [[] for _ in passages]
    for candidate in candidates:
        margins[candidate.passage].append(candidate.margin)
    spans = [_span(passages[answer.passage], answer) for answer in worth]
    if asks_how_to(question):
        spans = [with_its_list(passages[found.passage], found) for found in spans]
    return Reading(
        spans=tuple(widened(found) if wants_its_sentence(question) else found for found in spans),
        confidence=confidence,
        passage_scores=tuple(max(scores, default=-20.0) for scores in margins),
        abstain_below=judgement.abstain_below,
        signals=signals,
    )


def _window(
    asked: list[int], above: list[int], tokens: list[int], tokenizer: Tokenizer, *, number: int, left: int
) -> Window:
    ids = (tokenizer.cls_id, *asked, tokenizer.sep_id, *above, *tokens, tokenizer.sep_id)
    second_from = len(asked) + 2
    return Window(number, left, second_from + len(above), Row(ids, second_from=second_from))


def _best_spans(logits: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """The best (first, last, score), counted in passage tokens; ``logits`` is [passage tokens, 2]."""
    num_tokens = len(logits)
    if not num_tokens:
        return
    scores = logits[:, 0][:, None] + logits[:, 1][None, :]  # [first, last]
    length = np.arange(num_tokens)[None, :] - np.arange(num_tokens)[:, None]
    scores = np.where((length >= 0) & (length < _MAX_ANSWER_TOKENS), scores, -np.inf)
    wanted = min(4 * _CANDIDATES, scores.size)
    best = np.argpartition(-scores, wanted - 1, axis=None)[:wanted]
    for flat in best[np.argsort(-scores.ravel()[best], kind="stable")].tolist():
        first, last = divmod(flat, num_tokens)
        if np.isfinite(scores[first, last]):
            yield first, last, float(scores[first, last])


def _distinct(
    number: int, passage: Encoding, spans: dict[tuple[int, int], float], nothing: float
) -> Iterator[Candidate]:
    kept: list[tuple[int, int]] = []
    for (first, last), score in sorted(spans.items(), key=lambda entry: -entry[1]):
        if any(first <= right and left <= last for left, right in kept):
            continue
        kept.append((first, last))
        start, end = passage.offsets[first][0], passage.offsets[last][1]
        yield Candidate(passage=number, start=start, end=end, margin=score - nothing)
        if len(kept) == _CANDIDATES:
            return


def _span(passage: str, answer: Candidate) -> Span:
    """The answer with the sentence, or sentences, it stands in."""
    around = [(s, e) for s, e in split_sentences(passage) if s < answer.end and answer.start < e]
    start = min((s for s, _ in around), default=answer.start)
    end = max((e for _, e in around), default=answer.end)
    return Span(
        passage=answer.passage,
        start=answer.start,
        end=answer.end,
        sentence_start=min(start, answer.start),
        sentence_end=max(end, answer.end),
        score=answer.margin,
    )


def _one_a_passage(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Passages may disagree, and then each is heard; a passage's own second guess is only noise."""
    heard: dict[int, Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: -candidate.margin):
        heard.setdefault(candidate.passage, candidate)
    return list(heard.values())


def _without_better(answer: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """What there would be if the passages with better answers had not been found."""
    better = {other.passage for other in candidates if other.margin > answer.margin} - {answer.passage}
    return [candidate for candidate in candidates if candidate.passage not in better]
