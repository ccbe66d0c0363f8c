"""Ids → text as they come: whole characters only, and never a stop string or the beginning of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_UNFINISHED = "\ufffd"  # what a decoder says for bytes that are no character yet
_MOST_PENDING = 16  # bytes of one character are four; more that stay unreadable are let through


class Detokenizer:
    """One sequence's text; ``decode`` turns ids into text, special tokens left out.

    A token's text can depend on the one before it, so a piece is the difference between
    decoding a short window with and without what is new.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._window: list[int] = []  # what was given out last, then what is pending
        self._given = 0

    def push(self, token_id: int) -> str:
        """The text that is now certain; empty while a character is not whole."""
        self._window.append(token_id)
        text = self._pending()
        if text.endswith(_UNFINISHED) and len(self._window) - self._given < _MOST_PENDING:
            return ""
        self._window, self._given = self._window[self._given :], len(self._window) - self._given
        return text

    def flush(self) -> str:
        """What is left when no more comes, with stand-ins for a character cut short."""
        text = self._pending()
        self._window, self._given = [], 0
        return text

    def _pending(self) -> str:
        return self._decode(self._window)[len(self._decode(self._window[: self._given])) :]


class StopStrings:
    """Cuts a text at the first stop string; holds back what may yet become one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._held = ""
        self.is_reached = False

    def push(self, piece: str) -> str:
        text, self._held = self._held + piece, ""
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self.is_reached = True
            return text[: min(places)]
        keep = max((self._overlap(text, stop) for stop in self._stops), default=0)
        cut = len(text) - keep
        text, self._held = text[:cut], text[cut:]
        return text

    def flush(self) -> str:
        """What was held back for a stop string that did not come."""
        held, self._held = self._held, ""
        return held

    @staticmethod
    def _overlap(text: str, stop: str) -> int:
        """How many last characters of the text begin the stop string."""
        return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
