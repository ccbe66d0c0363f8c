"""A run's examples: tokenised once and kept in its folder, and those that were mined for it since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from .data import Examples, Question, read_questions, tokenise
from .negatives import add_unanswerable
from .perturb import left_out, twisted

MINED = "mined.jsonl"  # in a run's folder
_LEFT_OUT = 0.3  # of the twisted ones: passages without the sentence that answers
_MINED_TIMES = 3  # each mined question is that many of the late ones


def gathered(
    folder: Path,
    *,
    data: Path,
    tokenizer: Tokenizer,
    unanswerable: float,
    num_twisted: int,
    seed: int,
    reworded: Callable[[Sequence[Question]], list[Question]] = lambda _: [],
) -> Examples:
    """SQuAD once and Natural Questions twice, with a share of unanswerable pairs.

    Twisted, reworded and mined ones join late.
    """
    cache = folder / "examples.npz"
    if not cache.exists():
        squad = [row for row in read_questions(data / "squad_v1.train.jsonl.gz") if not row.is_ambiguous]
        natural = list(read_questions(data / "natural_questions_qed.train.jsonl.gz"))
        examples = tokenise([*squad, *natural, *natural], tokenizer)
        examples = add_unanswerable(examples, share=unanswerable, seed=seed)
        num_left_out = round(_LEFT_OUT * num_twisted)
        refused = twisted(squad, limit=num_twisted - num_left_out, seed=seed)
        refused += left_out(squad, limit=num_left_out, seed=seed)
        examples.followed_by(tokenise([*refused, *reworded(squad)], tokenizer)).save(cache)
    examples = Examples.load(cache)
    if (mined := folder / MINED).exists():
        fooled = list(read_questions(mined)) * _MINED_TIMES
        examples = examples.followed_by(tokenise(fooled, tokenizer))
    return examples
