"""The recogniser itself: pages that lie the wrong way up, are very long, or very narrow."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ingest.ocr.recogniser import Found, Recogniser
from tests.scans import page_of

pytestmark = pytest.mark.slow
WORDS = ("Northern light, station log", "The lamp was trimmed at 21:40", "Wind from the north-west, force 6")


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(threads=1)


def read(recogniser: Recogniser, picture: Image.Image) -> list[Found]:
    return recogniser.lines(np.asarray(picture.convert("RGB")))


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_is_read_whichever_way_up_it_lies(recogniser: Recogniser, turns: int) -> None:
    page = page_of(*WORDS)
    upright = {letters(line.text): line.corners for line in read(recogniser, page)}

    found = read(recogniser, page.rotate(90 * turns, expand=True))

    assert sorted(letters(line.text) for line in found) == sorted(map(letters, WORDS))
    first = next(line for line in found if line.text.startswith("Northern"))
    x, y = first.corners[0]  # the upper left corner as it is read
    back = {
        0: (x, y),
        1: (page.width - 1 - y, x),
        2: (page.width - 1 - x, page.height - 1 - y),
        3: (y, page.height - 1 - x),
    }
    assert np.abs(np.array(back[turns]) - upright[letters(WORDS[0])][0]).max() < 12


def test_a_page_of_many_strips_is_read_once_each_line(recogniser: Recogniser) -> None:
    lines = [f"Entry number {number} of the log" for number in range(70)]

    found = read(recogniser, page_of(*lines))

    assert [letters(line.text) for line in found] == [letters(line) for line in lines]
    tops = [line.corners[0, 1] for line in found]
    assert tops == sorted(tops)


@pytest.mark.parametrize("size", [(1, 1), (10, 4000), (4000, 10), (300, 200)])
def test_nothing_is_found_in_nothing(recogniser: Recogniser, size: tuple[int, int]) -> None:
    assert read(recogniser, Image.new("L", size, 255)) == []
