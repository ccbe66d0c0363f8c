"""Addresses: what is one, and what stands in the way of listening there."""

from __future__ import annotations

import socket

import pytest

from inference import ConfigError
from inference.rpc.address import Address
from tests.remote import socket_address


@pytest.mark.parametrize("text", ["engine.example.org:50051", "127.0.0.1:1", "[::1]:50051"])
def test_a_port_is_kept_as_it_is_said(text: str):
    address = Address.parse(text)

    assert (str(address), address.socket_path) == (text, None)


@pytest.mark.parametrize("text", ["", "engine", "engine:", ":50051", "engine:0", "engine:65536", "http://engine/"])
def test_nonsense_is_refused(text: str):
    with pytest.raises(ConfigError, match="unix:PATH or HOST:PORT"):
        Address.parse(text)


def test_a_sockets_path_is_made_absolute():
    assert Address.parse("unix:engine.sock") == Address.parse(f"unix:{Address.parse('unix:engine.sock').socket_path}")


def test_a_path_too_long_for_the_kernel_is_refused():
    with pytest.raises(ConfigError, match="at most 100 bytes"):
        Address.parse("unix:/" + "a" * 120)


def test_a_socket_left_behind_is_removed():
    with socket_address() as address:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(address.socket_path))

        address.clear()

        assert address.socket_path is not None
        assert not address.socket_path.exists()


def test_a_file_is_not_taken_for_a_socket():
    with socket_address() as address:
        assert address.socket_path is not None
        address.socket_path.write_text("mine")

        with pytest.raises(ConfigError, match="no socket"):
            address.clear()
