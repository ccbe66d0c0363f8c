"""How the loops are compiled: for this processor, once, and kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: whatever it takes


def _digest() -> str:
    """Of all loops: Numba knows a function by its own file alone, and not by those of what it calls."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


_KEPT_IN = Path(numba.config.CACHE_DIR or Path(__file__).parent / "__pycache__")
numba.config.CACHE_DIR = str(_KEPT_IN / f"loops-{_digest()}")


def compiled(function: Function) -> Function:
    """For this processor, once: kept on disk where a folder for it can be written."""
    return _jit(function)


def threaded(function: Function) -> Function:
    """As `compiled`; what goes by `numba.prange` is dealt to threads."""
    return _jit(function, parallel=True)


def inlined(function: Function) -> Function:
    """As `compiled`, and part of each loop that calls it."""
    return _jit(function, forceinline=True)


def _jit(function: Function, **more: bool) -> Function:
    how = {"fastmath": True, "nogil": True, "error_model": "numpy", **more}
    try:
        return numba.njit(function, cache=True, **how)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(function, **how)  # type: ignore[no-any-return]


def use_threads(number: int) -> None:
    """From now on, in the calling thread; no more than Numba was started with."""
    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
