"""Who asks, how often and how patiently. A refusal with Retry-After is shed load, counted apart from errors.

A streaming question is four series: accepted, first citation, first token, done.
"""

import json
import os
import random
import time
from collections.abc import Iterator
from typing import Any

import gevent
from locust import FastHttpUser, between, events, task

from . import questions
from .shapes import PROCESSES, STAGES
from .stages import at

KEY = os.environ.get("KBQA_LOAD_KEY", "")
COLLECTION = os.environ.get("KBQA_LOAD_COLLECTION", "")
THINK_S = float(os.environ.get("KBQA_LOAD_THINK_S", "20"))


def lines_of(reply: Any) -> Iterator[str]:  # Any: Locust's response
    """The stream's lines as they come; none where the connection was refused."""
    while reply.stream and (line := reply.stream.readline(b"\n")):
        yield bytes(line).decode().rstrip("\n")


class Asker(FastHttpUser):
    """What all have in common: a key, a pause between questions, a reply judged."""

    abstract = True
    wait_time = between(THINK_S / 2, THINK_S * 1.5)
    network_timeout = connection_timeout = 60.0
    insecure = True

    def on_start(self) -> None:
        self.chosen = random.Random()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}"}

    def ask(
        self, name: str, question: str, *, due: float | None = None, **more: object
    ) -> dict[str, Any] | None:  # Any: JSON
        """The answer's body, or None when it was shed or went wrong; it has taken as long as since it was ``due``."""
        body = {"question": question, **more}
        with self.client.post(
            "/api/v1/answers", json=body, headers=self._headers, name=name, catch_response=True
        ) as reply:
            if due is not None:
                reply.request_meta["response_time"] = (time.perf_counter() - due) * 1e3
            if reply.status_code in (429, 503) and "Retry-After" in (reply.headers or {}):
                reply.request_meta["name"] = "shed"
                reply.success()
                return None
            if reply.status_code != 200:
                reply.failure(f"status {reply.status_code}")
                return None
            reply.success()
            return json.loads(reply.text)


class Reader(Asker):
    """Most people: what others asked too, now and then something new."""

    weight = 60

    @task(8)
    def frequent(self) -> None:
        self.ask("frequent", questions.frequent(self.chosen))

    @task(1)
    def fresh(self) -> None:
        self.ask("fresh", questions.fresh(self.chosen))

    @task(1)
    def chinese(self) -> None:
        self.ask("chinese", questions.chinese(self.chosen))


class Doubter(Asker):
    """Asks what no document says."""

    weight = 5

    @task
    def unanswerable(self) -> None:
        body = self.ask("unanswerable", questions.unanswerable(self.chosen))
        if body and not body["abstained"]:
            events.request.fire(
                request_type="JUDGE", name="answered the unanswerable", response_time=0, response_length=0,
                exception=None, context={},
            )  # fmt: skip


class Streamer(Asker):
    """Reads along as the answer comes."""

    weight = 15

    @task
    def stream(self) -> None:
        started = time.perf_counter()
        with self.client.post(
            "/api/v1/answers",
            json={"question": questions.frequent(self.chosen), "stream": True},
            headers=self._headers,
            name="stream: accepted",
            stream=True,
            catch_response=True,
        ) as reply:
            if reply.status_code in (429, 503):
                reply.request_meta["name"] = "shed"
                reply.success()
                return
            seen: set[str] = set()
            for line in lines_of(reply):
                if line.startswith("event: "):
                    self._milestone(line.removeprefix("event: "), seen, started)
            if {"done", "failed"} & seen:
                reply.success()
            else:
                reply.failure("the stream ended without a terminal event")

    def _milestone(self, event: str, seen: set[str], started: float) -> None:
        name = {"sources": "first citation", "token": "first token", "done": "done"}.get(event)
        if name and event not in seen:
            milliseconds = (time.perf_counter() - started) * 1e3
            events.request.fire(
                request_type="SSE", name=f"stream: {name}", response_time=milliseconds, response_length=0,
                exception=None, context={},
            )  # fmt: skip
        seen.add(event)


class Talker(Asker):
    """Asks in a conversation, and asks again."""

    weight = 10

    @task
    def talk(self) -> None:
        question = questions.frequent(self.chosen)
        self.ask("conversation: question", question)
        self.ask("conversation: again", question)


class Leaver(Asker):
    """Closes the page in the middle of an answer."""

    weight = 3

    @task
    def leave(self) -> None:
        with self.client.post(
            "/api/v1/answers",
            json={"question": questions.fresh(self.chosen), "stream": True},
            headers=self._headers,
            name="left in the middle",
            stream=True,
            catch_response=True,
        ) as reply:
            if reply.status_code == 200:
                next(lines_of(reply), None)
            reply.success() if reply.status_code in (200, 429, 503) else reply.failure(f"status {reply.status_code}")


class Uploader(Asker):
    """Adds a document now and then."""

    weight = 2
    wait_time = between(THINK_S * 2, THINK_S * 4)

    @task
    def upload(self) -> None:
        name, text = questions.document(self.chosen)
        with self.client.post(
            f"/api/v1/collections/{COLLECTION}/documents",
            files={"file": (name, text.encode(), "text/plain")},
            headers=self._headers,
            name="upload",
            catch_response=True,
        ) as reply:
            reply.success() if reply.status_code in (201, 429, 503) else reply.failure(f"status {reply.status_code}")


class Arrivals(Asker):
    """A clock: questions come at the stage's rate, a Poisson process, whether or not those before are answered.

    Each is timed from the moment it was due, so that a generator or a site that falls behind cannot hide it.
    """

    fixed_count = PROCESSES
    concurrency = 4096

    @task
    def arrive(self) -> None:
        started = due = time.perf_counter()
        while stage := at(STAGES, due - started):
            due += self.chosen.expovariate(stage[0] / PROCESSES)
            gevent.sleep(max(0.0, due - time.perf_counter()))
            name = self.chosen.choices(("frequent", "fresh", "chinese"), weights=(8, 1, 1))[0]
            gevent.spawn(self.ask, name, getattr(questions, name)(self.chosen), due=due)
        gevent.sleep(60)  # the shape ends the run


class Probe(Asker):
    """The balancer that asks whether we live."""

    fixed_count = 1
    wait_time = between(0.5, 1.0)

    @task
    def live(self) -> None:
        self.client.get("/health/live", name="health")
