"""Questions and passages → candidate answers: how a trained reader is asked.

The plain reference of what the engine does faster: overlapping windows of a passage,
spans within the passage part only, at most ``max_answer_tokens`` long, each scored
above the passage's no-answer score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer

from inference.calibration import Candidate
from inference.device import HAS_BF16
from inference.reading.extractive import MAX_CONTEXT_TOKENS

from .batches import MAX_QUESTION_TOKENS, Row, collate
from .data import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConfig:
    """The reader's inputs and what counts as a span."""

    max_tokens: int = 384
    overlap: int = 96
    max_answer_tokens: int = 30
    candidates_per_passage: int = 5
    batch_tokens: int = 6144
    bfloat16: bool = False  # the encoder's products, as the engine may compute them; several times faster


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One row to run: pair ``pair``, whose passage tokens begin at ``left``."""

    pair: int
    left: int
    row: Row


class Reader:
    """A trained network with its tokenizer."""

    def __init__(self, model: torch.nn.Module, tokenizer: Tokenizer, config: ReadConfig | None = None) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.config = config or ReadConfig()

    def read(self, pairs: Sequence[tuple[str, str]], *, titles: Sequence[str] = ()) -> list[list[Candidate]]:
        """For every (question, passage) its candidates, best first; ``passage`` in them is 0.

        ``titles``: one a pair, of its passage, or none at all.
        """
        questions = self._encode([question.strip() for question, _ in pairs])
        passages = self._encode([passage for _, passage in pairs])
        headings = self._encode(list(titles) or [""] * len(pairs))
        windows = [
            window
            for at, (question, passage, heading) in enumerate(zip(questions, passages, headings, strict=True))
            for window in self._windows(at, question, passage, heading)
        ]
        nothing = [float("inf")] * len(pairs)
        spans: list[dict[tuple[int, int], float]] = [{} for _ in pairs]
        for window, starts, ends in self._logits(windows):
            nothing[window.pair] = min(nothing[window.pair], float(starts[0] + ends[0]))
            for first, last, score in self._best_spans(window, starts, ends):
                span = (first + window.left, last + window.left)
                spans[window.pair][span] = max(score, spans[window.pair].get(span, -np.inf))
        return [self._candidates(passages[at], spans[at], nothing[at]) for at in range(len(pairs))]

    def _encode(self, texts: list[str]) -> list[Encoding]:
        distinct = list(dict.fromkeys(texts))
        encoded = dict(zip(distinct, self.tokenizer.encode_batch(distinct, add_special_tokens=False), strict=True))
        return [encoded[text] for text in texts]

    def _windows(self, pair: int, question: Encoding, passage: Encoding, heading: Encoding) -> Iterator[Window]:
        asked: Ints = np.asarray(question.ids[:MAX_QUESTION_TOKENS], dtype=np.int32)
        tokens: Ints = np.asarray(passage.ids, dtype=np.int32)
        above: Ints = np.asarray(heading.ids[:MAX_CONTEXT_TOKENS], dtype=np.int32)
        room = self.config.max_tokens - len(asked) - len(above) - 3
        overlap = min(self.config.overlap, room // 2)
        for left in range(0, max(1, len(tokens) - overlap), room - overlap):
            row = Row(question=asked, heading=above, passage=tokens[left : left + room], start=0, end=0)
            yield Window(pair=pair, left=left, row=row)

    def _logits(self, windows: list[Window]) -> Iterator[tuple[Window, np.ndarray, np.ndarray]]:
        """Start and end logits of each window: [CLS] first, then its passage tokens."""
        ordered = sorted(windows, key=lambda window: window.row.length)
        at = 0
        while at < len(ordered):
            num_rows = 1
            while (
                at + num_rows < len(ordered)
                and ordered[at + num_rows].row.length * (num_rows + 1) <= self.config.batch_tokens
            ):
                num_rows += 1
            chosen = ordered[at : at + num_rows]
            batch = collate([window.row for window in chosen])
            narrow = self.config.bfloat16 and HAS_BF16
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=narrow):
                output = self.model(
                    input_ids=batch.input_ids, token_type_ids=batch.token_type_ids, attention_mask=batch.attention_mask
                )
            starts, ends = output.start_logits.float().numpy(), output.end_logits.float().numpy()
            for place, window in enumerate(chosen):
                body = window.row.body
                kept = [0, *range(body, body + len(window.row.passage))]
                yield window, starts[place, kept], ends[place, kept]
            at += num_rows

    def _best_spans(self, window: Window, starts: np.ndarray, ends: np.ndarray) -> list[tuple[int, int, float]]:
        """The best (first token, last token, score) of a window, counted from its first passage token."""
        num_tokens = len(window.row.passage)
        scores = starts[1:, None] + ends[None, 1:]  # [first, last]
        length = np.arange(num_tokens)[None, :] - np.arange(num_tokens)[:, None]
        scores = np.where((length >= 0) & (length < self.config.max_answer_tokens), scores, -np.inf)
        best = np.argsort(-scores, axis=None)[: 4 * self.config.candidates_per_passage]
        firsts, lasts = np.unravel_index(best, scores.shape)
        found = zip(firsts.tolist(), lasts.tolist(), scores[firsts, lasts].tolist(), strict=True)
        return [(first, last, score) for first, last, score in found if np.isfinite(score)]

    def _candidates(self, passage: Encoding, spans: dict[tuple[int, int], float], nothing: float) -> list[Candidate]:
        """The best spans that do not overlap, as characters."""
        kept: list[tuple[int, int]] = []
        found: list[Candidate] = []
        for (first, last), score in sorted(spans.items(), key=lambda entry: -entry[1]):
            if any(first <= right and left <= last for left, right in kept):
                continue
            kept.append((first, last))
            start, end = passage.offsets[first][0], passage.offsets[last][1]
            found.append(Candidate(passage=0, start=start, end=end, margin=score - nothing))
            if len(found) == self.config.candidates_per_passage:
                break
        return found
