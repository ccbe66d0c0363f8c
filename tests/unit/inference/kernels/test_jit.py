"""What is kept on disk is never a loop that calls another's older self."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import inference.kernels

_WEIGH = """
import kernels, numpy
scores = numpy.zeros((1, 2, 2), numpy.float32)
kernels.attention_weights(scores, numpy.full(1, 2))
print(scores[0, 0, 0])
"""


def test_a_loop_is_compiled_again_when_one_that_it_calls_has_changed(tmp_path: Path):
    """In processes of their own, with a copy: a softmax that gives each key what all weigh together."""
    copied = Path(shutil.copytree(Path(inference.kernels.__file__).parent, tmp_path / "kernels"))
    floats = copied / "floats.py"

    before = told(tmp_path)
    again = told(tmp_path)
    floats.write_text(floats.read_text().replace("np.float32(1) / total", "np.float32(1)"))
    after = told(tmp_path)

    assert (before, again, after) == ("0.5", "0.5", "1.0")


def test_loops_are_kept_where_numba_is_told_to(tmp_path: Path):
    shutil.copytree(Path(inference.kernels.__file__).parent, tmp_path / "kernels")

    told(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "elsewhere"))

    assert list((tmp_path / "elsewhere").rglob("*attention_weights*.nbi"))


def told(folder: Path, **environment: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", _WEIGH],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()
