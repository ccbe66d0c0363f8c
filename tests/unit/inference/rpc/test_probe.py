"""The probe says by its exit code whether an engine serves."""

from __future__ import annotations

from inference.rpc.probe import main
from inference.rpc.server import EngineServer
from tests.fakes import FakeEngine
from tests.remote import socket_address


def test_an_engine_that_serves_is_well_and_one_that_is_away_is_not():
    with socket_address() as address:
        server = EngineServer(FakeEngine(), address)
        server.start()
        assert main(str(address)) == 0
        server.stop(grace_s=1)

        assert main(str(address)) == 1
