"""Questions a second without the web, in a process of its own: `python -m benchmarks.trials.alone SECONDS`.

In the environment of a site, over its documents; the last line is the number.
"""

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django
from django.db import connection

from locustfiles.questions import fresh

_ASKERS = 16


def main() -> None:
    django.setup()
    from kbqa.accounts.models import User
    from kbqa.answers.scope import scope_of

    seconds, scope = float(sys.argv[1]), scope_of(User.objects.get(username="admin"))
    answer_until(time.monotonic() + 1, scope, seed=-1)  # loads what is loaded once
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(_ASKERS) as askers:
        each = askers.map(lambda seed: answer_until(until, scope, seed=seed), range(_ASKERS))
    print(sum(each) / seconds)


def answer_until(until: float, scope: object, *, seed: int) -> int:
    """How many questions one asker had answered."""
    from inference.deadline import Deadline
    from kbqa.answers.read import read
    from kbqa.answers.retrieve import retrieve
    from kbqa.answers.trace import Trace

    chosen, number = random.Random(seed), 0
    try:
        while time.monotonic() < until:
            question, deadline, trace = fresh(chosen), Deadline.after(60), Trace()
            passages = retrieve(question, scope=scope, deadline=deadline, trace=trace)  # type: ignore[arg-type]
            read(question, passages, scope=scope, deadline=deadline, trace=trace, request_id=f"{seed}-{number}")  # type: ignore[arg-type]
            number += 1
    finally:
        connection.close()
    return number


if __name__ == "__main__":
    main()
