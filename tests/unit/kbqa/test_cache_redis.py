"""The breaker: one failure opens it, a ping closes it, and nobody waits meanwhile."""

from redis.exceptions import ConnectionError as RedisConnectionError

from kbqa.cache_redis import Breaker
from tests.flow.servers import wait_for


def test_an_open_breaker_closes_by_itself_once_the_server_answers():
    answers = iter([RedisConnectionError(), OSError(), None])

    def ping() -> None:
        if error := next(answers):
            raise error

    breaker = Breaker(ping, every_s=0.001)

    breaker.trip()
    breaker.trip()

    assert breaker.is_open
    wait_for(lambda: not breaker.is_open, seconds=2, every=0.001, why="the breaker closes")
    assert next(answers, "used up") == "used up"
