"""A knowledge base whose every answer is known, and the questions to ask of it; the same at every run."""

import random
from itertools import count

NUM_POSTS = 400
NUM_SLUICES = 100
FREQUENT = 40

_UNANSWERABLE = (
    "What is the boiling point of tungsten in bar {n}?",
    "Who composed symphony number {n} for the opening of the opera?",
    "How many moons does planet K-{n} have?",
)
_serial = count()


def level_at(post: int) -> int:
    return 20 + post * 7 % 180


def documents() -> dict[str, str]:
    """File name → text: gauge books in English, sluice books in Chinese."""
    english = {
        f"gauges-{first:03}.txt": "\n\n".join(
            f"The gauge at post {post} read {level_at(post)} centimetres on the day of the great flood. "
            f"Keeper number {post % 17} signed the book for post {post} and noted nothing else."
            for post in range(first, first + 20)
        )
        for first in range(0, NUM_POSTS, 20)
    }
    chinese = {
        f"sluices-{first:03}.txt": "\n\n".join(
            f"第{number}号水闸的开启高度是{level_at(number)}厘米。第{number}号水闸每年检修两次。"
            for number in range(first, first + 20)
        )
        for first in range(0, NUM_SLUICES, 20)
    }
    return english | chinese


def frequent(chosen: random.Random) -> str:
    """One of a few that everyone asks, the first ones most (their ranks follow Zipf)."""
    ranks = range(1, FREQUENT + 1)
    post = chosen.choices(ranks, weights=[1 / rank for rank in ranks])[0]
    return f"What did the gauge at post {post} read on the day of the great flood?"


def fresh(chosen: random.Random) -> str:
    """A question nobody asked before, so that no cache can hold it."""
    post = chosen.randrange(NUM_POSTS)
    return f"Inquiry {next(_serial)}-{chosen.randrange(10**9)}: what did the gauge at post {post} read?"


def unanswerable(chosen: random.Random) -> str:
    return chosen.choice(_UNANSWERABLE).format(n=chosen.randrange(10**6))


def chinese(chosen: random.Random) -> str:
    return f"第{chosen.randrange(NUM_SLUICES)}号水闸的开启高度是多少？"


def document(chosen: random.Random) -> tuple[str, str]:
    """A new file's name and text."""
    number = chosen.randrange(10**9)
    return f"notes-{number}.txt", f"The ferry of line {number} leaves at {number % 24} o'clock. It carries no cars."
