"""Text in pictures: pages that hold none of their own, read by RapidOCR in confined processes (the extra ``ocr``)."""

from .reading import is_installed, recognize

__all__ = ["is_installed", "recognize"]
