"""How large a collection's passages are made: the installation's size, half of it or twice."""

from dataclasses import replace

from django.conf import settings

from ingest.config import IngestConfig

from .models import ChunkSize, Collection

_SHARES = {ChunkSize.SMALL: 0.5, ChunkSize.NORMAL: 1.0, ChunkSize.LARGE: 2.0}


def ingest_config(collection: Collection) -> IngestConfig:
    """As the operator set it, and the collection's owner on top."""
    config, share = IngestConfig(**settings.INGEST), _SHARES[ChunkSize(collection.chunk_size)]
    tokens = min(4096, max(16, round(config.chunk_tokens * share)))
    return replace(config, chunk_tokens=tokens, overlap_tokens=min(round(config.overlap_tokens * share), tokens - 1))
