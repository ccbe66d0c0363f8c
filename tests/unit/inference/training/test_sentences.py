"""The ranker's training learns what a question and its sentence share, and writes what the engine loads."""

from __future__ import annotations

from pathlib import Path

from inference.reading.ranking import SentenceRanker
from inference.training.data import Answer, Question
from inference.training.sentences import figures, train, write

NAMES = "河山海林田石桥塔村城湖岛泉岭溪谷港湾坡寺"


def questions() -> list[Question]:
    found = []
    for number, name in enumerate(NAMES):
        context = f"{name}州市在南方。{name}州市的人口是{number}万。{name}州市出产茶叶。"
        for asked, answer in ((f"{name}州市的人口是多少？", f"{number}万"), (f"{name}州市出产什么？", "茶叶")):
            start = context.index(answer)
            found.append(
                Question(
                    id=f"{name}-{answer}",
                    title=name,
                    context=context,
                    question=asked,
                    answers=(Answer(text=answer, start=start),),
                )
            )
    return found


def test_what_was_fitted_is_what_is_loaded(tmp_path: Path):
    ranker = train(questions(), seed=7)
    write(ranker, tmp_path / "ranker.json", record={})

    found = figures(SentenceRanker.load(tmp_path / "ranker.json"), questions())

    assert found["top_sentence_right"] > 0.9
