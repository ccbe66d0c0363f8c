"""The packaged encoder → its feed-forwards in INT8, trained, measured, written to the folder that ships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from inference.models.bert import BertForEmbedding
from inference.quant.products import FeedWeights, Products
from inference.tokenizer import Tokenizer
from inference.weights.loader import weights_digest
from inference.weights.rounded import ZERO

from .checkpoint import write_record
from .data import read_questions
from .distill import DistillConfig, Distiller, rows_of
from .likeness import likeness, shared_neighbours, vectors_of
from .quantize import rounded
from .ship import PACKAGE
from .texts import Texts

_CARD = """\
---
license: apache-2.0
language: en
library_name: safetensors
pipeline_tag: sentence-similarity
base_model: {base}
---

# The packaged encoder's feed-forwards in static INT8

The feed-forwards of the six layers of the encoder that the product installs as the package `{package}`, two thirds of
its products, trained to give in INT8 the vectors that they give in fp32. All else is the package's own. Where a
machine has exact INT8 products and they measure faster at the start, these embed; elsewhere, and with
`KBQA_QUANTIZATION=bf16` or `fp32`, the package's do. The encoder's fingerprint is the same, so an index built with
either is searched with either.

The products are stored in INT8 with the scale of each output and the step of each input
(`inference/weights/rounded.py`); {copies} channels more in each feed-forward continue those that run past the largest
step (`inference/training/split.py`). They belong to the weights with the digest `{weights}` and to no others.

## Figures

Against the fp32 vectors of the same texts, none of which it was trained on:

{figures}

- `cosine`, `least_cosine`: likeness of a text's two vectors, on average and at worst.
- `overlap`: the share of a question's ten nearest passages that stay so, among `passages` of them; `mixed_overlap`
  the same where only the question is embedded in INT8.

## Training

```
{command}
```

{steps} steps, {texts} texts, {minutes} minutes on {hardware}, seed {seed}. The teacher is the encoder itself. Texts:
questions, sentences and windows of paragraphs of SQuAD 1.1 train, the QED subset of Natural Questions train and a
quarter of CMRC 2018 train, and made-up odd ones for {odd:.0%} of them (numbers, code, addresses, capitals,
repetitions, other scripts). The loss is one minus the cosine, plus the squared differences of similarities within a
step, plus {states_weight:g} times the tokens' states' relative error; rounding is passed straight through, and the
inputs' steps learn along (LSQ). The schedule follows the
clock, so a faster machine trains longer in the same time.

## Licences

Apache 2.0, as the encoder they were made from. The texts told it how to round, and are not in it.
"""


_TEXTS = ("squad_v1", "natural_questions_qed", "cmrc2018")
_DEV = ("squad_v1", "cmrc2018")
_QUARTER = 4  # is what the last of each counts: the encoder can hardly read it, and must not fall apart over it
_POOLING, _WINDOW = "mean", 256  # the packaged encoder's own


def train(
    run: Path, *, base: Path, data: Path, target: Path, config: DistillConfig, hardware: str, limit: int
) -> dict[str, Any]:  # Any: JSON
    """Train in ``run``, or go on there; write ``target``; returns the figures on ``limit`` dev passages."""
    tokenizer = Tokenizer(base)
    plain, learning = (BertForEmbedding.load(base, pooling=_POOLING) for _ in range(2))
    distiller = Distiller(plain, learning, tokenizer, _texts(data), config=config)
    distiller.resume(run)
    distiller.run(run)
    feeds = distiller.learned()
    training = {
        "command": f"python -m inference.training --threads {torch.get_num_threads()} encoder --data DATA"
        f" --folder RUN --target TARGET --minutes {config.minutes:g} --learning-rate {config.learning_rate:g}"
        f" --seed {config.seed} --hardware …",
        "config": asdict(config),
        "steps": distiller.progress.steps,
        "texts": distiller.progress.texts,
        "minutes": round(distiller.progress.elapsed_s / 60, 1),
        "hardware": hardware,
    }
    figures = _figures(feeds, base=base, data=data, tokenizer=tokenizer, limit=limit, seed=config.seed)
    write_encoder(feeds, base=base, target=target, training=training, figures=figures)
    return figures


def _texts(data: Path) -> Texts:
    sets = [list(read_questions(data / f"{name}.train.jsonl.gz")) for name in _TEXTS]
    sets[-1] = sets[-1][::_QUARTER]
    return Texts.of([question for questions in sets for question in questions])


def _figures(
    feeds: Sequence[FeedWeights], *, base: Path, data: Path, tokenizer: Tokenizer, limit: int, seed: int
) -> dict[str, Any]:  # Any: JSON
    """Likeness to fp32 of the vectors as they are served."""
    plain, served = (BertForEmbedding.load(base, pooling=_POOLING) for _ in range(2))
    plain.encoder.arrange(lambda _, weights: Products.packed(weights, torch.float32))
    served.encoder.know_rounded(feeds)
    served.encoder.arrange_calibrated()
    window = min(_WINDOW, plain.encoder.positions.num_embeddings)
    random, figures = np.random.default_rng(seed), {}
    for name in _DEV:
        rows = list(read_questions(data / f"{name}.dev.jsonl.gz"))
        contexts = list(dict.fromkeys(row.context for row in rows))
        at_most = limit // _QUARTER if name == _DEV[-1] else limit
        drawn = (
            random.permutation([row.question for row in rows])[:at_most].tolist(),
            random.permutation(contexts)[:at_most].tolist(),
        )
        (q, their_q), (p, their_p) = (
            tuple(vectors_of(model, rows_of(texts, tokenizer, max_tokens=window)) for model in (plain, served))
            for texts in drawn
        )
        figures[f"{name}.dev, questions"] = {
            **likeness(q, their_q),
            "overlap": round(shared_neighbours((q, their_q), (p, their_p)), 4),
            "mixed_overlap": round(shared_neighbours((q, their_q), (p, p)), 4),
            "questions": len(q),
        }
        figures[f"{name}.dev, passages"] = {**likeness(p, their_p), "passages": len(p)}
    return figures


def write_encoder(
    feeds: Sequence[FeedWeights], *, base: Path, target: Path, training: Mapping[str, Any], figures: Mapping[str, Any]
) -> None:  # Any: JSON
    """Write ``target``: the feed-forwards, trained beside the rest of ``base``."""
    target.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    for number, feed in enumerate(feeds):
        tensors |= _stored(f"layers.{number}", feed)
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    record = {
        "base": "sentence-transformers/all-MiniLM-L6-v2",
        "rounds": {"package": PACKAGE, "weights": weights_digest(base), "layers": len(feeds)},
        "training": dict(training),
        "figures": dict(figures),
    }
    write_record(target, record, card=card_of)


def card_of(record: Mapping[str, Any]) -> str:  # Any: JSON
    training, rounds = record["training"], record["rounds"]
    rows = [f"| {name} | {_words(values)} |" for name, values in sorted(record["figures"].items())]
    return _CARD.format(
        base=record["base"],
        package=rounds["package"],
        weights=rounds["weights"],
        copies=training["config"]["copies"],
        figures="\n".join(["| texts | figures |", "|---|---|", *rows]),
        command=training["command"],
        steps=training["steps"],
        texts=training["texts"],
        minutes=training["minutes"],
        hardware=training["hardware"],
        seed=training["config"]["seed"],
        states_weight=training["config"]["states_weight"],
        odd=training["config"]["odd"],
    )


def _words(values: Mapping[str, Any]) -> str:  # Any: JSON
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _stored(name: str, feed: FeedWeights) -> dict[str, Tensor]:
    steps = feed.steps
    return {
        **rounded(f"{name}.up", feed.up, steps.up),
        **rounded(f"{name}.down", feed.down, torch.tensor([steps.middle])),
        f"{name}.down{ZERO}": torch.tensor([steps.middle_zero], dtype=torch.int32),
        f"{name}.up.bias": feed.up_bias.clone(),
        f"{name}.down.bias": feed.down_bias.clone(),
    }
