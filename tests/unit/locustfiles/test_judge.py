"""From replies to figures: stages without their ramp, shed apart from errors, what is asserted."""

from locustfiles.judge import Reply, percentile, stages, verdict
from locustfiles.stages import stages_of


def reply(at, *, name="frequent", ms=10.0, outcome="ok"):
    return Reply(at, 1, name, ms, outcome)


def test_a_stage_leaves_out_the_time_while_users_still_come():
    replies = [reply(5, ms=900), *(reply(at, ms=50) for at in range(25, 100)), reply(130, ms=7)]

    first, second = stages(replies, [(10, 100), (20, 100)], started=0)

    assert (first.answers, first.p50_ms) == (75, 50)
    assert (second.answers, second.p50_ms) == (1, 7)


def test_what_is_shed_is_no_error_and_no_answer():
    replies = [reply(50), reply(51, name="shed", ms=1), reply(52, outcome="error")]

    (row,) = stages(replies, [(10, 100)], started=0)

    assert row.answers == 2
    assert row.shed_percent == 33.33
    assert row.errors_percent == 33.333


def test_every_assertion_says_what_was_seen():
    replies = [*(reply(at) for at in range(25, 100)), *(reply(at, ms=100) for at in range(130, 200))]
    rows = stages(replies, [(10, 100), (20, 100)], started=0)

    checks = {check["what"]: check for check in verdict(rows, hit_rate=0.5, replies=replies, is_short=False)}

    assert not checks["p50 growth, first to last stage"]["holds"]
    assert checks["p50 growth, first to last stage"]["seen"] == 10.0
    assert not checks["cache hit rate"]["holds"]
    assert checks["errors at 10 users, %"]["holds"]


def test_percentiles_of_nothing_are_nothing():
    assert percentile([], 99) == 0
    assert percentile([1, 2, 3], 50) == 2


def test_stages_are_read_as_they_are_written():
    assert stages_of("100x60,1000x90") == [(100, 60.0), (1000, 90.0)]
