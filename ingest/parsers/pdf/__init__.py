"""PDF, by PDFium."""

from .parser import parse

__all__ = ["parse"]
