"""What each verb of `python -m inference.training` does; options.py says which there are."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from torch.nn import Module

from .checkpoint import read_record, write_record
from .data import Question, load_tokenizer, read_questions, write_questions
from .gather import MINED, gathered
from .loop import TrainConfig, Trainer
from .network import load_reader, packaged_encoder, reader_from, take_weights
from .options import parser
from .reading import ReadConfig


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    verbs = {
        "train": _train,
        "mine": _mine,
        "export": _export,
        "average": _average,
        "calibrate": _calibrate,
        "evaluate": _evaluate,
        "ship": _ship,
        "encoder": _encoder,
        "sentences": _sentences,
    }
    verbs[options.verb](options)


def _train(options: argparse.Namespace) -> None:
    config = TrainConfig(
        minutes=options.minutes,
        learning_rate=options.learning_rate,
        batch_tokens=options.batch_tokens,
        late_per_pool=options.late_per_pool,
        layers_apart=options.layers_apart,
        more=_more(options),
        seed=options.seed,
    )
    options.folder.mkdir(parents=True, exist_ok=True)
    examples = gathered(
        options.folder,
        data=options.data,
        tokenizer=load_tokenizer(packaged_encoder()),
        unanswerable=options.unanswerable,
        num_twisted=options.twisted,
        reworded=partial(_reworded, options),
        seed=options.seed,
    )
    print(f"{len(examples)} examples")
    model = reader_from(packaged_encoder(), seed=options.seed, layers_apart=options.layers_apart).to(options.device)
    if options.begin_with:
        take_weights(model, options.begin_with)
    teacher = _taught_by(options.teacher).to(options.device) if options.teacher else None
    trainer = Trainer(model, examples, config=config, folder=options.folder, teacher=teacher)
    if trainer.resume():
        print(f"resumed at step {trainer.progress.step}")
    print(trainer.run())


def _more(options: argparse.Namespace) -> str:
    """The options that no field of `TrainConfig` keeps, where they are not the usual ones."""
    usual = parser().parse_args(["train", "--data", "DATA", "--folder", "RUN", "--minutes", "1"])
    names = ("begin_with", "teacher", "unanswerable", "twisted", "reworded")
    said = {name: value for name in names if (value := getattr(options, name)) != getattr(usual, name)}
    return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in said.items())


def _reworded(options: argparse.Namespace, questions: Sequence[Question]) -> list[Question]:
    from inference.config import EngineConfig
    from inference.engine import Engine

    from .reword import Neighbours, reworded

    if not options.reworded:
        return []
    neighbours = Neighbours.read(packaged_encoder())
    with Engine(EngineConfig(threads=options.threads)) as engine:
        return reworded(questions, neighbours, engine.embed, limit=options.reworded, seed=options.seed)


def _taught_by(folder: Path) -> Module:
    teacher = reader_from(packaged_encoder(), seed=0)
    take_weights(teacher, folder)
    return teacher.eval()


def _mine(options: argparse.Namespace) -> None:
    from inference.config import EngineConfig
    from inference.engine import Engine

    from .mining import PASSAGES, mined

    questions = list(read_questions(options.data / "squad_v1.train.jsonl.gz"))
    tokenizer = load_tokenizer(packaged_encoder())
    with Engine(EngineConfig(reader=options.reader, read_first=PASSAGES, threads=options.threads)) as engine:
        found = mined(
            questions,
            lambda question, passages: engine.read(question, passages).passage_scores,
            lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
            limit=options.limit,
            seed=options.seed,
        )
        for count in write_questions(options.folder / MINED, found):
            if count % 100 == 0:
                print(f"{count} of at most {options.limit}", flush=True)


def _export(options: argparse.Namespace) -> None:
    from .export import export

    export(
        options.folder, base=packaged_encoder(), target=options.target, hardware=options.hardware, notes=options.notes
    )


def _average(options: argparse.Namespace) -> None:
    from .average import average

    average(options.reader, options.other, share=options.share, target=options.target)


def _calibrate(options: argparse.Namespace) -> None:
    from .calibrate import judged
    from .cases import CaseMaker, halves, sample
    from .evaluate import abstention_figures, answer_figures, read_cases

    reader, record = load_reader(options.reader, ReadConfig(bfloat16=options.bf16)), read_record(options.reader)
    figures = record["figures"]
    questions = list(read_questions(options.questions))
    titled = 0.5 if record["reading"].get("titles") else 0.0
    maker = CaseMaker(questions, reader.tokenizer, titled=titled)
    fitted, held_out = (sample(half, limit=options.limit, seed=options.seed) for half in halves(questions))
    words = judged(read_cases(reader, maker.mixed(fitted, seed=options.seed)))
    record |= words.to_json()
    mixed = read_cases(reader, maker.mixed(held_out, seed=options.seed))
    figures["mixed, other articles"] = abstention_figures(
        mixed, calibration=words.calibration, threshold=words.abstain_below
    )
    retrieved = read_cases(reader, [maker.case(question, "retrieved") for question in held_out])
    figures["5 retrieved by rare words, other articles"] = answer_figures(retrieved)
    if options.yes_no:
        questions = list(read_questions(options.yes_no))
        maker = CaseMaker(questions, reader.tokenizer, titled=titled)
        fitted, held_out = (sample(half, limit=options.limit, seed=options.seed) for half in halves(questions))
        yes_no = judged(read_cases(reader, maker.yes_no(fitted, seed=options.seed)))
        record["yes_no"] = yes_no.to_json()
        mixed = read_cases(reader, maker.yes_no(held_out, seed=options.seed))
        figures["yes or no, other titles"] = abstention_figures(
            mixed, calibration=yes_no.calibration, threshold=yes_no.abstain_below
        )
    write_record(options.reader, record)
    print(json.dumps(figures))


def _evaluate(options: argparse.Namespace) -> None:
    from inference.calibration import Calibration

    from .cases import CaseMaker, halves, sample
    from .evaluate import abstention_figures, answer_figures, read_cases

    reader, record = load_reader(options.reader, ReadConfig(bfloat16=options.bf16)), read_record(options.reader)
    fitted = {row.title for row in halves(list(read_questions(options.without)))[0]} if options.without else set()
    questions = [row for row in read_questions(options.questions) if row.title not in fitted]
    chosen = sample(questions, limit=options.limit, seed=options.seed)
    maker = CaseMaker(chosen, reader.tokenizer)
    outcomes = read_cases(reader, [maker.case(question, "given", titled=options.titled) for question in chosen])
    if all(question.answers for question in chosen):
        figures = answer_figures(outcomes)
    else:
        kept = record.get("calibration")
        calibration = Calibration.from_json(kept) if kept else None
        figures = abstention_figures(outcomes, calibration=calibration, threshold=record.get("abstain_below", 0.5))
    print(json.dumps({"set": options.questions.name, "titled": options.titled, **figures}))
    if options.record:
        titled = ", titled" if options.titled else ""
        record["figures"][options.questions.name.split(".jsonl")[0] + titled] = figures
        write_record(options.reader, record)


def _ship(options: argparse.Namespace) -> None:
    from .cases import sample
    from .ship import ship

    chosen = sample(list(read_questions(options.questions)), limit=options.sample, seed=options.seed)
    pairs = [(question.question, question.context) for question in chosen]
    ship(options.reader, base=packaged_encoder(), target=options.target, sample=pairs)


def _encoder(options: argparse.Namespace) -> None:
    from .distill import DistillConfig
    from .encoder import train

    config = DistillConfig(minutes=options.minutes, learning_rate=options.learning_rate, seed=options.seed)
    figures = train(
        options.folder,
        base=packaged_encoder(),
        data=options.data,
        target=options.target,
        config=config,
        hardware=options.hardware,
        limit=options.limit,
    )
    print(json.dumps(figures))


def _sentences(options: argparse.Namespace) -> None:
    from .sentences import figures, train, write

    ranker = train(list(read_questions(options.train)), seed=options.seed)
    dev, name = list(read_questions(options.dev)), options.dev.name.split(".jsonl")[0]
    found = {name: figures(ranker, dev), f"{name}, titled": figures(ranker, dev, titled=True)}
    record = {
        "train": options.train.name.split(".jsonl")[0],
        "command": f"python -m inference.training sentences --train {options.train.name} --dev {options.dev.name} "
        f"--target {options.target.name} --seed {options.seed}",
        "figures": found,
    }
    options.target.parent.mkdir(parents=True, exist_ok=True)
    write(ranker, options.target, record=record)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
