"""How many, and for how long: `100x60,1000x60` is 100 users for a minute, then 1,000. Knows nothing of Locust.

Users wait for their answers. With open arrivals the number is questions a second, which come whether or
not the ones before are answered: what a closed crowd hides, because it stops asking while it waits.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The stages of a run, and what makes it another kind of run than a crowd that grows."""

    stages: str
    is_open: bool = False
    ingest: int = 0
    about: str


PROFILES = {
    "smoke": Profile(stages="4x12", about="a few seconds: does it run at all"),
    "quick": Profile(stages="100x40,1000x40,5000x45", about="the design's three crowds in three minutes"),
    "full": Profile(stages="100x180,1000x180,5000x180", about="the same, three minutes each"),
    "spike": Profile(stages="50x60,1500x30,50x90", about="50 users, suddenly 1,500, then 50 again"),
    "soak": Profile(stages="200x3600", about="200 users for an hour"),
    "open": Profile(stages="5x40,20x40,80x40", is_open=True, about="questions a second, answered or not"),
    "ingest": Profile(stages="50x60,50x180", ingest=1000, about="1,000 documents come while 50 users ask"),
}


def stages_of(text: str) -> list[tuple[int, float]]:
    """(how many, seconds) a stage."""
    pairs = (stage.split("x") for stage in text.split(","))
    return [(int(number), float(seconds)) for number, seconds in pairs]


def at(stages: list[tuple[int, float]], passed: float) -> tuple[int, float] | None:
    """The stage that runs after so many seconds; None once all are over."""
    for number, seconds in stages:
        if passed < seconds:
            return number, seconds
        passed -= seconds
    return None
