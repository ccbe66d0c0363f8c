"""A token after a long prompt that attends to its best blocks only, against all: `python -m benchmarks.best_blocks`.

`decode`: the 58-million-weight Llama behind 16,384 made keys, bf16, one thread, the thread's own time. ``keys`` is
what a token may attend to. `mass`: how much of its attention a query keeps, in [0, 1], when it attends to a
quarter of the keys before it: in the best blocks, against the same number of latest ones. No trained decoder is at
hand, so the queries and keys are those of the packaged encoder's layers, over text of 512 tokens.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from inference.attention.best import BestBlockAttention, ceilings
from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.config import packaged_encoder
from inference.kvcache.bounds import KeyBounds
from inference.models.decoder import Decoder

from .decoders import BLOCK, checkpoint, load_ours, processor_s, storage_for
from .encoding import read_texts
from .harness import Row, report, row


class Decoding:
    """One token at a time behind ``length`` made keys."""

    def __init__(self, model: Decoder, length: int, *, max_keys: int = 0) -> None:
        plain = storage_for(model, length // BLOCK)
        bounded = KeyBounds(plain) if max_keys else None
        storage, layout = bounded or plain, plain.layout
        self._attention = BestBlockAttention(bounded, max_keys=max_keys) if bounded else PagedAttention(plain)
        for layer in range(layout.num_layers):
            made = torch.randn(length, layout.kv_heads, layout.head_dim, dtype=layout.dtype)
            storage.write(layer, torch.arange(length), made, made)
        part = Part(ids=[1], start=length - 1, block_ids=range(layout.num_blocks), slots=[length - 1])
        self._model, self._batch = model, Batch.of([part], block_size=BLOCK)

    @torch.inference_mode()
    def step(self) -> object:
        return self._model(self._batch, self._attention).argmax(-1)


def decode(model: Decoder, length: int, *, max_keys: int, repeats: int) -> Row:
    best, all_keys = Decoding(model, length, max_keys=max_keys), Decoding(model, length)
    taken: dict[Decoding, list[float]] = {best: [], all_keys: []}
    for turn in range(repeats + 3):
        for side, times in taken.items():
            seconds = processor_s(side.step)
            if turn >= 3:
                times.append(seconds)
    ours_s, peer_s = median(taken[best]), median(taken[all_keys])
    name = f"decode-{length // 1024}k"
    return row(name, ours=1 / ours_s, peer=1 / peer_s, ratio=peer_s / ours_s, unit="tok/s", keys=max_keys)


@torch.inference_mode()
def mass(texts: list[str], *, share: float = 0.25, num_texts: int = 8) -> Row:
    """Over every layer, head and every 32nd query of the later half."""
    folder = str(packaged_encoder())
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    ids = tokenizer(" ".join(texts), return_tensors="pt", truncation=False)["input_ids"][0]
    heads = model.config.num_attention_heads
    kept: dict[str, list[Tensor]] = {"best": [], "latest": [], "ideal": []}
    for piece in ids[: 512 * num_texts].split(512):
        hidden = model(piece[None], output_hidden_states=True).hidden_states
        for layer, states in zip(model.encoder.layer, hidden, strict=False):
            of = layer.attention.self
            queries, keys = (made(states)[0].view(len(piece), heads, -1) for made in (of.query, of.key))
            for place in range(len(piece) // 2, len(piece), 32):
                blocks = keys[:place].unflatten(0, (-1, BLOCK)).permute(2, 0, 1, 3)  # [heads, blocks, positions, …]
                scores = torch.einsum("hd,hbpd->hbp", queries[place], blocks) / queries.shape[-1] ** 0.5
                weights = scores.flatten(1).softmax(-1).view_as(scores).sum(-1)
                bounds = torch.stack(blocks.aminmax(dim=2), 2)
                num_picked = int(share * len(weights[0]))
                latest = torch.arange(len(weights[0])).expand_as(weights)
                rankings = {"best": ceilings(queries[place], bounds), "latest": latest, "ideal": weights}
                for name, ranking in rankings.items():
                    kept[name].append(weights.gather(1, ranking.topk(num_picked, -1).indices).sum(1))
    best, latest, ideal = (float(torch.cat(shares).mean()) for shares in kept.values())
    return row("mass-kept-by-a-quarter", ours=best, peer=latest, ratio=best / latest, unit="", ideal=ideal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--texts", type=Path, help="a reading test set to take text from (made text)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = [mass(read_texts(options.texts, limit=60)[1], num_texts=2 if options.quick else 8)]
    with checkpoint() as folder:
        model = load_ours(folder, "bf16")
    repeats = 5 if options.quick else 15
    rows += [decode(model, 16_384, max_keys=max_keys, repeats=repeats) for max_keys in (1024, 2048)]
    report("best_blocks", rows)


if __name__ == "__main__":
    main()
