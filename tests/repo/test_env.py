"""The variables read are the variables documented, each with its default and its meaning."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from kbqa.ops.management.commands.list_settings import env_example, settings_page
from kbqa.settings.env import Environment

ROOT = Path(__file__).resolve().parents[2]
STALE = "stale: run `make settings`"


def test_env_example_lists_what_the_settings_read():
    assert (ROOT / ".env.example").read_text() == env_example(), STALE


def test_the_settings_page_lists_what_the_settings_read():
    assert (ROOT / "docs" / "settings.md").read_text() == settings_page(), STALE


def test_every_setting_says_what_it_means():
    assert [name for name, field in Environment.model_fields.items() if not field.description] == []


def test_env_example_uncommented_is_the_default(tmp_path):
    """Copying the file and uncommenting all of it changes nothing."""
    copy = tmp_path / ".env"
    copy.write_text(env_example().replace("\n#KBQA_", "\nKBQA_"))

    read = Environment(_env_file=copy)

    for name, field in Environment.model_fields.items():
        if name not in ("data_dir", "secret_key"):
            assert getattr(read, name) == field.default, name


def test_a_value_that_makes_no_sense_is_refused_by_its_name(monkeypatch):
    monkeypatch.setenv("KBQA_CHUNK_TOKENS", "many")

    with pytest.raises(ValidationError, match="chunk_tokens"):
        Environment(_env_file=None)


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"GENERATOR": "folder", "GENERATOR_URL": "http://h/v1", "GENERATOR_MODEL": "m"}, "two generators"),
        ({"GENERATOR_URL": "http://h/v1"}, "needs KBQA_GENERATOR_MODEL"),
        ({"GENERATOR_URL": "file:///etc/passwd", "GENERATOR_MODEL": "m"}, "begins with http"),
        ({"GENERATOR_CONTEXT": "600", "GENERATOR_TOKENS": "400"}, "at most half"),
    ],
)
def test_a_generator_that_cannot_be_meant_stops_the_start(monkeypatch, variables, why):
    for name, value in variables.items():
        monkeypatch.setenv(f"KBQA_{name}", value)

    with pytest.raises(ValidationError, match=why):
        Environment(_env_file=None)
