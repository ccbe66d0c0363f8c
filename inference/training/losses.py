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
