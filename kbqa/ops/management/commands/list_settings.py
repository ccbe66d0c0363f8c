"""Every setting with its default and meaning: what `.env.example` and docs/settings.md are written from."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand
from pydantic.fields import FieldInfo

from kbqa.settings.env import BASE_DIR, Environment

_ENV_HEAD = """\
# Every variable the settings read, with its default. Copy to `.env` and uncomment what you change.
# Written by `make settings` from kbqa/settings/env.py; docs/settings.md is the same list as a page.
"""
_PAGE_HEAD = """\
# Settings

Read once at the start from the environment, or from a file `.env` in the repository's folder; the environment
wins. A value that makes no sense stops the start and names its variable. Written by `make settings` from
[kbqa/settings/env.py](../kbqa/settings/env.py).

`KBQA_SECRET_KEY`, `KBQA_DATABASE_URL`, `KBQA_BROKER_URL`, `KBQA_REDIS_URL`, `KBQA_ENGINE_KEY` and `KBQA_GENERATOR_KEY`
may come from a file instead: `KBQA_SECRET_KEY_FILE=/run/secrets/key`.

| variable | default | meaning |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Print every setting as a .env file or as a Markdown page; reads the code, not this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["env", "markdown"], default="env")

    def handle(self, *, format: str, **options: object) -> None:
        self.stdout.write(env_example() if format == "env" else settings_page(), ending="")


def env_example() -> str:
    return _ENV_HEAD + "".join(f"\n# {meaning}\n#{name}={default}\n" for name, default, meaning in _settings())


def settings_page() -> str:
    rows = (
        f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |\n" for name, default, meaning in _settings()
    )
    return _PAGE_HEAD + "".join(rows)


def _settings() -> Iterator[tuple[str, str, str]]:
    for name, field in Environment.model_fields.items():
        yield f"KBQA_{name.upper()}", _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    """The default as one would write it in the environment."""
    match field.get_default(call_default_factory=True, validated_data={}):
        case bool(value):
            return str(value).lower()
        case list(names):
            return ",".join(names)
        case Path() as path:
            return str(path.relative_to(BASE_DIR))
        case value:
            return str(value)
