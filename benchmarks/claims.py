"""How often the check of written prose lets a sentence pass: `python -m benchmarks.claims DATA.jsonl.gz`.

Sentences of SQuAD's paragraphs are held against the paragraph they come from and three more of
the same article: as they are, with a clause left out, and twisted in one place as a generator
might: another number, another name, an opposite, a denial, another word. True ones should pass.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from inference import Engine, EngineConfig
from inference.sentences import split_sentences
from inference.training.data import Question
from inference.training.perturb import negate, oppose
from kbqa.answers.check import Checker

_NUMBER, _WORD = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b"), re.compile(r"\b[a-z]{8,}\b")
_NAME = re.compile(r"(?<!^)(?<![.] )\b[A-Z][a-z]{2,}\b")
Twist = Callable[[str, str, random.Random], str | None]


def another(kind: re.Pattern[str]) -> Twist:
    """One match becomes another of the article's."""

    def twist(sentence: str, article: str, dice: random.Random) -> str | None:
        here = list(kind.finditer(sentence))
        others = sorted({found for found in kind.findall(article) if found not in sentence})
        if not here or not others:
            return None
        found = dice.choice(here)
        return sentence[: found.start()] + dice.choice(others) + sentence[found.end() :]

    return twist


def by(perturb: Callable[[Question], str | None]) -> Twist:
    """As the training twists questions."""
    return lambda sentence, article, dice: perturb(Question(id="", title="", context="", question=sentence, answers=()))


def shorter(sentence: str, article: str, dice: random.Random) -> str | None:
    """What stands between two commas is left out, or what follows the last one."""
    parts = sentence.rstrip(".").split(", ")
    if len(parts) < 2 or len(parts[0].split()) < 5:
        return None
    return ", ".join([parts[0], *parts[2:]]) + "."


CASES: dict[str, tuple[bool, Twist]] = {
    "as it is": (True, lambda sentence, article, dice: sentence),
    "a clause left out": (True, shorter),
    "another number": (False, another(_NUMBER)),
    "another name": (False, another(_NAME)),
    "an opposite": (False, by(oppose)),
    "a denial": (False, by(negate)),
    "another word": (False, another(_WORD)),
}


def paragraphs(path: Path) -> dict[str, list[str]]:
    """By article."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            found[row["title"]][row["context"]] = None
    return {title: list(texts) for title, texts in found.items()}


def sentences(articles: dict[str, list[str]], dice: random.Random, limit: int) -> Iterator[tuple[str, list[str], str]]:
    """A sentence, the passages a generator would have been given with it, and the article."""
    titles = sorted(articles)
    for _ in range(limit):
        article = articles[dice.choice(titles)]
        passages = dice.sample(article, min(4, len(article)))
        ranges = [(start, end) for start, end in split_sentences(passages[0]) if 40 < end - start < 250]
        if ranges:
            start, end = dice.choice(ranges)
            yield passages[0][start:end], passages, " ".join(article)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    asked = parser.parse_args()
    dice, passed, faults = random.Random(0), defaultdict(list), defaultdict(lambda: defaultdict(int))
    with Engine(EngineConfig(use_reader=False)) as engine:

        def cosines(some: list[str], others: list[str]) -> np.ndarray:
            return engine.embed(some) @ engine.embed(others).T

        for sentence, passages, article in sentences(paragraphs(asked.data), dice, asked.limit):
            checker = Checker(passages, [""] * len(passages), cosines)
            for name, (_, twist) in CASES.items():
                if (text := twist(sentence, article, dice)) is not None:
                    checked = checker.check(text)
                    passed[name].append(checked.fault is None)
                    faults[name][str(checked.fault or "passed")] += 1
    rows = []
    for name, (true, _) in CASES.items():
        share = sum(passed[name]) / len(passed[name])
        wanted = "should pass" if true else "should not pass"
        print(f"{name:18s} {wanted:15s} {share:6.3f} of {len(passed[name])}  {dict(faults[name])}")
        rows.append({"case": name, "ours": round(share, 4), "true": true, "unit": "share passed"})
    print(json.dumps({"name": "claims", "rows": rows}))


if __name__ == "__main__":
    main()
