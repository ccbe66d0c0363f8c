"""What `ModelRunner` does, by onnxruntime: rows of token ids → one padded batch → one output a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from inference.errors import ConfigError
from inference.request import Row

from .names import ARITHMETIC, FILES, INPUTS, WEIGHTS


class OnnxRunner:
    """The exported graphs by task; used by one thread."""

    def __init__(self, sessions: dict[str, Any]) -> None:  # Any: onnxruntime has no types
        self._sessions = sessions

    @classmethod
    def open(cls, folder: Path, *, weights: Mapping[str, str], threads: int) -> Self:
        """``weights`` is the digest, by task, that a graph must have been made of; ConfigError where one was not."""
        try:
            import onnxruntime
        except ImportError as error:
            raise ConfigError("onnxruntime is not installed: pip install -e '.[onnx]'") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        sessions = {}
        for task, digest in weights.items():
            path = folder / FILES[task]
            try:
                session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            except Exception as error:  # onnxruntime's own kinds have no common parent
                raise ConfigError(f"{path} cannot be run: {error}") from error
            if _props(session).get(WEIGHTS) != digest:
                raise ConfigError(f"{path} was not made of these weights: run `python -m inference.export` again")
            sessions[task] = session
        return cls(sessions)

    @property
    def precision(self) -> str:
        """What embeds: fp32 or int8."""
        return _props(self._sessions["embed"]).get(ARITHMETIC, "fp32")

    @property
    def vectors_apart(self) -> str:
        """Dynamic INT8 moves a twentieth of the neighbours."""
        return "onnx-int8" if self.precision == "int8" else ""

    def run(self, task: str, rows: Sequence[Row]) -> list[Any]:  # Any: numpy arrays
        """Vectors [size] for embedding rows, logits [tokens, 2] for span rows; float32."""
        outputs = self._sessions[task].run(None, _padded(rows))
        if task == "embed":
            return list(outputs[0])
        logits = np.stack(outputs, axis=-1)  # [rows, longest, 2]
        return [logits[number, : len(row)] for number, row in enumerate(rows)]


def _props(session: Any) -> dict[str, str]:  # Any: onnxruntime has no types
    return dict(session.get_modelmeta().custom_metadata_map)


def _padded(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """[rows, longest] int64 each."""
    ids, mask, types = np.zeros((3, len(rows), max(map(len, rows))), np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row.ids
        mask[number, : len(row)] = 1
        types[number, row.second_from : len(row)] = 1
    return dict(zip(INPUTS, (ids, mask, types), strict=True))
