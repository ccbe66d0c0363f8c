"""Bytes are kept whole under their digest, or not at all."""

import hashlib
import os
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from kbqa.documents.models import Version
from kbqa.documents.originals import original_keep, originals_sweep
from kbqa.errors import EmptyFile, FileTooLarge
from tests import factories

pytestmark = pytest.mark.django_db


def everything(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.ORIGINALS_ROOT).rglob("*") if path.is_file()]


def test_bytes_are_named_by_their_digest():
    original = original_keep([b"one ", b"two"])

    assert original.digest == hashlib.sha256(b"one two").hexdigest()
    assert original.path.read_bytes() == b"one two"
    assert original.size_bytes == 7


@pytest.mark.parametrize(
    ("pieces", "error"), [([], EmptyFile), ([b""], EmptyFile), ([b"x" * 600_000] * 2, FileTooLarge)]
)
def test_refused_bytes_leave_nothing_behind(pieces: list[bytes], error: type[Exception], settings: Settings):
    settings.MAX_UPLOAD_BYTES = 1 << 20

    with pytest.raises(error):
        original_keep(pieces)

    assert everything(settings) == []


def test_an_upload_that_breaks_off_leaves_nothing_behind(settings: Settings):
    def pieces():
        yield b"begun"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        original_keep(pieces())

    assert everything(settings) == []


def test_the_sweep_keeps_what_a_version_names_and_what_is_young(settings: Settings):
    named, forgotten, young = original_keep([b"named"]), original_keep([b"forgotten"]), original_keep([b"young"])
    factories.version(digest=named.digest)
    long_ago = time.time() - 7200
    for original in (named, forgotten):
        os.utime(original.path, (long_ago, long_ago))

    removed = originals_sweep()

    assert removed == 1
    assert {path.name for path in everything(settings)} == {named.digest, young.digest}


def test_however_many_are_kept_the_sweep_asks_once(settings: Settings, django_assert_num_queries):
    for number in range(20):
        original = original_keep([b"%d" % number])
        factories.version(digest=original.digest)
        os.utime(original.path, (0, 0))

    with django_assert_num_queries(1):
        assert originals_sweep() == 0


def test_bytes_that_come_again_while_their_leftover_is_swept_are_kept(settings: Settings, monkeypatch):
    os.utime(original_keep([b"again"]).path, (0, 0))
    look = Version.with_deleted.filter

    def come_again(**fields: object):
        original_keep([b"again"])
        return look(**fields)

    monkeypatch.setattr(Version.with_deleted, "filter", come_again)

    assert originals_sweep() == 0
