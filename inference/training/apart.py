"""A reader whose lower layers see question and passage apart, so that what they make of a passage suits any question.

Decomposed transformers (DeFormer; Cao et al., 2020): a passage's states at the seam are computed once, when it is
first read or before, and only the layers above join them with a question's.
"""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import BertForQuestionAnswering
from transformers.modeling_outputs import QuestionAnsweringModelOutput

from inference.models.seam import PASSAGE_FROM

LAYERS_APART = "num_layers_apart"  # in the configuration


class ApartReader(BertForQuestionAnswering):  # type: ignore[no-untyped-call]  # transformers' own
    """BERT with a span head; its configuration says how many lower layers run apart."""

    def forward(
        self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor
    ) -> QuestionAnsweringModelOutput:
        """All [rows, length] int64; type 1 is the passage with the mark behind it."""
        is_passage = token_type_ids.bool()
        hidden = self.bert.embeddings(input_ids, token_type_ids, positions_of(is_passage))
        joined = attention_mask.bool()[:, None, None, :]
        apart = joined & (is_passage[:, None, :, None] == is_passage[:, None, None, :])
        num_apart: int = getattr(self.config, LAYERS_APART)
        for number, layer in enumerate(self.bert.encoder.layer):
            hidden = layer(hidden, _added(apart if number < num_apart else joined, hidden.dtype))
        starts, ends = self.qa_outputs(hidden).unbind(-1)
        return QuestionAnsweringModelOutput(start_logits=starts, end_logits=ends)


def positions_of(is_passage: Tensor) -> Tensor:
    """[rows, length] int64: questions count from 0, passages from ``PASSAGE_FROM``."""
    places = torch.arange(is_passage.shape[1], device=is_passage.device).expand_as(is_passage)
    first = is_passage.int().argmax(1, keepdim=True)
    return torch.where(is_passage, places - first + PASSAGE_FROM, places)


def _added(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.zeros_like(allowed, dtype=dtype).masked_fill_(~allowed, torch.finfo(dtype).min)
