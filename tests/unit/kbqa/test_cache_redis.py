"""The breaker: one failure opens it, a ping closes it, and nobody waits meanwhile; what cannot be read is a miss."""

from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from kbqa.cache_redis import Breaker, GuardedRedisCache
from tests.flow.servers import redis_server, wait_for


def test_an_open_breaker_closes_by_itself_once_the_server_answers():
    answers = iter([RedisConnectionError(), OSError(), ValueError(), None])

    def ping() -> None:
        if error := next(answers):
            raise error

    breaker = Breaker(ping, every_s=0.001)

    breaker.trip()
    breaker.trip()

    assert breaker.is_open
    wait_for(lambda: not breaker.is_open, seconds=2, every=0.001, why="the breaker closes")
    assert next(answers, "used up") == "used up"


def test_a_broken_value_is_a_miss(tmp_path: Path):
    try:
        with redis_server(tmp_path) as url, Redis.from_url(url) as server:
            cache = GuardedRedisCache(url, {"OPTIONS": {"serializer": "kbqa.cache_json.JsonSerializer"}})
            for broken in (b'{"text": "ke', b"\x80\x04canary", b""):
                server.set(cache.make_key("k"), broken)

                assert cache.get("k", "default") == "default"
                assert cache.get_many(["k"]) == {}
    except FileNotFoundError:
        pytest.skip("redis-server is not installed")
