"""From replies to figures: stages without their ramp, shed apart from errors, what is asserted of which run."""

from locustfiles.judge import Reply, Run, beside_design, percentile, recovery_s, replies_of, stages, verdict


def reply(at, *, name="frequent", ms=10.0, outcome="ok"):
    return Reply(at, name, ms, outcome)


def judged(replies, planned, **more):
    rows = stages(replies, planned, started=0)
    return {check["what"]: check for check in verdict(Run(rows=rows, replies=replies, **{"hit_rate": 0.9, **more}))}


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


def test_every_assertion_says_what_was_seen_and_its_bound():
    replies = [*(reply(at) for at in range(25, 100)), *(reply(at, ms=100) for at in range(130, 200))]

    checks = judged(replies, [(10, 100), (20, 100)], hit_rate=0.5)

    growth = checks["p50 growth, first to last stage"]
    assert (growth["seen"], growth["must_be"], growth["bound"], growth["holds"]) == (10.0, "<=", 5.66, False)
    assert not checks["cache hit rate"]["holds"]
    assert checks["errors at 10 users, %"]["holds"]


def test_more_users_may_meet_more_errors():
    replies = [*(reply(at / 10) for at in range(300, 1000)), reply(50, outcome="error")]

    assert not judged(replies, [(1000, 100)])["errors at 1000 users, %"]["holds"]
    assert judged(replies, [(5000, 100)])["errors at 5000 users, %"]["holds"]


def test_open_arrivals_are_judged_by_their_rate_and_not_by_growth():
    checks = judged([reply(at, ms=at**2) for at in range(200)], [(5, 100), (50, 100)], is_open=True, hit_rate=0)

    assert set(checks) == {
        "stages without an answer",
        "errors at 5 questions a second, %",
        "errors at 50 questions a second, %",
        "health probes that failed",
    }
    assert beside_design(stages([], [(5, 100)], started=0), is_open=True)[0]["asked_per_s"] == 5


def test_asking_may_slow_down_to_half_while_documents_come():
    replies = [*(reply(at, ms=50) for at in range(100)), *(reply(at, ms=101) for at in range(100, 200))]
    facts = {"documents_ingested": 9, "ingestion_finished": True}

    checks = judged(replies, [(10, 100), (10, 100)], facts=facts, hit_rate=0)

    assert checks["ingestion finished"]["holds"]
    assert not checks["p99 while documents come, to before"]["holds"]
    assert "cache hit rate" not in checks  # every publication asks anew


def test_a_killed_engine_may_shed_but_not_fail_and_comes_back():
    replies = [reply(50, name="fresh"), reply(61, name="shed"), reply(70, name="fresh", ms=500)]

    checks = judged(replies, [(10, 100)], killed="engine", killed_at=60)

    assert checks["errors since the engine was killed"]["holds"]
    assert checks["seconds until a new question is answered"]["seen"] == 10
    assert not judged([*replies, reply(62, outcome="error")], [(10, 100)], killed="engine", killed_at=60)[
        "errors since the engine was killed"
    ]["holds"]


def test_a_question_asked_before_the_blow_shows_no_recovery():
    assert recovery_s([reply(61, name="fresh", ms=5000)], since=60) is None
    assert (
        judged([reply(50)], [(10, 100)], killed="worker", killed_at=60)["seconds until a new question is answered"][
            "seen"
        ]
        == "never"
    )


def test_replies_of_several_processes_are_one_run(tmp_path):
    (tmp_path / "1.jsonl").write_text('[2.0, "fresh", 1.0, "ok"]\n[4.0, "fresh", 1.0, "ok"]')
    (tmp_path / "2.jsonl").write_text('[3.0, "shed", 1.0, "ok"]')
    (tmp_path / "3.jsonl").write_text("")

    assert [each.at for each in replies_of(tmp_path)] == [2, 3, 4]


def test_a_run_that_was_never_answered_does_not_hold():
    assert not judged([], [(10, 100)])["stages without an answer"]["holds"]
    assert not judged([], [(10, 100)], is_short=True)["stages without an answer"]["holds"]


def test_percentiles_of_nothing_are_nothing():
    assert percentile([], 99) == 0
    assert percentile([1, 2, 3], 50) == 2
