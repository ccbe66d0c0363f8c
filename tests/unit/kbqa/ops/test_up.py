"""`up` starts nothing on a port that is taken, and `prepare` finds its work done the second time."""

import re
import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kbqa.accounts.models import User
from kbqa.ops.management.commands import prepare, up


def test_a_taken_port_is_one_clear_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=rf"Port {port} of 127.0.0.1 is not free .*make run PORT={port + 1}"):
            call_command("up", port=port)


def test_nobody_listening_is_not_ready():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))

        assert not up._is_ready("127.0.0.1", free.getsockname()[1])


@pytest.fixture
def fresh(settings, tmp_path, monkeypatch):
    """A machine on which nothing was prepared, with one small sample."""
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "note.txt").write_text("The kettle is in the left cupboard.")
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.setattr(prepare, "SAMPLES", (samples,))
    return lambda: call_command("prepare", stdout=(said := StringIO())) or said.getvalue()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_first_run_makes_an_administrator_whose_password_is_said_once(fresh):
    said = fresh()

    password = re.search(r"password\s+(\S+)", said)[1]
    assert User.objects.get(username="admin").check_password(password)
    assert User.objects.get(username="admin").is_superuser
    assert "note.txt: ready 1 passage" in said
    assert fresh() == ""
