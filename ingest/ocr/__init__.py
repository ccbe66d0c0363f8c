"""Text in pictures: pages that hold none of their own, read by RapidOCR in confined processes (the extra ``ocr``)."""

from functools import cache
from importlib.util import find_spec


@cache
def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
