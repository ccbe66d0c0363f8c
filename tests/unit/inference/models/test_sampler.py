"""What may be drawn, how often, and that a seed decides it."""

from __future__ import annotations

import pytest
import torch

from inference.completion import SamplingParams
from inference.errors import InvalidRequest
from inference.models.sampler import Sampler, probabilities
from inference.sequence import Sequence

LOGITS = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05]))


def sequence_of(**sampling: float) -> Sequence:
    return Sequence(prompt=(1,), sampling=SamplingParams(**sampling))  # type: ignore[arg-type]


def drawn(num: int, **sampling: float) -> list[int]:
    sampler, sequence = Sampler(), sequence_of(**sampling)
    return [sampler.pick(LOGITS[None], sequence)[0] for _ in range(num)]


def test_greedy_takes_the_likeliest_of_every_row():
    assert Sampler().pick(torch.stack((LOGITS, LOGITS.flip(0))), sequence_of()) == [0, 3]


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        ({"temperature": 1.0}, [0.5, 0.3, 0.15, 0.05]),
        ({"temperature": 1.0, "top_k": 2}, [0.625, 0.375, 0, 0]),
        ({"temperature": 1.0, "top_p": 0.6}, [0.625, 0.375, 0, 0]),
        ({"temperature": 1.0, "top_p": 0.01}, [1, 0, 0, 0]),
        ({"temperature": 1.0, "top_k": 3, "top_p": 0.6}, [0.625, 0.375, 0, 0]),
    ],
)
def test_what_is_cut_is_never_drawn(sampling: dict[str, float], expected: list[float]):
    chances = probabilities(LOGITS, SamplingParams(**sampling))  # type: ignore[arg-type]

    torch.testing.assert_close(chances, torch.tensor(expected, dtype=torch.float32), rtol=0, atol=1e-6)


def test_heat_flattens_and_cold_sharpens():
    cold, plain, hot = (probabilities(LOGITS, SamplingParams(temperature=t))[0] for t in (0.5, 1.0, 2.0))

    assert cold > plain > hot


def test_draws_are_as_frequent_as_they_are_likely():
    draws = drawn(2000, temperature=1.0, seed=1)

    assert draws.count(0) / 2000 == pytest.approx(0.5, abs=0.05)


def test_a_seed_decides_the_draws():
    assert drawn(30, temperature=1.0, seed=4) == drawn(30, temperature=1.0, seed=4)
    assert drawn(30, temperature=1.0, seed=4) != drawn(30, temperature=1.0, seed=5)


def test_draws_do_not_depend_on_who_shares_the_step():
    sampler, sequence, other = Sampler(), sequence_of(temperature=1.0, seed=4), sequence_of(temperature=1.0, seed=9)

    found = []
    for _ in range(30):
        sampler.pick(LOGITS[None], other)
        found += sampler.pick(LOGITS[None], sequence)

    assert found == drawn(30, temperature=1.0, seed=4)


@pytest.mark.parametrize(
    "wrong", [{"max_tokens": 0}, {"temperature": -1}, {"top_p": 0}, {"top_k": -1}, {"stop": ("",)}]
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, object]):
    with pytest.raises(InvalidRequest):
        SamplingParams(**wrong)  # type: ignore[arg-type]
