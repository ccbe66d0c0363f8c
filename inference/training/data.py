"""Reading-comprehension questions as token ids, ready to be cut into windows.

Every passage and question is tokenised once and kept flat, so a passage shared by
five questions is stored once and a wrong passage costs one more row of integers.
Token positions of an answer are half-open and relative to its passage.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Ints = npt.NDArray[np.int32]
UNANSWERED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A gold answer; ``context[start : start + len(text)] == text``."""

    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One line of a reading set; no ``answers`` means the passage does not answer it."""

    id: str
    title: str
    context: str
    question: str
    answers: tuple[Answer, ...]
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ragged:
    """Token sequences of different lengths, end to end."""

    ids: Ints
    bounds: npt.NDArray[np.int64]  # sequence i is ids[bounds[i] : bounds[i + 1]]

    @classmethod
    def of(cls, sequences: Iterable[list[int]]) -> Ragged:
        rows = [np.asarray(sequence, dtype=np.int32) for sequence in sequences]
        lengths = np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))
        ids = np.concatenate(rows) if rows else np.empty(0, dtype=np.int32)
        return cls(ids=ids, bounds=np.concatenate([np.zeros(1, dtype=np.int64), lengths.cumsum()]))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, index: int) -> Ints:
        return self.ids[self.bounds[index] : self.bounds[index + 1]]

    def followed_by(self, other: Ragged) -> Ragged:
        return Ragged(
            ids=np.concatenate([self.ids, other.ids]),
            bounds=np.concatenate([self.bounds, other.bounds[1:] + self.bounds[-1]]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Training examples: which question meets which passage, and where the answer stands."""

    contexts: Ragged
    questions: Ragged
    titles: Ints  # the article of each context, as a number
    headings: Ragged  # each article's title; of none where it has none
    question_of: Ints
    context_of: Ints
    start: Ints  # first token of the answer, UNANSWERED when the passage does not hold it
    stop: Ints  # one past its last token
    num_early: int  # examples from this place on join late in a run

    def __len__(self) -> int:
        return len(self.question_of)

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            context_ids=self.contexts.ids,
            context_bounds=self.contexts.bounds,
            question_ids=self.questions.ids,
            question_bounds=self.questions.bounds,
            titles=self.titles,
            heading_ids=self.headings.ids,
            heading_bounds=self.headings.bounds,
            question_of=self.question_of,
            context_of=self.context_of,
            start=self.start,
            stop=self.stop,
            num_early=self.num_early,
        )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Examples:
        with np.load(path) as kept:
            return cls(
                contexts=Ragged(ids=kept["context_ids"], bounds=kept["context_bounds"]),
                questions=Ragged(ids=kept["question_ids"], bounds=kept["question_bounds"]),
                headings=Ragged(ids=kept["heading_ids"], bounds=kept["heading_bounds"]),
                num_early=int(kept["num_early"]),
                **{name: kept[name] for name in ("titles", "question_of", "context_of", "start", "stop")},
            )

    def followed_by(self, late: Examples) -> Examples:
        """These, and ``late`` for later in their run: first how to answer, then when not to."""
        return Examples(
            contexts=self.contexts.followed_by(late.contexts),
            questions=self.questions.followed_by(late.questions),
            titles=np.concatenate([self.titles, late.titles + np.int32(len(self.headings))]),
            headings=self.headings.followed_by(late.headings),
            question_of=np.concatenate([self.question_of, late.question_of + np.int32(len(self.questions))]),
            context_of=np.concatenate([self.context_of, late.context_of + np.int32(len(self.contexts))]),
            start=np.concatenate([self.start, late.start]),
            stop=np.concatenate([self.stop, late.stop]),
            num_early=self.num_early,
        )


def load_tokenizer(folder: Path) -> Tokenizer:
    """The folder's tokenizer without the truncation and padding it was saved with."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def read_questions(path: Path) -> Iterator[Question]:
    """The questions of a ``.jsonl`` or ``.jsonl.gz`` file, in its order."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "contexts" in row:
                yield _of_yes_or_no(row)
                continue
            yield Question(
                id=row["id"],
                title=row.get("title", ""),
                context=row["context"],
                question=row["question"],
                answers=tuple(Answer(text=answer["text"], start=answer["start"]) for answer in row["answers"]),
                is_ambiguous=bool(row.get("ambiguous", row.get("is_ambiguous", False))),
            )


def _of_yes_or_no(row: dict[str, Any]) -> Question:  # Any: a JSON document
    """A question that its passage decides; what it decides is left out, since a reader only finds the passage."""
    asked = row["question"][:1].upper() + row["question"][1:]
    return Question(id=row["id"], title=row.get("title", ""), context=row["contexts"][0], question=asked, answers=())


def write_questions(path: Path, questions: Iterable[Question]) -> Iterator[int]:
    """Write them as they come, for ``read_questions`` to give back; how many there are, after each."""
    with path.open("w", encoding="utf-8", buffering=1) as lines:
        for count, row in enumerate(questions, start=1):
            lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            yield count


def token_range(offsets: list[tuple[int, int]], start: int, stop: int) -> tuple[int, int]:
    """The half-open token range that covers characters ``[start, stop)``; UNANSWERED twice if none does."""
    covering = [at for at, (left, right) in enumerate(offsets) if right > start and left < stop]
    return (covering[0], covering[-1] + 1) if covering else (UNANSWERED, UNANSWERED)


def tokenise(questions: list[Question], tokenizer: Tokenizer) -> Examples:
    """Every question beside its own passage, with the first gold answer as the target."""
    contexts = list(dict.fromkeys(question.context for question in questions))
    place = {context: at for at, context in enumerate(contexts)}
    titles: dict[str, int] = {}
    title_of = np.zeros(len(contexts), dtype=np.int32)
    for question in questions:
        title_of[place[question.context]] = titles.setdefault(question.title, len(titles))
    encodings = tokenizer.encode_batch(contexts, add_special_tokens=False)
    ranges = [
        token_range(encodings[place[question.context]].offsets, answer.start, answer.start + len(answer.text))
        if (answer := next(iter(question.answers), None))
        else (UNANSWERED, UNANSWERED)
        for question in questions
    ]
    asked = tokenizer.encode_batch([question.question.strip() for question in questions], add_special_tokens=False)
    headings = tokenizer.encode_batch([title.replace("_", " ") for title in titles], add_special_tokens=False)
    return Examples(
        contexts=Ragged.of(encoding.ids for encoding in encodings),
        questions=Ragged.of(encoding.ids for encoding in asked),
        titles=title_of,
        headings=Ragged.of(encoding.ids for encoding in headings),
        question_of=np.arange(len(questions), dtype=np.int32),
        context_of=np.asarray([place[question.context] for question in questions], dtype=np.int32),
        start=np.asarray([start for start, _ in ranges], dtype=np.int32),
        stop=np.asarray([stop for _, stop in ranges], dtype=np.int32),
        num_early=len(questions),
    )
