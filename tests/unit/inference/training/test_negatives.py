"""Wrong passages are wrong, and as many as asked for."""

from __future__ import annotations

from pathlib import Path

from inference.training.data import UNANSWERED, Question, load_tokenizer, tokenise
from inference.training.negatives import Similar, add_unanswerable


def test_added_pairs_are_unanswered_and_from_another_passage(base: Path, questions: list[Question]):
    examples = tokenise(questions, load_tokenizer(base))

    more = add_unanswerable(examples, share=0.25, seed=1)

    added = range(len(examples), len(more))
    assert 1 <= len(added) <= 4
    assert all(more.start[at] == UNANSWERED for at in added)
    assert all(more.context_of[at] != examples.context_of[more.question_of[at]] for at in added)


def test_a_passage_with_the_gold_answer_is_never_called_wrong(base: Path, questions: list[Question]):
    examples = tokenise(questions, load_tokenizer(base))

    more = add_unanswerable(examples, share=0.5, seed=1)

    for at in range(len(examples), len(more)):
        question = questions[int(more.question_of[at])]
        wrong = next(q.context for q, c in zip(questions, examples.context_of, strict=True) if c == more.context_of[at])
        assert question.answers[0].text not in wrong


def test_similar_passages_share_rare_tokens(base: Path, questions: list[Question]):
    examples = tokenise(questions, load_tokenizer(base))

    best = Similar(examples.contexts).rank(examples.questions[0], limit=2)  # asks about the mill: passages 0 and 1

    assert sorted(best) == [0, 1]
