"""Self-attention's own weights: project, rotate, hand to the backend, project back."""

from __future__ import annotations

from torch import Tensor, nn

from inference.attention.base import AttentionBackend
from inference.batch import Batch

from .norm import RMSNorm
from .rotary import rotate


class SelfAttention(nn.Module):
    """``qkv`` holds the rows of all query heads, then key heads, then value heads."""

    def __init__(
        self,
        size: int,
        *,
        layer: int,
        num_heads: int,
        kv_heads: int,
        head_dim: int,
        qkv_bias: bool,
        output_bias: bool,
        norm_eps: float | None,
    ) -> None:
        super().__init__()
        self.layer, self.num_heads, self.kv_heads, self.head_dim = layer, num_heads, kv_heads, head_dim
        self.qkv = nn.Linear(size, (num_heads + 2 * kv_heads) * head_dim, bias=qkv_bias)
        self.output = nn.Linear(num_heads * head_dim, size, bias=output_bias)
        self.query_norm = None if norm_eps is None else RMSNorm(head_dim, eps=norm_eps)
        self.key_norm = None if norm_eps is None else RMSNorm(head_dim, eps=norm_eps)

    def forward(
        self, hidden: Tensor, turn: tuple[Tensor, Tensor], *, batch: Batch, attention: AttentionBackend
    ) -> Tensor:
        """``hidden`` is [tokens, size], ``turn`` the cosines and sines of its positions."""
        heads = self.qkv(hidden).view(len(hidden), -1, self.head_dim)
        turned = self.num_heads + self.kv_heads
        if self.query_norm and self.key_norm:
            queries = rotate(self.query_norm(heads[:, : self.num_heads]), *turn)
            keys = rotate(self.key_norm(heads[:, self.num_heads : turned]), *turn)
        else:
            both = rotate(heads[:, :turned], *turn)
            queries, keys = both[:, : self.num_heads], both[:, self.num_heads :]
        mixed = attention.attend(queries, keys, heads[:, turned:], layer=self.layer, batch=batch)
        out: Tensor = self.output(mixed.reshape(len(hidden), -1))
        return out
