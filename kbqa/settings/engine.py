"""Which checkpoints the engine serves, within which budgets and deadlines."""

import os
from typing import Any

from .core import ENV
from .machine import engine_threads, num_cores

# Two idle torch threads on a busy machine spin and steal the core from the one that works.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ENGINE: dict[str, Any] = {  # Any: EngineConfig's own fields
    "encoder": ENV.encoder or None,
    "reader": ENV.reader or None,
    "read_first": ENV.read_first,
    "quantization": ENV.quantization,
    "device": ENV.device,
    "onnx": ENV.onnx or None,
    "threads": ENV.engine_threads or engine_threads(num_cores()),
    "max_queue": ENV.engine_queue,
    "states_folder": str(ENV.data_dir / "states") if ENV.states_mb else None,
    "states_mb": max(1, ENV.states_mb),
    "generator": ENV.generator or None,
    "allow_downloads": ENV.allow_downloads,
}
DECODING: dict[str, Any] = {  # Any: DecodingConfig's own fields
    "max_context_length": ENV.generator_context,
    "cache_mb": ENV.generator_cache_mb,
}
GENERATOR_URL, GENERATOR_MODEL, GENERATOR_KEY = ENV.generator_url, ENV.generator_model, ENV.generator_key
GENERATOR_CONTEXT, GENERATOR_TOKENS = ENV.generator_context, ENV.generator_tokens
ENGINE_URL, ENGINE_KEY, ENGINE_CA = ENV.engine_url, ENV.engine_key, ENV.engine_ca
INGEST: dict[str, Any] = {  # Any: IngestConfig's own fields
    "chunk_tokens": ENV.chunk_tokens,
    "overlap_tokens": ENV.overlap_tokens,
    "ocr": ENV.ocr,
    "ocr_max_pages": ENV.ocr_max_pages,
    "ocr_threads": min(4, num_cores()),  # they give way to whoever asks
}
ANSWER_DEADLINE_S = ENV.deadline_s
RETRIEVAL_DEADLINE_S = ENV.retrieval_deadline_ms / 1000
ABSTAIN_BELOW = None if ENV.abstain_below < 0 else ENV.abstain_below
NUM_PASSAGES = ENV.num_passages
ANSWER_CACHE_TTL_S = ENV.cache_ttl_s
ASKS_A_MINUTE = ENV.asks_a_minute
MAX_WAIT_S = ENV.max_wait_s
MAX_QUESTION_CHARS = 2_000
