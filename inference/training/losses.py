"""What a reader is asked to be good at, as numbers to make small."""

from __future__ import annotations

import torch
from torch.nn import functional


def span_loss(
    start_logits: torch.Tensor,
    end_logits: torch.Tensor,
    *,
    start: torch.Tensor,
    end: torch.Tensor,
    allowed: torch.Tensor,
) -> torch.Tensor:
    """Mean cross-entropy of both ends over the allowed positions; [CLS] is the class *not here*.

    Logits and ``allowed`` are [rows, length], targets [rows]; computed in float32.
    """
    blocked = ~allowed
    start_loss = functional.cross_entropy(start_logits.float().masked_fill(blocked, -1e4), start)
    end_loss = functional.cross_entropy(end_logits.float().masked_fill(blocked, -1e4), end)
    return (start_loss + end_loss) / 2


def taught_loss(
    logits: tuple[torch.Tensor, torch.Tensor],
    taught: tuple[torch.Tensor, torch.Tensor],
    *,
    allowed: torch.Tensor,
    temperature: float = 2.0,
) -> torch.Tensor:
    """How far both ends' softened distributions are from a teacher's (Hinton et al., 2015), over the allowed positions.

    Start and end logits, theirs and ``allowed`` are [rows, length]; computed in float32.
    """
    losses = [
        functional.kl_div(
            _softened(own, allowed, temperature),
            _softened(other, allowed, temperature),
            reduction="batchmean",
            log_target=True,
        )
        for own, other in zip(logits, taught, strict=True)
    ]
    return torch.stack(losses).mean() * temperature**2


def _softened(logits: torch.Tensor, allowed: torch.Tensor, temperature: float) -> torch.Tensor:
    return functional.log_softmax(logits.float().masked_fill(~allowed, -1e4) / temperature, dim=-1)
