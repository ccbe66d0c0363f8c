"""llama.cpp as a peer: a checkpoint of ours as a GGUF file, and greedy decoding of a batch on one thread; no benchmark.

llama-cpp-python compiles llama.cpp when it is installed, so it is no part of an extra: `pip install llama-cpp-python
gguf` where cmake and a compiler are, some twenty minutes of one core. Without it `is_there` says no, and its cases are
left out.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

_STEP_TOKENS = 512
_PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
_WHOLE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def is_there() -> bool:
    return all(importlib.util.find_spec(name) for name in ("llama_cpp", "gguf"))


def write_gguf(folder: Path, path: Path, kind: str) -> None:
    """The Llama or Qwen2 in ``folder``, its matrices in ``kind``, Q8_0 or Q4_0; without words."""
    import gguf
    from gguf import quants

    config, how = json.loads((folder / "config.json").read_text()), getattr(gguf.GGMLQuantizationType, kind)
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    writer = gguf.GGUFWriter(path, config["model_type"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("none")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    for name, tensor in load_file(folder / "model.safetensors").items():
        stem, _, part = name.rpartition(".")
        ours, numbers = _name(stem), tensor.float().numpy()
        if config["model_type"] == "llama" and ours.endswith(("attn_q", "attn_k")):  # pairs there, halves here
            turned = heads if ours.endswith("attn_q") else kv_heads
            numbers = numbers.reshape(turned, 2, -1, numbers.shape[-1]).swapaxes(1, 2).reshape(numbers.shape)
        if numbers.ndim == 2:
            writer.add_tensor(f"{ours}.{part}", quants.quantize(numbers, how), raw_dtype=how)
        else:
            writer.add_tensor(f"{ours}.{part}", numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _name(stem: str) -> str:
    if stem in _WHOLE:
        return _WHOLE[stem]
    number, _, part = stem.removeprefix("model.layers.").partition(".")
    return f"blk.{number}.{_PARTS[part]}"


class LlamaCpp:
    """A GGUF file's network; prompts of one length together, each step all of them."""

    def __init__(self, path: Path, *, max_tokens: int, max_batch: int = 8) -> None:
        import llama_cpp

        self._api: Any = llama_cpp  # Any: a C library's functions
        self._log = llama_cpp.llama_log_callback(lambda *_: None)  # kept, or it is called after it is freed
        llama_cpp.llama_log_set(self._log, ctypes.c_void_p())
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_seq_max = max_tokens * max_batch, max_batch
        params.n_batch = params.n_ubatch = _STEP_TOKENS
        params.n_threads = params.n_threads_batch = 1
        self._context = llama_cpp.llama_init_from_model(self._model, params)
        self._batch = llama_cpp.llama_batch_init(_STEP_TOKENS, 0, max_batch)
        self._vocab_size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self._model))

    def generate(self, prompts: Sequence[tuple[int, ...]], *, num_tokens: int) -> list[list[int]]:
        """Greedy tokens after each prompt."""
        self._api.llama_memory_clear(self._api.llama_get_memory(self._context), True)
        entries = [(token, at, row) for row, prompt in enumerate(prompts) for at, token in enumerate(prompt)]
        wanted = [(row + 1) * len(prompts[0]) - 1 for row in range(len(prompts))]
        latest = self._step(entries, wanted)
        picked = [[token] for token in latest]
        for at in range(len(prompts[0]), len(prompts[0]) + num_tokens - 1):
            latest = self._step([(token, at, row) for row, token in enumerate(latest)], list(range(len(prompts))))
            for tokens, token in zip(picked, latest, strict=True):
                tokens.append(token)
        return picked

    def _step(self, entries: list[tuple[int, int, int]], wanted: list[int]) -> list[int]:
        """(token, position, row) each; the likeliest token after those at the places ``wanted``."""
        found = []
        for first in range(0, len(entries), _STEP_TOKENS):
            piece, batch = entries[first : first + _STEP_TOKENS], self._batch
            batch.n_tokens = len(piece)
            for place, (token, position, row) in enumerate(piece):
                batch.token[place], batch.pos[place] = token, position
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, row
                batch.logits[place] = first + place in wanted
            if status := self._api.llama_decode(self._context, batch):
                raise RuntimeError(f"llama_decode says {status}")
            for place in wanted:
                if first <= place < first + len(piece):
                    logits = self._api.llama_get_logits_ith(self._context, place - first)
                    found.append(int(np.ctypeslib.as_array(logits, (self._vocab_size,)).argmax()))
        return found
