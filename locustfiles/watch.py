"""What processes and their children take of the machine, once a second."""

import threading
import time
from collections.abc import Callable

import psutil


class Watch:
    """CPU in per cent of a core and memory in MiB, by name; ``busiest`` is each second's most occupied process.

    Memory that processes share is counted once (the kernel's proportional set size). Each name comes with what
    gives its process's id now: one that is killed is started again under another.
    """

    def __init__(self, **processes: Callable[[], int]) -> None:
        self._roots = processes
        self.started, self._over = time.time(), threading.Event()
        self.cpu: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
        self.memory: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
        self.busiest: dict[str, list[float]] = {name: [] for name in processes}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        spent: dict[int, float] = {}
        before = time.time()
        while not self._over.wait(1.0):
            now = time.time()
            for name, root in self._roots.items():
                used = _used(root())
                shares = [
                    100 * max(0.0, seconds - spent[pid]) / (now - before)
                    for pid, (seconds, _) in used.items()
                    if pid in spent
                ]
                if shares:
                    self.cpu[name].append((now - self.started, sum(shares)))
                    self.busiest[name].append(max(shares))
                self.memory[name].append((now - self.started, sum(resident for _, resident in used.values()) / 2**20))
                spent |= {pid: seconds for pid, (seconds, _) in used.items()}
            before = now


def _used(pid: int) -> dict[int, tuple[float, int]]:
    """CPU seconds and bytes of memory of a process and its children, by their ids."""
    used: dict[int, tuple[float, int]] = {}
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            times = process.cpu_times()
            used[process.pid] = times.user + times.system, process.memory_full_info().pss
    except psutil.NoSuchProcess:
        pass
    return used
