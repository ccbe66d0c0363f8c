"""Stages as text, and which of them runs when."""

import pytest

from locustfiles.stages import PROFILES, at, stages_of
from locustfiles.trouble import last_of


def test_stages_are_read_as_they_are_written():
    assert stages_of("100x60,1000x90") == [(100, 60.0), (1000, 90.0)]


def test_stages_follow_each_other_and_end():
    stages = stages_of("5x10,7x10")

    assert [at(stages, second) for second in (0, 9.9, 10, 20)] == [(5, 10), (5, 10), (7, 10), None]
    assert last_of(stages) == (10, 10)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_can_be_read(name):
    assert stages_of(PROFILES[name].stages)


def test_the_quick_run_leaves_a_minute_of_its_three_to_start_and_to_report():
    assert sum(seconds for _, seconds in stages_of(PROFILES["quick"].stages)) <= 125
