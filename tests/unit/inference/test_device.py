"""Devices: what is asked of them is measured, and work goes where it costs least."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference import ConfigError, Engine, EngineConfig
from inference.device import KINDS, Device, Speed, Work, available, place
from tests.tiny import write_encoder, write_reader

ROOT = Path(__file__).resolve().parents[3]
FAST = Speed(flops=1e13, bytes_per_s=1e10, latency_s=5e-5)
SLOW = Speed(flops=1e11, bytes_per_s=1e10, latency_s=1e-6)


class Made(Device):
    """A device of a given speed and room."""

    def __init__(self, speed: Speed, *, free_bytes: int = 2**30) -> None:
        super().__init__("cpu")
        self.given, self.room = speed, free_bytes

    def speed(self) -> Speed:
        return self.given

    def free_bytes(self) -> int:
        return self.room


def work(*, flops: float, held_bytes: int = 1000) -> Work:
    return Work(flops=flops, moved_bytes=1000, held_bytes=held_bytes)


def test_the_processor_is_always_there_and_is_one():
    assert available()[0] is Device.open("cpu")
    assert Device.open("cpu").free_bytes() > 2**20


def test_what_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="a device is one of"):
        Device.open("abacus")
    missing = set(KINDS) - {device.kind for device in available()}
    for kind in missing:
        with pytest.raises(ConfigError, match=f"no {kind} device"):
            Device.open(kind)


@pytest.mark.slow
def test_the_processor_is_measured_once():
    speed = Device.open("cpu").speed()

    assert speed.flops > 1e8
    assert speed.bytes_per_s > 1e7
    assert 0 < speed.latency_s < 1
    assert Device.open("cpu").speed() is speed


def test_load_is_what_is_under_way():
    device = Made(SLOW)

    with device.running(0.5), device.running(0.25):
        assert device.load_s == pytest.approx(0.75)
    assert device.load_s == 0.0


def test_small_work_stays_where_it_is_answered_soonest_and_large_work_goes_where_it_is_fastest():
    near, far = Made(SLOW), Made(FAST)

    placed = place({"small": work(flops=1e5), "large": work(flops=1e10)}, [near, far])

    assert (placed["small"], placed["large"]) == (near, far)


def test_a_busy_device_is_passed_over():
    busy, idle = Made(FAST), Made(SLOW)

    with busy.running(10):
        assert place({"large": work(flops=1e10)}, [busy, idle])["large"] is idle


def test_networks_share_the_time_of_their_device():
    first, second = Made(FAST), Made(FAST)

    placed = place({"a": work(flops=1e10), "b": work(flops=1e10)}, [first, second])

    assert placed["a"] is not placed["b"]


def test_what_does_not_fit_goes_elsewhere_or_is_refused():
    small, large = Made(FAST, free_bytes=100), Made(SLOW, free_bytes=1500)

    assert place({"a": work(flops=1e10)}, [small, large])["a"] is large
    with pytest.raises(ConfigError, match="more than any device has free"):
        place({"a": work(flops=1e10), "b": work(flops=1e9)}, [small, large])


def test_who_waits_counts_for_more_with_a_larger_weight():
    device = Made(Speed(flops=1e12, bytes_per_s=1e10, latency_s=1e-3))

    patient, hurried = (device.cost_s(work(flops=1e9), latency_weight=weight) for weight in (0.0, 10.0))

    assert hurried - patient == pytest.approx(10e-3)


def test_an_engine_says_what_it_cannot_run_on(tmp_path: Path):
    with pytest.raises(ConfigError, match="a device is one of"):
        Engine(EngineConfig(encoder=str(write_encoder(tmp_path / "encoder")), use_reader=False, device="abacus"))


def test_an_engine_that_places_its_networks_gives_the_same_vectors(tmp_path: Path):
    folders = {"encoder": str(write_encoder(tmp_path / "encoder")), "reader": str(write_reader(tmp_path / "reader"))}
    vectors = []
    for device in ("cpu", "auto"):
        with Engine(EngineConfig(**folders, device=device, quantization="fp32")) as engine:  # type: ignore[arg-type]
            vectors.append(torch.from_numpy(engine.embed(["the mill opened"])))

    torch.testing.assert_close(*vectors, rtol=1e-3, atol=1e-4)  # another device sums in another order


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS[1:])
def test_another_device_agrees_with_the_processor(kind: str, tmp_path: Path):
    if kind not in {device.kind for device in available()}:
        pytest.skip(f"no {kind} device here")
    folders = {"encoder": str(write_encoder(tmp_path / "encoder")), "reader": str(write_reader(tmp_path / "reader"))}
    readings = []
    for device in ("cpu", kind):
        with Engine(EngineConfig(**folders, device=device, quantization="fp32")) as engine:  # type: ignore[arg-type]
            readings.append(
                (engine.embed(["the mill", "cats sleep on mats"]), engine.read("when?", ["The mill opened."]))
            )

    torch.testing.assert_close(*(torch.from_numpy(vectors) for vectors, _ in readings), rtol=1e-3, atol=1e-4)
    assert readings[0][1].confidence == pytest.approx(readings[1][1].confidence, abs=1e-3)


def test_one_file_names_the_devices():
    named = {
        path.name
        for path in (ROOT / "inference").rglob("*.py")
        if any(f'"{kind}"' in path.read_text() or f"torch.{kind}." in path.read_text() for kind in KINDS[1:])
    }

    assert named == {"device.py"}
