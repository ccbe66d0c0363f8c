"""GeneratorStream: one sequence's text, told by the generator's thread and heard by another, up to exactly one finish.

Only what no later token can change is told: whole characters, and nothing that may be the beginning of a stop string.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from queue import SimpleQueue

from .completion import FinishReason, TokenEvent, TokenStream
from .detokenizer import Detokenizer, StopStrings
from .sequence import Sequence


class GeneratorStream(TokenStream):
    """The events of a sequence of this process."""

    def __init__(self, sequence: Sequence, detokenizer: Detokenizer) -> None:
        self._sequence = sequence
        self._text, self._stops = detokenizer, StopStrings(sequence.sampling.stop)
        self._events: SimpleQueue[TokenEvent] = SimpleQueue()
        self._is_over = False

    def __next__(self) -> TokenEvent:
        if self._is_over:
            raise StopIteration
        event = self._events.get()
        self._is_over = event.finish is not None
        return event

    def close(self) -> None:
        self._sequence.is_aborted = True

    def push(self, tokens: Seq[int]) -> bool:
        """The worker's side: tell what is certain of the new text; whether a stop string was reached."""
        text = ""
        for token in tokens:
            text += self._stops.push(self._text.push(token))
            if self._stops.is_reached:
                break
        if text:
            self._events.put(TokenEvent(text=text))
        return self._stops.is_reached

    def end(self, finish: FinishReason) -> None:
        """The worker's side: tell the rest of the text, how it ended, and what was counted."""
        text = "" if self._stops.is_reached else self._stops.push(self._text.flush()) + self._stops.flush()
        self._events.put(
            TokenEvent(
                text=text,
                finish=finish,
                num_prompt_tokens=len(self._sequence.prompt),
                num_cached_tokens=self._sequence.num_cached,
                num_tokens=self._sequence.num_outputs,
            )
        )
