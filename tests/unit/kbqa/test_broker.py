"""Messages in a folder: whole or not at all, whoever else is writing, and whatever lies about."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection, Exchange, Queue
from kombu.simple import SimpleQueue

from kbqa.broker import SCHEME, Transport
from tests.flow.servers import ROOT

WRITERS, EACH = 3, 200

PUBLISH = """
import sys
from tests.unit.kbqa.test_broker import connection_to, queue_of
with connection_to(sys.argv[1]) as connection, queue_of(connection) as queue:
    for number in range(int(sys.argv[3])):
        queue.put({"writer": sys.argv[2], "number": number})
"""


def connection_to(folder: Path | str) -> Connection:
    options = {
        "data_folder_in": f"{folder}/messages",
        "data_folder_out": f"{folder}/messages",
        "control_folder": f"{folder}/control",
        "polling_interval": 0.001,
    }
    return Connection(f"{SCHEME}://localhost//", transport_options=options)


def queue_of(connection: Connection) -> SimpleQueue:
    return connection.SimpleQueue(Queue("ingest", Exchange("ingest"), "ingest"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Transport.global_state.clear()  # kombu remembers what it has bound, in whatever folder
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def queue(folder: Path) -> Iterator[SimpleQueue]:
    with connection_to(folder) as connection, queue_of(connection) as opened:
        yield opened


def take(queue: SimpleQueue, *, seconds: float = 2) -> object:
    message = queue.get(timeout=seconds)
    message.ack()
    return message.payload


def test_messages_of_several_writers_arrive_whole_and_once(folder: Path, queue: SimpleQueue) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", PUBLISH, str(folder), str(n), str(EACH)], cwd=ROOT)
        for n in range(WRITERS)
    ]
    taken = [take(queue, seconds=60) for _ in range(WRITERS * EACH)]
    assert [writer.wait(30) for writer in writers] == [0] * WRITERS
    key = lambda message: (message["writer"], message["number"])  # noqa: E731
    assert sorted(map(key, taken)) == [(str(n), number) for n in range(WRITERS) for number in range(EACH)]
    assert list((folder / "messages").iterdir()) == []


def test_a_message_is_under_its_name_only_once_it_is_whole(folder: Path, queue: SimpleQueue) -> None:
    (folder / "messages" / "1_half.ingest.tmp").write_text("{")
    with pytest.raises(queue.Empty):
        queue.get(timeout=0.05)


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "\x00\x00"])
def test_a_message_that_cannot_be_read_is_dropped_and_the_next_is_taken(
    folder: Path, queue: SimpleQueue, content: str
) -> None:
    (folder / "messages" / "1_torn.ingest.msg").write_text(content)
    queue.put({"number": 7})
    assert take(queue) == {"number": 7}


def test_a_table_of_queues_that_cannot_be_read_is_begun_anew(folder: Path) -> None:
    (folder / "control" / "ingest.exchange").write_text("")
    with connection_to(folder) as connection, queue_of(connection) as queue:
        queue.put({"number": 8})
        assert take(queue) == {"number": 8}
