"""What fools a reader is found among the other passages of its article, never where the answer stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inference.training.data import Answer, Question, load_tokenizer, read_questions, tokenise, write_questions
from inference.training.mining import mined

MILL = "The mill at Harrow was built by Anna Brook in 1912."
BRIDGE = "The bridge at Harrow was built by Tom Reed in 1930."
AGAIN = "Anna Brook, who built the mill, was born at Harrow."
ELSEWHERE = "The mill at Ely was built by Jo Marsh in 1840."


def ask(number: int, title: str, context: str, answer: str) -> Question:
    question = f"Who built the {'bridge' if 'Tom' in answer else 'mill'} at {title}?"
    return Question(
        id=str(number),
        title=title,
        context=context,
        question=question,
        answers=(Answer(text=answer, start=context.index(answer)),),
    )


QUESTIONS = [
    ask(1, "Harrow", MILL, "Anna Brook"),
    ask(2, "Harrow", BRIDGE, "Tom Reed"),
    ask(3, "Harrow", AGAIN, "Anna Brook"),
    ask(4, "Ely", ELSEWHERE, "Jo Marsh"),
]


def words(text: str) -> list[int]:
    return [sum(map(ord, word.strip(".,?"))) for word in text.lower().split()]


def always(_: str, passages: Sequence[str]) -> list[float]:
    return [1.0] * len(passages)


def test_a_passage_that_fools_the_reader_becomes_an_unanswerable_example():
    found = list(mined(QUESTIONS, always, words, limit=10, seed=1))

    assert {(row.question, row.context) for row in found} >= {(QUESTIONS[0].question, BRIDGE)}
    assert all(row.answers == () and row.id.endswith("-mined") for row in found)


def test_a_passage_with_the_answer_or_of_another_article_is_never_one():
    found = list(mined(QUESTIONS, always, words, limit=10, seed=1))

    asked_of_mill = [row.context for row in found if row.question == QUESTIONS[0].question]
    assert asked_of_mill
    assert not {MILL, AGAIN, ELSEWHERE} & set(asked_of_mill)


def test_what_fools_nobody_is_left_out():
    assert not list(mined(QUESTIONS, lambda _, passages: [-1.0] * len(passages), words, limit=10, seed=1))


def test_the_search_ends_at_its_limit():
    tried: list[str] = []

    def note(question: str, passages: Sequence[str]) -> list[float]:
        tried.append(question)
        return always(question, passages)

    assert len(list(mined(QUESTIONS, note, words, limit=1, seed=1))) == len(tried) == 1


def test_mined_examples_are_kept_in_a_file_and_join_late(tmp_path: Path, base: Path, questions: list[Question]):
    found = list(mined(QUESTIONS, always, words, limit=10, seed=1))
    assert list(write_questions(tmp_path / "mined.jsonl", found)) == list(range(1, len(found) + 1))

    late = list(read_questions(tmp_path / "mined.jsonl"))
    tokenizer = load_tokenizer(base)
    examples = tokenise(questions, tokenizer).followed_by(tokenise(late, tokenizer))

    assert late == found
    assert examples.followed_by(tokenise(late, tokenizer)).num_early == examples.num_early == len(questions)
