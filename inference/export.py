"""`python -m inference.export FOLDER`: encoder and reader as ONNX graphs, for onnxruntime or whatever else reads them.

Each graph is run beside the network it was made of before this ends, and what they differ by is printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from .config import EngineConfig
from .errors import ConfigError
from .models.runner import ModelRunner
from .networks import Networks
from .onnx.names import FILES
from .onnx.runner import OnnxRunner
from .precision import choose_precision, rows_across

_LENGTHS = (7, 64, 33, 128)  # tokens of the rows that both are asked


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        _export(options)
    except (ConfigError, OSError) as error:  # the folder cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _export(options: argparse.Namespace) -> None:
    try:
        from .onnx.export import export
    except ImportError as error:
        raise ConfigError(f"{error.name} is not installed: pip install -e '.[onnx]'") from error
    config = EngineConfig(
        encoder=options.encoder,
        reader=options.reader,
        use_reader=not options.no_reader,
        allow_downloads=options.allow_downloads,
    )
    networks = Networks.load(config)
    models, digests = networks.models, networks.digests
    options.folder.mkdir(parents=True, exist_ok=True)
    for task, model in models.items():
        path = options.folder / FILES[task]
        export(model, path, weights=digests[task], int8=options.int8)
        print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")
    ours, theirs = ModelRunner(models, threads=1), OnnxRunner.open(options.folder, weights=digests, threads=1)
    choose_precision(models, "fp32", ours)
    words, places = networks.encoder.encoder.words, networks.encoder.encoder.positions
    rows = rows_across(words.num_embeddings, [min(length, places.num_embeddings) for length in _LENGTHS])
    for task in models:
        asked = [replace(row, second_from=len(row) // 3) for row in rows] if task == "read" else rows
        pairs = list(zip(ours.run(task, asked), theirs.run(task, asked), strict=True))
        print(f"{FILES[task]} beside PyTorch in fp32: {_difference(task, pairs)}")


def _difference(task: str, pairs: list[tuple[np.ndarray, np.ndarray]]) -> str:
    if task == "embed":
        return f"cosine {min(float(ours @ theirs) for ours, theirs in pairs):.5f} at least"
    return f"logits differ by {max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs):.5f} at most"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference.export",
        description="Write encoder.onnx and reader.onnx, rows and tokens left open; an engine runs them where "
        "KBQA_ONNX (or --onnx of python -m inference) names the folder.",
        epilog="Inputs are input_ids, attention_mask and token_type_ids [rows, tokens]; outputs are sentence_embedding "
        "[rows, size], and start_logits and end_logits [rows, tokens].",
    )
    parser.add_argument("folder", type=Path, help="where to write; made if it is not there")
    parser.add_argument("--encoder", metavar="FOLDER", help="a sentence-transformers folder (the packaged MiniLM)")
    parser.add_argument("--reader", metavar="FOLDER", help="an extractive question-answering folder (the one shipped)")
    parser.add_argument("--no-reader", action="store_true", help="write the encoder alone")
    parser.add_argument("--allow-downloads", action="store_true", help="fetch a hub id that the local cache lacks")
    parser.add_argument(
        "--int8",
        action="store_true",
        help="INT8 products: two thirds of the bytes; an encoder's index must be built anew",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
