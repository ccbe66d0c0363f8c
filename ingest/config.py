"""Ingestion's settings: chunk size in the encoder's tokens, and the limits that keep a bad file harmless."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestConfig:
    """How a source becomes chunks, and what the parser's child process may use.

    ``ocr`` reads pages that are pictures, up to so many of a document, where the extra is installed.
    """

    chunk_tokens: int = 220
    overlap_tokens: int = 30
    max_unpacked_bytes: int = 1 << 30
    max_text_chars: int = 50_000_000
    parser_timeout_s: float = 120.0
    parser_cpu_s: int = 60
    parser_memory_bytes: int = 1 << 30
    ocr: bool = True
    ocr_max_pages: int = 1_000
    ocr_threads: int = 1
    ocr_page_s: float = 60.0
    ocr_timeout_s: float = 7_200.0
    ocr_memory_bytes: int = 4 << 30

    def __post_init__(self) -> None:
        if not 16 <= self.chunk_tokens <= 4096:
            raise ValueError(f"chunk_tokens must lie in [16, 4096], got {self.chunk_tokens}")
        if not 0 <= self.overlap_tokens < self.chunk_tokens:
            raise ValueError(f"overlap_tokens must lie in [0, chunk_tokens), got {self.overlap_tokens}")

    @property
    def fingerprint(self) -> str:
        """Names the settings that shape chunks; equal fingerprints give equal chunks."""
        return f"chunks-1:{self.chunk_tokens}:{self.overlap_tokens}"
