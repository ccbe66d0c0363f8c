"""What people see has a name in their words, whatever the code calls it."""

import numpy as np

from inference import calibration
from inference.reading import evidence, ranking
from kbqa.web.labels import SIGNALS


def test_every_signal_of_a_probability_has_a_name():
    sentences = np.zeros((2, len(ranking.FEATURES)), dtype=np.float32)
    ranked = ranking.ranked_signals(np.zeros(2), sentences, passages=np.arange(2))
    by_similarity = evidence._CALIBRATION.keys() - {"bias"}

    assert {*ranked, *by_similarity, *calibration.FEATURES} - SIGNALS.keys() == set()
