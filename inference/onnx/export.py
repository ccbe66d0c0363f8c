"""A checkpoint → an ONNX graph with shapes left open, in fp32 or with its products in INT8.

INT8 is onnxruntime's dynamic quantization: weights per output channel, activations by each
tensor's own range. The graph names the weights it was made of, so that an engine refuses a stale one.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from inference.models.bert import BertForEmbedding, BertForSpans

from .names import ARITHMETIC, INPUTS, OUTPUTS, WEIGHTS
from .padded import PaddedEmbedding, PaddedSpans


def export(model: BertForEmbedding | BertForSpans, path: Path, *, weights: str, int8: bool = False) -> None:
    """Write ``path``; ``weights`` is the digest of what the model was loaded from.

    A reader whose lower layers run apart is computed whole: a graph keeps nothing of passages.
    """
    task = "embed" if isinstance(model, BertForEmbedding) else "read"
    network = PaddedEmbedding(model) if isinstance(model, BertForEmbedding) else PaddedSpans(model)
    with _in_silence(), tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain, made = Path(folder, "plain.onnx"), Path(folder, path.name)
        _write(network.eval(), plain, outputs=OUTPUTS[task], longest=model.encoder.positions.num_embeddings)
        if int8:
            quantize_dynamic(
                plain, made, per_channel=True, op_types_to_quantize=["MatMul", "Gemm"], weight_type=QuantType.QInt8
            )
        graph = onnx.load(made if int8 else plain)
        onnx.helper.set_model_props(graph, {WEIGHTS: weights, ARITHMETIC: "int8" if int8 else "fp32"})
        onnx.save(graph, made)
        made.replace(path)


def _write(network: nn.Module, path: Path, *, outputs: tuple[str, ...], longest: int) -> None:
    rows, tokens = torch.export.Dim("rows", min=1), torch.export.Dim("tokens", min=1, max=longest)
    sample = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in INPUTS)  # one tensor thrice would be one input
    with torch.no_grad():
        torch.onnx.export(
            network,
            sample,
            path,
            input_names=INPUTS,
            output_names=outputs,
            dynamic_shapes=({0: rows, 1: tokens},) * len(INPUTS),
            external_data=False,
            dynamo=True,
            verbose=False,
        )


@contextmanager
def _in_silence() -> Iterator[None]:
    """Both libraries warn of what is of no use to whoever exports."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
