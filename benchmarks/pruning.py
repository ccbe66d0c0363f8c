"""Dropping passage tokens that the question hardly attends to, between the reader's layers: is it worth it?

    python -m benchmarks.pruning [--quick] [--questions squad_v1.dev.jsonl.gz] [--after 3]

After ``--after`` layers a token stays when the attention it receives from the question and [CLS], the most of
any head, pooled over its neighbours, is at least a share of the passage's best. Its position was added at the
input, so it keeps it; a dropped token can be in no answer. The share is the largest that loses at most 0.7
points of F1 on one half of the questions; both sides are timed, and scored, on the other half. This is no
option of the product: benchmarks/LOG.md says why.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from tokenizers import Encoding
from torch import Tensor

from inference.config import JOINT, EngineConfig
from inference.models.bert import BertForSpans, BertLayer
from inference.models.row_attention import PackedRows, Places
from inference.models.runner import ModelRunner
from inference.precision import choose_precision
from inference.reading.checkpoint import ReaderCheckpoint
from inference.reading.extractive import Window, candidates_of, windows_of
from inference.score import f1
from kbqa.quality.testset import Case, read_cases, spread

from .harness import SQUAD, Row, alternated, report, row

MOST_LOST = 0.007
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
NEIGHBOURS = 15
NEVER = -1e4

Read = Callable[[Window], np.ndarray]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a test set, cut into the reader's windows."""

    case: Case
    passage: list[Encoding]
    windows: list[Window]


@dataclass(slots=True)
class Pruned:
    """The reader's own layers over one window, fewer tokens after some of them."""

    model: BertForSpans
    after: int
    share: float
    num_kept: int = 0
    num_seen: int = 0

    def __call__(self, window: Window) -> np.ndarray:
        rows = PackedRows.of([window.row])
        encoder = self.model.encoder
        hidden = encoder.norm(encoder.words(rows.ids) + encoder.positions(rows.positions) + encoder.types(rows.types))
        layers = [cast(BertLayer, layer) for layer in encoder.layers]
        for layer in layers[: self.after - 1]:
            hidden = layer(hidden, rows.places)
        hidden, received = attended(layers[self.after - 1], hidden, body=window.body)
        kept = self._kept(received, window)
        hidden = hidden.index_select(0, kept)
        for layer in layers[self.after :]:
            hidden = layer(hidden, Places(1, len(kept)))
        logits = torch.full((len(window.row), 2), NEVER)
        logits[kept] = self.model.spans(hidden)
        self.num_kept, self.num_seen = self.num_kept + len(kept), self.num_seen + len(window.row)
        return logits.numpy()

    def _kept(self, received: Tensor, window: Window) -> Tensor:
        """The tokens that stay: question, marks, and what is well enough attended to; ``received`` is [tokens]."""
        inside = received[window.body : -1]
        pooled = F.max_pool1d(inside[None, None], NEIGHBOURS, stride=1, padding=NEIGHBOURS // 2)[0, 0]
        stays = torch.ones(len(window.row), dtype=torch.bool)
        stays[window.body : -1] = pooled >= self.share * inside.max()
        return stays.nonzero().squeeze(1)


def attended(layer: BertLayer, hidden: Tensor, *, body: int) -> tuple[Tensor, Tensor]:
    """A layer's output [tokens, size], and the most attention any head gives each token from before ``body``."""
    products = layer.products
    assert products, "its products are arranged"
    parts = products.project(hidden).view(len(hidden), 3, layer.num_heads, -1).permute(1, 2, 0, 3)
    weights = torch.softmax(parts[0] @ parts[1].transpose(1, 2), -1)  # [heads, tokens, tokens]
    mixed = (weights @ parts[2]).transpose(0, 1).reshape(len(hidden), -1)
    hidden = layer.attention_norm(hidden + products.output(mixed))
    return layer.output_norm(hidden + products.feed(hidden)), weights[:, :body].float().amax((0, 1))


def score(asked: Sequence[Asked], read: Read) -> float:
    """Mean F1 of the best span, always answered."""
    return float(np.mean([f1(_answer(each, read), each.case.answers) for each in asked]))


def _answer(each: Asked, read: Read) -> str:
    found = candidates_of(each.windows, [read(window) for window in each.windows], each.passage)
    best = max(found, key=lambda candidate: candidate.margin)
    return each.case.context[best.start : best.end]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--questions", type=Path, default=SQUAD)
    parser.add_argument("--after", type=int, default=3)
    options = parser.parse_args()
    folder = EngineConfig(reader=JOINT).reader_path
    if folder is None or not options.questions.is_file():
        print(f"skipped: there is no reader, or no {options.questions.name} to ask")
        return
    reader = ReaderCheckpoint.open(folder)
    runner = ModelRunner({"read": reader.model}, threads=1)
    choose_precision({"read": reader.model}, "fp32", runner)
    asked = [_asked(case, reader) for case in spread(read_cases(options.questions), 80 if options.quick else 400)]
    calibration, held_out = asked[::2], asked[1::2]

    def whole(window: Window) -> np.ndarray:
        return cast(np.ndarray, runner.run("read", [window.row])[0])

    with torch.inference_mode():
        share = largest_share(
            reader.model, calibration, after=options.after, least_f1=score(calibration, whole) - MOST_LOST
        )
        figures = compared(Pruned(reader.model, options.after, share), whole, held_out)
    report("pruning", [figures])


def largest_share(model: BertForSpans, asked: Sequence[Asked], *, after: int, least_f1: float) -> float:
    """The last of `SHARES` at which the questions' F1 is as high as it has to be."""
    chosen = SHARES[0]
    for share in SHARES[1:]:
        pruned = Pruned(model, after, share)
        found = score(asked, pruned)
        kept = pruned.num_kept / pruned.num_seen
        print(f"  share {share:<5} keeps {kept:.3f} of the tokens: F1 {found:.4f}, allowed {least_f1:.4f}")
        if found < least_f1:
            break
        chosen = share
    return chosen


def compared(pruned: Pruned, whole: Read, asked: Sequence[Asked]) -> Row:
    f1_ours, f1_peer = score(asked, pruned), score(asked, whole)
    ours, peer = alternated(pruned, whole, [each.windows[0] for each in asked])
    ours_s, peer_s = median(ours.seconds), median(peer.seconds)
    return row(
        "squad-given-passage",
        ours=ours_s * 1000,
        peer=peer_s * 1000,
        ratio=peer_s / ours_s,
        unit="ms",
        share=pruned.share,
        kept=pruned.num_kept / pruned.num_seen,
        f1=f1_ours,
        f1_whole=f1_peer,
    )


def _asked(case: Case, reader: ReaderCheckpoint) -> Asked:
    question, *passage = reader.tokenizer.encode([case.question.strip(), case.context])
    return Asked(case, passage, windows_of(question, passage, reader.tokenizer))


if __name__ == "__main__":
    main()
