"""The training loop: optimiser, schedule by the clock, checkpoints, resume.

The schedule is a function of training time, not of steps, so the learning rate reaches
zero when the budget ends whatever else the machine is doing. A checkpoint holds all that
the next step depends on and is renamed into place, so a killed run loses minutes.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inference.device import HAS_BF16

from .batches import Batch, batches_of_pool, cut_row, epoch_order
from .data import Examples
from .losses import span_loss, taught_loss

POOL = 1536


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """One run; everything its result depends on besides data, initial weights and machine."""

    minutes: float
    learning_rate: float = 2e-4
    warmup_share: float = 0.04
    weight_decay: float = 0.01
    batch_tokens: int = 3072
    first_max_tokens: int = 128  # windows grow with the clock: cheap examples first
    last_max_tokens: int = 256
    late_from: float = 0.35  # the share of the budget after which late examples join
    late_per_pool: int = 256  # beside the POOL of early ones
    titled: float = 0.5  # how often a passage comes with its article's title
    layers_apart: int = 0  # lower layers that see question and passage apart
    more: str = ""  # of the command: what decided about data and initial weights
    checkpoint_every_s: float = 300.0
    log_every_s: float = 20.0
    seed: int = 7


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where a run is; ``pool`` counts pools of the current epoch that are done."""

    step: int = 0
    epoch: int = 0
    pool: int = 0
    num_examples: int = 0
    elapsed_s: float = 0.0


def rate_at(share: float, *, warmup_share: float) -> float:
    """The learning rate's factor when ``share`` of the budget is used: up in a line, down in a line."""
    if share < warmup_share:
        return max(share / warmup_share, 0.02)
    return max(0.0, (1 - share) / (1 - warmup_share))


def max_tokens_at(share: float, config: TrainConfig) -> int:
    """The window's size when ``share`` of the budget is used, in steps of eight tokens."""
    size = config.first_max_tokens + share * (config.last_max_tokens - config.first_max_tokens)
    return min(config.last_max_tokens, 8 * math.ceil(size / 8))


class Trainer:
    """A span reader in training; ``model`` is a transformers question-answering network, and so is its ``teacher``."""

    def __init__(
        self,
        model: torch.nn.Module,
        examples: Examples,
        *,
        config: TrainConfig,
        folder: Path,
        teacher: torch.nn.Module | None = None,
    ) -> None:
        self.model = model.train()
        self.teacher = teacher
        self.examples = examples
        self.config = config
        self.folder = folder
        self.progress = Progress()
        self.device = next(model.parameters()).device
        self.optimizer = torch.optim.AdamW(_groups(model, config.weight_decay), lr=config.learning_rate, fused=True)
        self._log: list[float] = []
        folder.mkdir(parents=True, exist_ok=True)

    def resume(self) -> bool:
        """Go on from the last checkpoint, if there is one."""
        path = self.folder / "last.pt"
        if not path.exists():
            return False
        kept = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(kept["model"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.progress = Progress(**kept["progress"])
        return True

    def save(self, name: str = "last.pt") -> None:
        kept = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": asdict(self.progress),
            "config": asdict(self.config),
        }
        partial = self.folder / f"{name}.partial"
        torch.save(kept, partial)
        partial.replace(self.folder / name)

    def run(self) -> Progress:
        """Train until the budget is used, then save once more."""
        budget_s = self.config.minutes * 60
        began = time.monotonic() - self.progress.elapsed_s
        next_save = self.progress.elapsed_s + self.config.checkpoint_every_s
        next_log = self.progress.elapsed_s + self.config.log_every_s
        while self.progress.elapsed_s < budget_s:
            for batch in self._next_pool():
                self._step(batch.to(self.device), share=self.progress.elapsed_s / budget_s)
                self.progress.elapsed_s = time.monotonic() - began
                if self.progress.elapsed_s >= next_log:
                    self._write_log(budget_s)
                    next_log = self.progress.elapsed_s + self.config.log_every_s
                if self.progress.elapsed_s >= budget_s:
                    break
            else:
                self.progress.pool += 1
            if self.progress.elapsed_s >= next_save:
                self.save()
                next_save = self.progress.elapsed_s + self.config.checkpoint_every_s
        self.save()
        return self.progress

    def _next_pool(self) -> Iterator[Batch]:
        """The next pool of the epoch, cut to the window the clock allows."""
        if self.progress.pool * POOL >= self.examples.num_early:
            self.progress.epoch, self.progress.pool = self.progress.epoch + 1, 0
        random = np.random.default_rng([self.config.seed, self.progress.epoch, self.progress.pool])
        share = min(1.0, self.progress.elapsed_s / (self.config.minutes * 60))
        max_tokens = max_tokens_at(share, self.config)
        chosen = self._chosen(with_late=share >= self.config.late_from)
        titled = self.config.titled
        rows = [cut_row(self.examples, at, max_tokens=max_tokens, titled=titled, random=random) for at in chosen]
        return batches_of_pool(rows, batch_tokens=self.config.batch_tokens, random=random)

    def _chosen(self, *, with_late: bool) -> list[int]:
        """The examples of the pool: a slice of the epoch, and of the late ones in their own order."""
        pool, num_early, seed = self.progress.pool, self.examples.num_early, self.config.seed
        epoch = epoch_order(num_early, epoch=self.progress.epoch, seed=seed)
        early: list[int] = epoch[pool * POOL : (pool + 1) * POOL].tolist()
        num_late = len(self.examples) - num_early
        if not with_late or not num_late:
            return early
        order = epoch_order(num_late, epoch=self.progress.epoch, seed=seed) + num_early
        places = np.arange(pool * self.config.late_per_pool, (pool + 1) * self.config.late_per_pool) % num_late
        return [*early, *order[np.unique(places)].tolist()]

    def _step(self, batch: Batch, *, share: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * rate_at(share, warmup_share=self.config.warmup_share)
        with self._autocast():
            starts, ends = _logits(self.model, batch)
        loss = span_loss(starts, ends, start=batch.start, end=batch.end, allowed=batch.allowed)
        if self.teacher:
            with torch.no_grad(), self._autocast():
                taught = _logits(self.teacher, batch)
            loss = loss + taught_loss((starts, ends), taught, allowed=batch.allowed)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.num_examples += len(batch.start)
        self._log.append(loss.item())

    def _autocast(self) -> torch.autocast:
        """bfloat16 wherever it is faster than float32."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=HAS_BF16 or self.device.type != "cpu")

    def _write_log(self, budget_s: float) -> None:
        line = {
            **{key: round(value, 1) for key, value in asdict(self.progress).items()},
            "loss": round(sum(self._log) / max(1, len(self._log)), 4),
            "examples_per_s": round(self.progress.num_examples / self.progress.elapsed_s, 2),
            "eta_min": round((budget_s - self.progress.elapsed_s) / 60, 1),
        }
        self._log.clear()
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


def _logits(model: torch.nn.Module, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    output = model(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids, attention_mask=batch.attention_mask)
    return output.start_logits, output.end_logits


def _groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:  # Any: torch's own group type
    """Matrices decay, vectors do not; frozen parameters are left out."""
    free = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in free if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in free if parameter.ndim <= 1], "weight_decay": 0.0},
    ]
