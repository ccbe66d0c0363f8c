"""`python -m inference.training train | export | calibrate | evaluate | ship`, in that order for a new reader.

`mine` looks for what a reader gets wrong, for its run to go on with.

`sentences` fits the sentence ranker, and `encoder` trains the encoder's layers for INT8; neither needs a reader.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .loop import POOL, TrainConfig

_DEFAULTS = TrainConfig(minutes=1)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m inference.training", description=__doc__)
    top.add_argument("--threads", type=int, default=2, help="CPU threads (default 2)")
    verbs = top.add_subparsers(dest="verb", required=True)

    train = verbs.add_parser("train", help="train a reader, or go on with a run that was cut off")
    train.add_argument("--data", type=Path, required=True, help="folder of reading sets, NAME.train.jsonl.gz")
    train.add_argument("--folder", type=Path, required=True, help="the run's folder: cache, log, checkpoints")
    train.add_argument("--minutes", type=float, required=True, help="training time; the schedule ends with it")
    train.add_argument("--begin-with", type=Path, metavar="FOLDER", help="a reader whose weights it begins with")
    train.add_argument(
        "--layers-apart", type=int, default=0, metavar="N", help="lower layers that see question and passage apart"
    )
    train.add_argument("--teacher", type=Path, metavar="FOLDER", help="a reader whose distributions it learns besides")
    train.add_argument("--learning-rate", type=float, default=_DEFAULTS.learning_rate)
    train.add_argument("--batch-tokens", type=int, default=_DEFAULTS.batch_tokens, help="positions in a step")
    train.add_argument("--unanswerable", type=float, default=0.18, help="share of pairs without an answer")
    train.add_argument("--twisted", type=int, default=16_000, help="twisted questions that join late in the run")
    train.add_argument("--reworded", type=int, default=0, help="questions in other words that join late in the run")
    train.add_argument(
        "--late-per-pool",
        type=int,
        default=_DEFAULTS.late_per_pool,
        help=f"twisted, reworded and mined ones beside {POOL} others",
    )
    train.add_argument("--seed", type=int, default=_DEFAULTS.seed)
    train.add_argument("--device", default="cpu", help="a torch device (default cpu)")

    mine = verbs.add_parser("mine", help="find the wrong passages that fool a reader; they join its run late")
    mine.add_argument("--data", type=Path, required=True, help="folder of reading sets, NAME.train.jsonl.gz")
    mine.add_argument("--folder", type=Path, required=True, help="the run's folder, where mined.jsonl is written")
    mine.add_argument("--reader", default=None, help="an exported folder (default: the shipped reader)")
    mine.add_argument("--limit", type=int, default=24_000, help="pairs to find (default 24,000)")
    mine.add_argument("--seed", type=int, default=7)

    export = verbs.add_parser("export", help="write a run's last checkpoint as a Hugging Face folder")
    export.add_argument("--folder", type=Path, required=True, help="the run's folder")
    export.add_argument("--target", type=Path, required=True, help="the folder to write")
    export.add_argument("--hardware", required=True, help="what it was trained on, for the model card")
    export.add_argument("--notes", default="", help="what else the model card should say of the training")

    average = verbs.add_parser("average", help="write what lies between a reader and the one it was trained on from")
    average.add_argument("--reader", type=Path, required=True, help="an exported folder")
    average.add_argument("--other", type=Path, required=True, help="a reader of the same shape, INT8 or not")
    average.add_argument("--share", type=float, default=0.6, help="of the first in the average (default 0.6)")
    average.add_argument("--target", type=Path, required=True, help="the folder to write")

    calibrate = verbs.add_parser("calibrate", help="fit the probability of being right; report on other articles")
    calibrate.add_argument("--reader", type=Path, required=True, help="an exported folder; its record is updated")
    calibrate.add_argument("--questions", type=Path, required=True, help="a dev set; half of it is fitted on")
    calibrate.add_argument(
        "--yes-no", type=Path, default=None, help="questions of yes or no: half of their titles fitted"
    )
    calibrate.add_argument("--limit", type=int, default=1500, help="questions for fitting, and as many for reporting")
    calibrate.add_argument("--seed", type=int, default=7)

    calibrate.add_argument("--bf16", action="store_true", help="the encoder's products in bfloat16: faster")

    evaluate = verbs.add_parser("evaluate", help="figures on a set whose passages are given; prints one JSON line")
    evaluate.add_argument("--reader", type=Path, required=True, help="an exported folder")
    evaluate.add_argument("--questions", type=Path, required=True, help="a .jsonl or .jsonl.gz reading set")
    evaluate.add_argument("--limit", type=int, default=None, help="questions, drawn evenly (default all)")
    evaluate.add_argument("--without", type=Path, default=None, help="leave out the fitted articles of this dev set")
    evaluate.add_argument("--seed", type=int, default=7)
    evaluate.add_argument("--titled", action="store_true", help="each passage with its article's title above it")
    evaluate.add_argument("--bf16", action="store_true", help="the encoder's products in bfloat16: faster")
    evaluate.add_argument("--record", action="store_true", help="add the figures to the folder's record and card")

    ship = verbs.add_parser(
        "ship", help="write what the product carries: the reader in INT8, the encoder's words left out"
    )
    ship.add_argument("--reader", type=Path, required=True, help="an exported folder")
    ship.add_argument("--target", type=Path, required=True, help="the folder to write")
    ship.add_argument("--questions", type=Path, required=True, help="a train set; some of it tells the INT8 steps")
    ship.add_argument("--sample", type=int, default=64, help="questions of it to read (default 64)")
    ship.add_argument("--seed", type=int, default=7)

    encoder = verbs.add_parser("encoder", help="train the encoder's layers for static INT8, and write what ships")
    encoder.add_argument("--data", type=Path, required=True, help="folder of reading sets, NAME.train.jsonl.gz")
    encoder.add_argument("--folder", type=Path, required=True, help="the run's folder: log, checkpoint")
    encoder.add_argument("--target", type=Path, required=True, help="the folder to write")
    encoder.add_argument("--minutes", type=float, required=True, help="training time; the schedule ends with it")
    encoder.add_argument("--learning-rate", type=float, default=2e-5)
    encoder.add_argument("--hardware", required=True, help="what it was trained on, for the model card")
    encoder.add_argument("--limit", type=int, default=1000, help="passages, and as many questions, to report on")
    encoder.add_argument("--seed", type=int, default=7)

    sentences = verbs.add_parser("sentences", help="fit the sentence ranker for scripts without spaces")
    sentences.add_argument("--train", type=Path, required=True, help="a reading set, as cmrc2018.train.jsonl.gz")
    sentences.add_argument("--dev", type=Path, required=True, help="the set to report on")
    sentences.add_argument("--target", type=Path, required=True, help="the JSON file to write")
    sentences.add_argument("--seed", type=int, default=7)
    return top
