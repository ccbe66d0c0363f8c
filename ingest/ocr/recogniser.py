"""RapidOCR over a page's picture of any length, whichever way up it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_STRIP, _OVERLAP = 1_800, 120  # pixels: a sheet of A4 at 150 dots an inch is one strip
_MAX_SIDE = 4_000
_CLEAR = 0.85  # the mean score of lines that are read the right way up
_LEAST_SCORE = 0.6  # below, what was recognised is a smudge as often as a word
Corners = np.ndarray  # [4, 2] float: x and y in pixels, from the upper left corner of the text as it is read


@dataclass(frozen=True, slots=True)
class Found:
    """One line of text."""

    text: str
    score: float
    corners: Corners

    @property
    def is_tall(self) -> bool:
        width, height = np.ptp(self.corners, axis=0)
        return bool(height > 1.5 * width)


class Recogniser:
    """The networks, loaded at once; ``threads`` are started here, since a sealed process starts none."""

    def __init__(self, *, threads: int) -> None:
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)
        ocr: Any = RapidOCR(  # Any: rapidocr has no types
            params={
                "Global.log_level": "error",
                "Global.max_side_len": _MAX_SIDE,
                "Global.text_score": 0.0,  # `lines` judges
                "Global.use_cls": False,
                "Rec.rec_batch_num": 1,  # lines side by side are as wide as the widest: six take a third longer
                "Det.limit_type": "max",  # the other enlarges a strip of ten pixels to one of seven hundred
                "Det.limit_side_len": _MAX_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        ocr(np.full((64, 256, 3), 255, dtype=np.uint8))  # what loads at its first use loads now
        ocr._load_rec_model()  # where nothing is detected, nothing is recognised
        self._ocr = ocr

    def lines(self, picture: np.ndarray) -> list[Found]:
        """What is sure enough on a picture, uint8 of shape [height, width, 3] in blue, green, red.

        A page that reads badly is tried upside down, one of upright lines on its sides as well.
        """
        best = self._read(picture)
        lies_on_its_side = sum(len(line.text) * (1 if line.is_tall else -1) for line in best) > 0
        if lies_on_its_side or _mean_score(best) < _CLEAR:
            for turns in (1, 3) if lies_on_its_side else (2,):
                other = [_turned_back(line, turns, picture.shape) for line in self._read(np.rot90(picture, turns))]
                if _worth(other) > _worth(best) * (0.95 if lies_on_its_side else 1.0):
                    best, lies_on_its_side = other, False
        return [line for line in best if line.score >= _LEAST_SCORE]

    def _read(self, picture: np.ndarray) -> list[Found]:
        """Strip by strip, each line in the strip that holds its middle."""
        height, found = picture.shape[0], list[Found]()
        for start in range(0, max(1, height - _OVERLAP), _STRIP - _OVERLAP):
            end = min(height, start + _STRIP)
            from_, to = start + bool(start) * _OVERLAP // 2, end if end == height else end - _OVERLAP // 2
            for line in self._read_strip(picture[start:end]):
                placed = Found(line.text, line.score, line.corners + np.array([0, start]))
                if from_ <= placed.corners[:, 1].mean() < to:
                    found.append(placed)
        return found

    def _read_strip(self, strip: np.ndarray) -> list[Found]:
        said = self._ocr(np.ascontiguousarray(strip))
        if said.boxes is None or said.txts is None:
            return []
        return [
            Found(text, float(score), np.asarray(box, dtype=np.float64))
            for text, score, box in zip(said.txts, said.scores, said.boxes, strict=True)
        ]


def _mean_score(found: list[Found]) -> float:
    """Over letters; 1 where there are none, since turning finds no more."""
    letters = sum(len(line.text) for line in found)
    return _worth(found) / letters if letters else 1.0


def _worth(found: list[Found]) -> float:
    return sum(line.score * len(line.text) for line in found)


def _turned_back(line: Found, turns: int, shape: tuple[int, ...]) -> Found:
    """Its place on the picture before that was turned by so many quarters against the clock."""
    height, width = shape[:2]
    x, y = line.corners.T
    match turns:
        case 1:
            back = np.stack([width - 1 - y, x], axis=1)
        case 2:
            back = np.stack([width - 1 - x, height - 1 - y], axis=1)
        case _:
            back = np.stack([y, height - 1 - x], axis=1)
    return Found(line.text, line.score, back)
