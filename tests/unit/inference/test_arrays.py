"""Compiled loops take tensors as they are, and leave torch its number of threads."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from inference.arrays import as_array


@pytest.mark.parametrize(("dtype", "kept"), [(torch.float32, np.float32), (torch.bfloat16, np.uint16)])
def test_an_array_is_the_tensors_memory(dtype: torch.dtype, kept: type):
    tensor = torch.zeros(3, 4, dtype=dtype)

    array = as_array(tensor)
    tensor[1, 2] = 1.0

    assert array.dtype == kept
    assert np.count_nonzero(array) == 1


def test_torch_keeps_its_number_of_threads_when_the_loops_start_theirs():
    """In a process of its own: Numba starts its threads once."""
    script = """if True:
        import os
        os.environ["NUMBA_NUM_THREADS"] = "3"
        import numba, numpy, torch
        from inference import kernels
        from inference.arrays import share_threads
        torch.set_num_threads(1)
        share_threads()
        kernels.attention_weights(numpy.zeros((4, 8, 8), numpy.float32), numpy.full(4, 8))
        print(torch.get_num_threads(), numba.get_num_threads())
    """

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["1", "1"]
