"""The embedded cache keeps Django's promises, over processes, and outlives its own file."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from kbqa.cache_embedded import EmbeddedCache


def opened(path: Path, **options: object) -> EmbeddedCache:
    return EmbeddedCache(str(path), {"OPTIONS": options})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.sqlite3"


@pytest.fixture
def cache(path: Path) -> Iterator[EmbeddedCache]:
    return opened(path)


def test_a_value_comes_back_as_it_was(cache):
    cache.set("k", {"text": "茶", "list": [1, 2.5, None]})

    assert cache.get("k") == {"text": "茶", "list": [1, 2.5, None]}
    assert cache.get("absent", "default") == "default"


def test_what_one_process_keeps_another_finds(cache, path):
    cache.set("k", 40)
    script = (
        "import sys; from django.conf import settings; settings.configure();"
        "from kbqa.cache_embedded import EmbeddedCache; print(EmbeddedCache(sys.argv[1], {}).incr('k', 2))"
    )

    printed = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)

    assert printed.stdout.strip() == "42"
    assert cache.get("k") == 42


def test_a_value_expires(cache):
    cache.set("k", "v", timeout=0)

    assert cache.get("k") is None
    assert cache.add("k", "again")


def test_only_the_first_of_two_adds_counts(cache):
    assert cache.add("k", "first")
    assert not cache.add("k", "second")
    assert cache.get("k") == "first"


def test_counting_side_by_side_loses_nothing(cache, path):
    cache.set("k", 0)

    def count(_: int) -> None:
        mine = opened(path)
        for _ in range(50):
            mine.incr("k")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(4)))

    assert cache.get("k") == 200


def test_what_is_absent_or_no_number_cannot_be_counted(cache):
    cache.set("text", "v")

    for key in ("absent", "text"):
        with pytest.raises(ValueError, match="not found"):
            cache.incr(key)


def test_touch_and_delete_say_whether_there_was_something(cache):
    cache.set("k", 1)

    assert cache.touch("k", 10)
    assert cache.delete("k")
    assert not cache.touch("k", 10)
    assert not cache.delete("k")


def test_culling_keeps_what_lives_longest(path):
    cache = opened(path, MAX_ENTRIES=3)
    for number in range(6):
        cache.set(f"k{number}", number, timeout=100 + number)

    cache.cull()

    assert [cache.get(f"k{number}") for number in range(6)] == [None, None, None, 3, 4, 5]


def test_a_file_that_is_no_database_is_begun_again(cache, path):
    path.write_bytes(b"not a database" * 1000)

    assert cache.get("k") is None
    cache.set("k", 1)
    assert cache.get("k") == 1


def test_a_broken_value_is_a_miss(cache, path):
    cache.set("k", {"text": "kept"})
    with sqlite3.connect(path) as file:
        file.execute("UPDATE kept SET value = ?", (b'{"text": "ke',))

    assert cache.get("k", "default") == "default"


def test_where_another_writes_for_too_long_nothing_is_kept_and_nobody_fails(cache, path):
    cache.set("k", 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")

        cache.set("k", 2)
        with pytest.raises(ValueError, match="not found"):
            cache.incr("k")

    assert cache.get("k") == 1
