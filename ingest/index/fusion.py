"""Two ranked lists → one: a convex combination of scaled scores (Bruch, Gai and Ingber, 2023).

Equal weights are wrong: the packaged encoder cannot read Chinese, and there the
dense list is noise. Each list weighs what it is worth for this question: the dense
one as much of it as the encoder's vocabulary knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """Weights fitted on the training sets named in benchmarks/LOG.md."""

    dense_weight: float = 0.45
    trust_from: float = 0.3

    def weight(self, trust: float) -> float:
        """The dense list's share of the score for a question known to this degree; none below ``trust_from``."""
        return self.dense_weight * self.share(trust)

    def share(self, trust: float) -> float:
        """How much of its worth the dense list has for a question known to this degree, in [0, 1]."""
        return float(np.clip((trust - self.trust_from) / (1 - self.trust_from), 0.0, 1.0))

    def combine(self, dense: dict[int, float], lexical: dict[int, float], *, trust: float) -> dict[int, float]:
        """Fused score by key; a key that one list lacks gets nothing from it."""
        share = self.weight(trust) if dense else 0.0
        if not lexical:
            share = 1.0
        scaled_dense, scaled_lexical = _scaled(dense), _scaled(lexical)
        return {
            key: share * scaled_dense.get(key, 0.0) + (1 - share) * scaled_lexical.get(key, 0.0)
            for key in dense.keys() | lexical.keys()
        }


def _scaled(scores: dict[int, float]) -> dict[int, float]:
    """Shares of the list's best score; what does not point the same way at all counts as nothing."""
    high = max(scores.values(), default=0.0)
    return {key: max(0.0, score) / high for key, score in scores.items()} if high > 0 else {}
