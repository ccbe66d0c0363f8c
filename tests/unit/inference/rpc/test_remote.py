"""What lies between a caller and an engine elsewhere: deadlines, aborts, keys, and engines that go and come back."""

from __future__ import annotations

import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from inference import (
    ConfigError,
    Deadline,
    DeadlineExceeded,
    EngineError,
    EngineFailed,
    InvalidRequest,
    Overloaded,
    RequestAborted,
)
from inference.rpc.address import Address
from inference.rpc.client import RemoteEngine
from inference.rpc.server import EngineServer
from tests.fakes import FakeEngine
from tests.flow.servers import free_port
from tests.remote import served, socket_address


class Stuck(FakeEngine):
    """Embeds once it is let go, or gives up when aborted."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let_go, self.aborted = threading.Event(), threading.Event(), threading.Event()
        self.deadline: Deadline | None = None

    def embed(self, texts: Any, *, deadline: Deadline | None = None, request_id: str | None = None) -> np.ndarray:
        self.deadline = deadline
        self.begun.set()
        self.let_go.wait(5)
        if self.aborted.is_set():
            raise RequestAborted("aborted")
        return super().embed(texts)

    def abort(self, request_id: str) -> bool:
        self.aborted.set()
        self.let_go.set()
        return True


class Failing(FakeEngine):
    """Raises what it was given."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def embed(self, texts: Any, *, deadline: Deadline | None = None, request_id: str | None = None) -> np.ndarray:
        raise self.error


@contextmanager
def serving(engine: Any, address: Address, **options: Any) -> Iterator[EngineServer]:
    server = EngineServer(engine, address, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop(grace_s=2)


@pytest.fixture
def address() -> Iterator[Address]:
    with socket_address() as made:
        yield made


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest("never so"),
        Overloaded(retry_after_s=2.5),
        DeadlineExceeded("embed"),
        RequestAborted("embed was aborted"),
        EngineFailed("it broke"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_on_both_sides(error: EngineError):
    with served(Failing(error)) as remote, pytest.raises(type(error)) as raised:
        remote.embed(["mill"])

    assert getattr(raised.value, "retry_after_s", None) == getattr(error, "retry_after_s", None)
    assert getattr(raised.value, "stage", None) == getattr(error, "stage", None)


def test_what_nobody_expected_is_a_failure_of_the_engine():
    with served(Failing(ZeroDivisionError())) as remote, pytest.raises(EngineFailed):
        remote.embed(["mill"])


def test_a_deadline_ends_the_call_and_is_known_there():
    engine = Stuck()
    with served(engine) as remote:
        remote.embed([])
        started = time.monotonic()

        with pytest.raises(DeadlineExceeded):
            remote.embed(["mill"], deadline=Deadline.after(0.3))

        assert time.monotonic() - started < 3.0
        assert engine.deadline is not None
        assert engine.deadline.remaining_s < 0.3
        engine.let_go.set()


def test_a_call_without_a_deadline_is_given_one():
    engine = Stuck()
    engine.let_go.set()
    with served(engine) as remote:
        remote.embed(["mill"])

    assert engine.deadline is not None


def test_an_abort_ends_the_wait_here_and_the_work_there():
    engine = Stuck()
    with served(engine) as remote, ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(remote.embed, ["mill"], request_id="gone")
        assert engine.begun.wait(5)

        assert remote.abort("gone")

        with pytest.raises(RequestAborted):
            waiting.result(5)
        assert engine.aborted.wait(5)
        assert not remote.abort("gone")


def test_a_caller_that_vanishes_ends_its_work():
    engine = Stuck()
    with socket_address() as address, serving(engine, address), ThreadPoolExecutor(1) as caller:
        remote = RemoteEngine(str(address))
        waiting = caller.submit(remote.embed, ["mill"])
        assert engine.begun.wait(5)

        remote.close()

        with pytest.raises(EngineFailed):
            waiting.result(5)
        assert engine.aborted.wait(5)


def test_an_engine_that_is_away_is_said_at_once(address: Address):
    with RemoteEngine(str(address)) as remote:
        started = time.monotonic()

        for _ in range(3):
            with pytest.raises(EngineFailed, match="does not answer"):
                remote.embed(["mill"], deadline=Deadline.after(30))
        assert not remote.is_ready

        assert time.monotonic() - started < 10


def test_an_engine_that_comes_back_is_found_again(address: Address):
    with RemoteEngine(str(address)) as remote:
        with serving(FakeEngine(), address):
            first = remote.embed(["mill"])
        with pytest.raises(EngineFailed):
            remote.embed(["mill"])

        with serving(FakeEngine(), address):
            wait_until_ready(remote)
            np.testing.assert_array_equal(remote.embed(["mill"]), first)


def test_other_weights_fail_one_call_and_are_named_from_then_on(address: Address):
    with RemoteEngine(str(address)) as remote:
        with serving(FakeEngine(), address):
            assert remote.encoder_fingerprint == "fake-encoder"
        other = FakeEngine()
        other.encoder_fingerprint = "another"
        with serving(other, address):
            wait_for_connection(remote)

            with pytest.raises(EngineFailed, match="other weights"):
                remote.embed(["mill"])

            assert remote.encoder_fingerprint == "another"
            assert len(remote.embed(["mill"])) == 1


def test_a_port_is_refused_without_a_key():
    with pytest.raises(ConfigError, match="needs a key"):
        EngineServer(FakeEngine(), Address.parse("127.0.0.1:50051"))


def test_only_the_key_opens():
    address = Address.parse(f"127.0.0.1:{free_port()}")
    with serving(FakeEngine(), address, key="the right one"):
        with RemoteEngine(str(address), key="the right one") as remote:
            assert remote.is_ready
        for key in ("", "another one"):
            with RemoteEngine(str(address), key=key) as remote, pytest.raises(ConfigError, match="refuses the key"):
                remote.embed(["mill"])


def test_health_is_told_to_anybody_and_follows_the_engine():
    engine = FakeEngine()
    address = Address.parse(f"127.0.0.1:{free_port()}")
    with serving(engine, address, key="a key"), grpc.insecure_channel(str(address)) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        ask = health_pb2.HealthCheckRequest(service="kbqa.engine.v1.Engine")

        assert health.Check(ask, timeout=5).status == health_pb2.HealthCheckResponse.SERVING
        engine.is_ready = False
        assert health.Check(ask, timeout=5).status == health_pb2.HealthCheckResponse.NOT_SERVING


def test_the_service_describes_itself(address: Address):
    with serving(FakeEngine(), address), grpc.insecure_channel(str(address)) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = [reflection_pb2.ServerReflectionRequest(list_services="")]

        (reply,) = stub.ServerReflectionInfo(iter(asked), timeout=5)

    assert "kbqa.engine.v1.Engine" in {service.name for service in reply.list_services_response.service}


@pytest.mark.slow
def test_tls_is_spoken_where_a_certificate_is_given(tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    address = Address.parse(f"localhost:{free_port()}")
    pem = certificate.read_bytes()
    with serving(FakeEngine(), address, key="a key", certificate=(key.read_bytes(), pem)):
        with RemoteEngine(str(address), key="a key", authority=pem) as remote:
            assert remote.is_ready
        with RemoteEngine(str(address), key="a key") as remote:
            assert not remote.is_ready


def test_more_than_a_message_holds_is_refused_here():
    with served(FakeEngine()) as remote, pytest.raises(InvalidRequest, match="bytes at once"):
        remote.read("when?", ["a" * 5_000_000])


def test_many_texts_go_in_several_calls_and_keep_their_order():
    texts = [f"mill number {n}" for n in range(600)]
    with served(FakeEngine()) as remote:
        np.testing.assert_array_equal(remote.embed(texts), FakeEngine().embed(texts))


def test_half_a_character_is_no_reason_to_fail():
    with served(FakeEngine()) as remote:
        assert len(remote.embed(["half \ud83d a character"])) == 1
        assert remote.read("which \ud83d mill?", ["the \ud83d mill"]).spans


def test_what_runs_is_finished_before_the_server_stops(address: Address):
    engine = Stuck()
    with RemoteEngine(str(address)) as remote, ThreadPoolExecutor(2) as both:
        server = EngineServer(engine, address)
        server.start()
        waiting = both.submit(remote.embed, ["mill"])
        assert engine.begun.wait(5)

        stopping = both.submit(server.stop, grace_s=5)
        time.sleep(0.1)  # whoever asks now is refused
        with pytest.raises(EngineFailed):
            remote.embed(["another"])
        engine.let_go.set()

        assert len(waiting.result(5)) == 1
        stopping.result(5)


def test_a_socket_is_its_owners_alone(address: Address):
    with serving(FakeEngine(), address):
        assert address.socket_path is not None
        assert stat.S_IMODE(address.socket_path.stat().st_mode) & 0o077 == 0


def test_two_engines_do_not_share_a_socket(address: Address):
    with serving(FakeEngine(), address), pytest.raises(ConfigError, match="already"):
        EngineServer(FakeEngine(), address)


def wait_until_ready(remote: RemoteEngine) -> None:
    until = time.monotonic() + 10
    while not remote.is_ready:
        assert time.monotonic() < until, "the engine is found again"
        time.sleep(0.02)


def wait_for_connection(remote: RemoteEngine) -> None:
    """As others in this process would have it stand again, without hearing what is served."""
    grpc.channel_ready_future(remote._connection._channel).result(timeout=10)
