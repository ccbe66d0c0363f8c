"""Training an encoder to say in INT8 what it says in fp32: quantization-aware distillation.

The student is the served network with its layers' feed-forwards rounded (`fake_quant.py`); everything else of it
stays as it is. Vectors are compared with the teacher's and with each other, since neighbours depend on
differences; tokens' states too, of which a step has thousands where it has tens of vectors. The schedule
follows the clock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from inference.models.bert import BertForEmbedding
from inference.models.row_attention import PackedRows
from inference.quant.products import FeedWeights, Products
from inference.request import Row
from inference.tokenizer import Tokenizer

from .fake_quant import RoundedLayer
from .loop import rate_at
from .ranges import ranges_of, with_steps
from .split import limit_for, split
from .texts import Texts

_LAST = "last.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillConfig:
    """One run; everything its result depends on besides texts, encoder and machine."""

    minutes: float
    learning_rate: float = 2e-5
    step_rate: float = 2e-4  # of the steps' logarithms
    warmup_share: float = 0.05
    num_short: int = 48
    num_long: int = 12
    odd: float = 0.15
    windows: tuple[int, ...] = (64, 96, 128, 256)  # of the long texts, one of them a step
    states_weight: float = 0.2
    copies: int = 32
    calibrated_on: int = 20  # draws
    log_every_s: float = 20.0
    save_every_s: float = 300.0
    seed: int = 7


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where a run is."""

    steps: int = 0
    texts: int = 0
    elapsed_s: float = 0.0


class Distiller:
    """An encoder in training to bear rounding; ``teacher`` and ``student`` are two copies of it.

    The teacher runs in bfloat16: a hundredth of the distance that rounding makes, at half the time.
    """

    def __init__(
        self,
        teacher: BertForEmbedding,
        student: BertForEmbedding,
        tokenizer: Tokenizer,
        texts: Texts,
        *,
        config: DistillConfig,
    ) -> None:
        self.config, self._teacher, self._student = config, teacher, student.requires_grad_(False)
        teacher.encoder.arrange(lambda _, weights: Products.packed(weights, torch.bfloat16))
        self._tokenizer, self._texts = tokenizer, texts
        self._random = np.random.default_rng(config.seed)
        self._layers = nn.ModuleList(self._calibrated())
        student.encoder.products = [layer.products() for layer in self.layers]
        steps = [value for name, value in self._layers.named_parameters() if name.endswith("log_step")]
        weights = [value for name, value in self._layers.named_parameters() if not name.endswith("log_step")]
        groups = [{"params": weights, "lr": config.learning_rate}, {"params": steps, "lr": config.step_rate}]
        self._optimizer = torch.optim.Adam(groups, fused=True)
        self._rates = [group["lr"] for group in self._optimizer.param_groups]
        self.progress = Progress()

    @property
    def layers(self) -> list[RoundedLayer]:
        return list(self._layers)  # type: ignore[arg-type]  # a ModuleList forgets what it holds

    def learned(self) -> list[FeedWeights]:
        """The layers' feed-forwards as they are now."""
        return [layer.feed() for layer in self.layers]

    def resume(self, folder: Path) -> bool:
        """Go on from what ``folder`` keeps, if anything."""
        if not (folder / _LAST).exists():
            return False
        kept = torch.load(folder / _LAST, weights_only=True)
        self._layers.load_state_dict(kept["layers"])
        self._optimizer.load_state_dict(kept["optimizer"])
        self.progress = Progress(**kept["progress"])
        self._random = np.random.default_rng([self.config.seed, self.progress.steps])
        return True

    def run(self, folder: Path) -> None:
        """Train until the budget is used; ``folder`` gets a log, and what was learnt."""
        folder.mkdir(parents=True, exist_ok=True)
        config, budget_s = self.config, self.config.minutes * 60
        began = time.monotonic() - self.progress.elapsed_s
        next_log = self.progress.elapsed_s + config.log_every_s
        next_save = self.progress.elapsed_s + config.save_every_s
        losses: list[dict[str, float]] = []
        while self.progress.elapsed_s < budget_s:
            losses.append(self._step(share=self.progress.elapsed_s / budget_s))
            self.progress.elapsed_s = elapsed = time.monotonic() - began
            if elapsed >= next_log:
                self._write_log(folder, losses)
                losses.clear()
                next_log = elapsed + config.log_every_s
            if elapsed >= next_save:
                self._save(folder)
                next_save = elapsed + config.save_every_s
        self._save(folder)

    def _calibrated(self) -> Iterator[RoundedLayer]:
        encoder, copies = self._student.encoder, self.config.copies
        ranges = ranges_of(encoder, (rows for _ in range(self.config.calibrated_on) for rows in self._draw()))
        for block, seen in zip(encoder.blocks, ranges, strict=True):
            limit = limit_for(seen.down, copies=copies)
            wider = split(block.weights(), seen.down, limit=limit, copies=copies)
            yield RoundedLayer(with_steps(wider, seen, limit=limit))

    def _step(self, *, share: float) -> dict[str, float]:
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * rate_at(share, warmup_share=self.config.warmup_share)
        expected, actual, states = [], [], []
        for rows in self._draw():
            with torch.no_grad():
                right = self._teacher.encoder(rows)
                expected.append(self._teacher.pooled(right, rows))
            with sdpa_kernel(SDPBackend.MATH):  # forwards and backwards half again as fast as the fused kernel here
                found = self._student.encoder(rows)
            actual.append(self._student.pooled(found, rows))
            states.append((found - right).square().sum() / right.square().sum())
        parts = distances(torch.cat(actual), torch.cat(expected)) | {"states": torch.stack(states).mean()}
        loss = parts["cosine"] + parts["similarity"] + self.config.states_weight * parts["states"]
        torch.autograd.backward(loss)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.progress.steps += 1
        self.progress.texts += sum(map(len, expected))
        return {name: part.item() for name, part in parts.items()}

    def _draw(self) -> list[PackedRows]:
        """The short texts of a step in one batch, and the long ones in another: attention lays rows side by side."""
        config = self.config
        texts = self._texts.draw(self._random, num_short=config.num_short, num_long=config.num_long, odd=config.odd)
        parts = texts[: config.num_short], texts[config.num_short :]
        window = min(int(self._random.choice(config.windows)), self._teacher.encoder.positions.num_embeddings)
        return [PackedRows.of(rows_of(part, self._tokenizer, max_tokens=window)) for part in parts if part]

    def _write_log(self, folder: Path, losses: Sequence[dict[str, float]]) -> None:
        means = {name: float(f"{np.mean([loss[name] for loss in losses]):.4g}") for name in losses[0]}
        line = {name: round(value) for name, value in asdict(self.progress).items()} | means
        with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def _save(self, folder: Path) -> None:
        kept = {
            "layers": self._layers.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "progress": asdict(self.progress),
        }
        partial = folder / f"{_LAST}.partial"
        torch.save(kept, partial)
        partial.replace(folder / _LAST)


def distances(actual: Tensor, expected: Tensor) -> dict[str, Tensor]:
    """How far unit vectors [texts, size] are from what they should be, and their similarities among each other."""
    cosine = 1 - (actual * expected).sum(1)
    similarity = (actual @ actual.T - expected @ expected.T).square().mean()
    return {"cosine": cosine.mean(), "worst": cosine.max(), "similarity": similarity}


def rows_of(texts: Sequence[str], tokenizer: Tokenizer, *, max_tokens: int) -> list[Row]:
    """The texts as the engine embeds them."""
    found = []
    for encoding in tokenizer.encode(texts):
        ids = (tokenizer.cls_id, *encoding.ids[: max_tokens - 2], tokenizer.sep_id)
        found.append(Row(ids, second_from=len(ids)))
    return found
