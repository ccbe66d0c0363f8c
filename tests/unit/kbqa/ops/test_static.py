"""Static files are collected when a source has changed, and only then."""

import pytest

from kbqa.ops.static import static_collect, static_is_stale


@pytest.fixture
def source(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    (tmp_path / "source").mkdir()
    file = tmp_path / "source" / "page.css"
    file.write_text("p {}")
    settings.STATIC_ROOT.mkdir()
    return file


def test_collected_files_are_fresh_until_a_source_changes(source):
    assert static_is_stale()

    static_collect()
    assert not static_is_stale()

    source.write_text("p { color: red }")
    assert static_is_stale()


def test_a_new_file_is_noticed(source):
    static_collect()

    source.with_name("other.css").write_text("")

    assert static_is_stale()
