"""ChatTokenizer: text and turns → ids, ids → text, for a decoder's checkpoint.

Turns are written with the checkpoint's own template, in a sandbox that cannot change or
reach anything. What a person writes is encoded as text: the markers of turns come from
the template alone.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Template, TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from .completion import Message
from .errors import ConfigError, InvalidRequest
from .tokenizer import storable

_SHORTEST_PASSAGE = 32  # tokens; looking up a shorter one saves nothing

_PLAIN = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


class ChatTokenizer:
    """Thread-safe; never changed after it is built."""

    def __init__(self, folder: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises Exception itself, for a missing file as for a bad one
            raise ConfigError(f"{folder / 'tokenizer.json'} cannot be read: {error}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        settings = _json(folder / "tokenizer_config.json")
        self._special = {name: _text(settings.get(name)) for name in ("bos_token", "eos_token", "pad_token")}
        self._template = _template(folder, settings)
        self.end_ids = self._end_ids(folder)

    def encode(self, text: str) -> list[int]:
        """As a text to go on with: special tokens as the tokenizer itself adds them."""
        return list(self._tokenizer.encode(storable(text)).ids)

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        """Turns, and the beginning of the answer; InvalidRequest when the template refuses them."""
        return list(self._tokenizer.encode(self._written(messages), add_special_tokens=False).ids)

    def encode_passages(self, messages: Sequence[Message]) -> tuple[list[int], list[tuple[int, int]]]:
        """As `encode_chat`, the same ids, with the range [start, end) of those within each of the turns' passages."""
        text = self._written(messages)
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        starts, ends = zip(*encoded.offsets, strict=True) if encoded.ids else ((), ())
        ranges, place = [], 0
        for passage in (passage for message in messages for passage in message.passages):
            written = storable(self._defused(passage)).strip()
            if not written or (found := text.find(written, place)) < 0:
                continue  # the template wrote it in another way
            place = found + len(written)
            start, end = bisect_left(starts, found), min(bisect_right(ends, place), len(starts) - 1)
            if end - start >= _SHORTEST_PASSAGE:
                ranges.append((start, end))
        return list(encoded.ids), ranges

    def decode(self, ids: Sequence[int]) -> str:
        """Special tokens left out."""
        return str(self._tokenizer.decode(list(ids)))

    def _written(self, messages: Sequence[Message]) -> str:
        turns = [{"role": message.role, "content": self._defused(message.content)} for message in messages]
        try:
            text = self._template.render(
                messages=turns, add_generation_prompt=True, enable_thinking=False, **self._special
            )
        except TemplateError as error:
            raise InvalidRequest(f"the checkpoint's chat template refuses these turns: {error}") from error
        return storable(text)

    def _defused(self, content: str) -> str:
        """A turn marker inside a person's text loses its meaning: a joiner of no width parts its first two letters."""
        for token in self._tokenizer.get_added_tokens_decoder().values():
            if token.special and len(token.content) > 1:
                content = content.replace(token.content, f"{token.content[0]}\u2060{token.content[1:]}")
        return content

    def _end_ids(self, folder: Path) -> frozenset[int]:
        """Every id that ends an answer: from generation_config.json, config.json and the tokenizer."""
        found: set[int] = set()
        for name in ("generation_config.json", "config.json"):
            stored = _json(folder / name).get("eos_token_id")
            found.update(stored if isinstance(stored, list) else [] if stored is None else [stored])
        named = self._tokenizer.token_to_id(self._special["eos_token"] or "")
        return frozenset(found if named is None else {*found, named})


def _template(folder: Path, settings: dict[str, Any]) -> Template:  # Any: JSON
    path = folder / "chat_template.jinja"
    source = path.read_text(encoding="utf-8") if path.is_file() else settings.get("chat_template") or _PLAIN
    if isinstance(source, list):  # several, by name
        source = next((entry["template"] for entry in source if entry.get("name") == "default"), _PLAIN)
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.globals.update(raise_exception=_refuse, strftime_now=lambda form: date.today().strftime(form))
    try:
        return environment.from_string(source)
    except TemplateError as error:
        raise ConfigError(f"the chat template of {folder.name} cannot be read: {error}") from error


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _json(path: Path) -> dict[str, Any]:  # Any: JSON
    if not path.is_file():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _text(token: Any) -> str | None:  # Any: a string, or a record that holds one
    return token.get("content") if isinstance(token, dict) else token
