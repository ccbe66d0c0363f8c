"""Tensors as the compiled loops take them, and torch's number of threads for both (inference/kernels/)."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from . import kernels


def as_array(tensor: Tensor) -> NDArray[Any]:  # Any: float32, or bfloat16's bits in uint16
    """The same memory, on the processor."""
    found: NDArray[Any] = (tensor.view(torch.uint16) if tensor.dtype == torch.bfloat16 else tensor).detach().numpy()
    return found


def is_compiled(*tensors: Tensor) -> bool:
    """Whether compiled loops may run over them: they know the processor's memory, and no gradients."""
    return all(tensor.device.type == "cpu" and not tensor.requires_grad for tensor in tensors)


def share_threads() -> None:
    """Have the calling thread's compiled loops use as many threads as its tensors do.

    Numba, when it starts its own, tells OpenMP how many cores there are, and torch would take that for its number.
    """
    number = torch.get_num_threads()
    kernels.use_threads(number)
    if torch.get_num_threads() != number:
        torch.set_num_threads(number)
