"""A checkpoint is a folder, or a hub id that the local cache holds; nothing is fetched unless that was allowed."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from inference.config import EngineConfig
from inference.errors import ConfigError
from inference.hub import checkpoint_folder
from tests.tiny_decoders import write_generator

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Hugging Face cache that holds one checkpoint, as `tiny/writer`; the folder it lies in."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--tiny--writer"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    return write_generator(repository / "snapshots" / COMMIT)


def test_a_hub_id_is_found_in_the_cache_without_a_network(cached: Path):
    assert checkpoint_folder("tiny/writer", what="generator") == cached
    assert EngineConfig(generator="tiny/writer").generator_path == cached


def test_a_hub_id_that_is_not_cached_is_refused_and_not_fetched(cached: Path):
    with pytest.raises(ConfigError, match=r"no generator in tiny/reader.*KBQA_ALLOW_DOWNLOADS"):
        _ = EngineConfig(generator="tiny/reader").generator_path


def test_downloads_happen_only_where_they_are_allowed(cached: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[bool] = []
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda name, **how: asked.append(how["local_files_only"]) or str(cached)
    )

    for allowed in (False, True):
        checkpoint_folder("tiny/other", what="encoder", allow_downloads=allowed)

    assert asked == [True, False]


@pytest.mark.parametrize("name", ["", "nowhere", "/nowhere/at/all", "../nowhere", "a/b/c", "tiny/..", "http://h/x"])
def test_what_is_neither_a_folder_nor_a_hub_id_is_refused_by_its_name(cached: Path, name: str):
    with pytest.raises(ConfigError, match="no generator in"):
        checkpoint_folder(name, what="generator")


def test_a_folder_is_itself(tmp_path: Path):
    assert checkpoint_folder(str(tmp_path), what="encoder") == tmp_path
