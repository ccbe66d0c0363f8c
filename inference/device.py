"""Device: where networks run, how much fits, how fast it is, and how busy; the only file that names a kind of device.

What a device does in a second is measured once a process, with the shapes of this product's
own products; where work goes is decided from that and from what is already under way there.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import torch
from torch import Tensor

from .errors import ConfigError

KINDS = ("cpu", "cuda", "mps")
_TOKENS, _SIZE = 512, 1024  # of the product that is timed
_COPY_BYTES = 16 * 2**20
_REPEATS = 5
_WARM_UPS = 3  # runs before a capture, as PyTorch's notes on CUDA graphs have it

HAS_BF16 = torch._C._has_mkldnn and torch.ops.mkldnn._is_mkldnn_bf16_supported()
"""Whether the processor has fast bfloat16 products; without, torch's own take many times as long as fp32's."""

Capture = Callable[[Callable[[], Tensor]], Callable[[], Tensor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What a device did when it was measured."""

    flops: float  # of fp32 products, a second
    bytes_per_s: float  # moved there from the host
    latency_s: float  # of the smallest thing asked of it, to its answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a usual step of a network costs wherever it runs, and what it holds."""

    flops: float
    moved_bytes: int
    held_bytes: int


@dataclass(slots=True, eq=False)
class Device:
    """One of `KINDS`; safe for many threads."""

    kind: str
    _busy_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, kind: str) -> Device:
        """The one device of its kind in this process; ConfigError where there is none."""
        if kind not in KINDS:
            raise ConfigError(f"a device is one of {', '.join(KINDS)}, got {kind!r}")
        if not _IS_THERE[kind]():
            raise ConfigError(f"there is no {kind} device here")
        return _opened(kind)

    @property
    def torch_device(self) -> torch.device:
        return torch.device(self.kind)

    @property
    def is_cpu(self) -> bool:
        return self.kind == "cpu"

    @property
    def load_s(self) -> float:
        """Seconds of work under way, as it was estimated when it was begun."""
        return self._busy_s

    def free_bytes(self) -> int:
        """What could be allocated now."""
        return _FREE_BYTES[self.kind]()

    def synchronise(self) -> None:
        """Wait until all that was asked of it is done."""
        _SYNCHRONISE[self.kind]()

    def graphs(self) -> Capture | None:
        """Records what a function runs, into one memory pool; None where nothing is recorded.

        What it returns repeats the same kernels on the same addresses, without Python, and gives
        the same tensor with new numbers in it. The function is run before it is recorded.
        """
        return _GRAPHS[self.kind]() if self.kind in _GRAPHS else None

    def speed(self) -> Speed:
        """Measured at the first call; about a tenth of a second."""
        return _speed_of(self.kind)

    @contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        """Count work of so many seconds while it is under way."""
        with self._lock:
            self._busy_s += seconds
        try:
            yield
        finally:
            with self._lock:
                self._busy_s = max(0.0, self._busy_s - seconds)

    def cost_s(self, work: Work, *, latency_weight: float = 1.0) -> float:
        """How long ``work`` would take here, behind what is under way; infinite where it does not fit.

        A step's latency counts ``latency_weight`` times: above 1 who waits counts for more than how many are served.
        """
        if work.held_bytes > self.free_bytes():
            return float("inf")
        speed = self.speed()
        seconds = work.flops / speed.flops + work.moved_bytes / speed.bytes_per_s
        return seconds + latency_weight * (speed.latency_s + self.load_s)


def available() -> list[Device]:
    """Every device there is, the processor first."""
    return [Device.open(kind) for kind in KINDS if _IS_THERE[kind]()]


def place(works: Mapping[str, Work], devices: Sequence[Device], *, latency_weight: float = 1.0) -> dict[str, Device]:
    """Each network's device: dearest work first, each where it costs least beside those placed before it.

    Networks on one device share its time, so each placed there adds its own to its load.
    """
    placed: dict[str, Device] = {}
    taken = dict.fromkeys(devices, (0.0, 0))  # seconds and bytes promised so far

    def cost_s(device: Device, work: Work) -> float:
        seconds, held = taken[device]
        if work.held_bytes + held > device.free_bytes():
            return float("inf")
        return device.cost_s(work, latency_weight=latency_weight) + latency_weight * seconds

    for name, work in sorted(works.items(), key=lambda entry: -entry[1].flops):
        best = min(devices, key=lambda device: cost_s(device, work))
        seconds, held = taken[best]
        if cost_s(best, work) == float("inf"):
            raise ConfigError(f"{name} needs {work.held_bytes:,} bytes, more than any device has free")
        taken[best] = (seconds + best.cost_s(work, latency_weight=0.0), held + work.held_bytes)
        placed[name] = best
    return placed


@functools.cache
def _opened(kind: str) -> Device:
    return Device(kind)


@functools.cache
def _speed_of(kind: str) -> Speed:
    device = torch.device(kind)
    inputs, weight = torch.rand(_TOKENS, _SIZE, device=device), torch.rand(_SIZE, _SIZE, device=device)
    host = torch.empty(_COPY_BYTES, dtype=torch.uint8)
    small = torch.zeros(1)
    with torch.inference_mode():
        product_s = _best_s(kind, lambda: inputs @ weight)
        copy_s = _best_s(kind, lambda: host.to(device, copy=True))
        latency_s = _best_s(kind, lambda: (small.to(device) + 1).cpu())
    return Speed(
        flops=2.0 * _TOKENS * _SIZE * _SIZE / product_s,
        bytes_per_s=_COPY_BYTES / copy_s,
        latency_s=latency_s,
    )


def _best_s(kind: str, run: Callable[[], object]) -> float:
    """The shortest of a few runs; the first warms up."""
    times = []
    for _ in range(_REPEATS):
        _SYNCHRONISE[kind]()
        started = time.perf_counter()
        run()
        _SYNCHRONISE[kind]()
        times.append(time.perf_counter() - started)
    return max(min(times[1:]), 1e-9)


def _cuda_graphs() -> Capture:
    """Not yet run on a GPU."""
    pool, side = torch.cuda.graph_pool_handle(), torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch's

    def capture(run: Callable[[], Tensor]) -> Callable[[], Tensor]:
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):
                run()
        torch.cuda.current_stream().wait_stream(side)
        graph, elsewhere = torch.cuda.CUDAGraph(), "thread_local"  # an encoder's thread may use the device meanwhile
        with torch.cuda.graph(graph, pool=pool, stream=side, capture_error_mode=elsewhere):
            output = run()

        def replay() -> Tensor:
            graph.replay()
            return output

        return replay

    return capture


def _host_free_bytes() -> int:
    """What the system says may still be allocated without swapping; all of it where it does not say."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        found = (line.split()[1] for line in meminfo.open() if line.startswith("MemAvailable:"))
        if kilobytes := next(found, None):
            return int(kilobytes) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


_IS_THERE: Mapping[str, Callable[[], bool]] = {
    "cpu": lambda: True,
    "cuda": torch.cuda.is_available,
    "mps": torch.backends.mps.is_available,
}
_FREE_BYTES: Mapping[str, Callable[[], int]] = {
    "cpu": _host_free_bytes,
    "cuda": lambda: int(torch.cuda.mem_get_info()[0]),
    "mps": lambda: int(torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()),
}
_SYNCHRONISE: Mapping[str, Callable[[], None]] = {
    "cpu": lambda: None,
    "cuda": torch.cuda.synchronize,
    "mps": torch.mps.synchronize,
}
_GRAPHS: Mapping[str, Callable[[], Capture]] = {"cuda": _cuda_graphs}
