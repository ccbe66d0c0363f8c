"""Redis killed, silent and back again under a running site: no error, little delay, and the cache comes back."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .asking import Reply, ask
from .proxy import Proxy
from .servers import redis_server, wait_for
from .site import Site, running_site

pytestmark = [pytest.mark.slow]

QUESTION = "When was the oldest oak in Harrow Wood planted?"


class Setup:
    """A site whose Redis stands behind a proxy."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        try:
            url = stack.enter_context(redis_server(folder))
        except FileNotFoundError:
            pytest.skip("redis-server is not installed")
        self.redis_port = int(urlsplit(url).port or 0)
        self.proxy = Proxy(self.redis_port)
        stack.callback(self.proxy.close)
        cache = f"redis://127.0.0.1:{self.proxy.port}/0"
        self.site: Site = stack.enter_context(running_site(folder, KBQA_REDIS_URL=cache))


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    with ExitStack() as stack:
        yield Setup(tmp_path, stack)


def test_with_redis_silent_or_dead_every_question_is_answered(setup: Setup):
    """One site, three acts: starting a site is what takes long."""
    assert ask(setup.site, QUESTION).status == 200
    quiet = replies(setup.site)
    assert all(reply.body["trace"]["cache"] == "shared" for reply in quiet)

    setup.proxy.is_dark.set()
    silent = replies(setup.site)
    setup.proxy.is_dark.clear()
    wait_for(lambda: level(setup.site) == "shared", seconds=10, every=0.2, why="the cache is used again")
    setup.proxy.target = 1  # nothing listens there: connections are refused
    kill_connections(setup.redis_port)
    dead = replies(setup.site)
    setup.proxy.target = setup.redis_port
    wait_for(lambda: level(setup.site) == "shared", seconds=10, every=0.2, why="the cache is used again")

    assert {reply.status for reply in silent + dead} == {200}
    # the first question after the silence waits once, for 0.1 s; none is held up for longer
    assert max(waited_for_cache(silent)) < 0.5
    assert sorted(waited_for_cache(silent))[-2] < 0.15
    assert sorted(waited_for_cache(dead))[-2] < 0.05


def replies(site: Site) -> list[Reply]:
    return [ask(site, QUESTION) for _ in range(25)]


def level(site: Site) -> str:
    return str(ask(site, QUESTION).body["trace"]["cache"])


def waited_for_cache(asked: list[Reply]) -> list[float]:
    return [reply.body["timings_ms"]["look"] / 1e3 for reply in asked]


def kill_connections(port: int) -> None:
    subprocess.run(["redis-cli", "-p", str(port), "client", "kill", "type", "normal"], capture_output=True, check=True)
