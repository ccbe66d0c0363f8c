"""A reader's record → its model card."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]  # Any: a JSON document

_TEMPLATE = """\
---
license: cc-by-sa-4.0
language: en
library_name: transformers
pipeline_tag: question-answering
base_model: {base}
---

# The product's reader

A BERT of six layers and 384 dimensions (22.6 million parameters) with a span head. It marks where a passage answers a
question, or that it does not (both ends at `[CLS]`). English only: its vocabulary knows 488 Chinese characters.
{apart}{stored}

## Input and output

`[CLS] question [SEP] passage [SEP]`, token types 0 and 1, at most {max_tokens} tokens; longer passages in windows that
overlap by {overlap} tokens. A span lies within the passage and has at most {max_answer_tokens} tokens. Its *margin* is
start logit + end logit − (start + end logit at `[CLS]`; for several windows the least of them). Passages compete by
margin. The probability that the best answer is right comes from `inference/calibration.py` with the numbers in
`checkpoint.json`; below `abstain_below` ({abstain_below}) silence serves better.{titles}

## Figures

{figures}

- `em`, `f1`: SQuAD's, in percent, with every question answered.
- `auroc`, `auroc_margin`: how well the probability, or the margin alone, tells answerable questions from others;
  `auroc_right` tells right answers from wrong ones.
- `ece`: expected calibration error of the probability of being right (F1 of at least 0.5), 15 bins.
- `f1_default`: F1 with silence below `abstain_below`, 100 for silence where no passage answers; `f1_best` at the best
  margin for that set.

Brackets are 95 % bootstrap intervals. Passages are given unless the row says otherwise. *Mixed* is SQuAD 1.1 dev as
the calibration sees it: five passages retrieved by rare words, with the right one or without it, the right one
alone, a wrong one alone, and questions twisted until nothing answers them. *Other articles*: none of those that the
calibration was fitted on; the same holds for `squad_v2.dev`. *Yes or no* are BoolQ's questions among passages in the
same way: right is the passage that decides. Computed by `python -m inference.training evaluate` and `calibrate`, with
`--bf16`; the figures of the product as it ships come from `manage.py evaluate`.

## Training

```
{command}
```

{steps} steps, {examples} examples, {minutes} minutes of training on {hardware}, bfloat16 autocast, seed {seed}, the
word embeddings frozen, no dropout. The data: SQuAD 1.1 train (without answers that occur several times in their
paragraph), the QED subset of Natural Questions train (twice), and about 17 % unanswerable pairs made from them: a
question with another paragraph of its article, or with a paragraph that shares its rare words. When a third of the
time is used, twisted questions join, up to 16,000 unless the command says more: another name or year, an opposite, a
negation, on the paragraph that no longer answers; for 30 % of them the question stays, and the sentence that answers
it is left out. Windows grow from {first_max_tokens} to {last_max_tokens} tokens
during the run. {reworded}No dev set was trained on.

{titled}{notes}The schedule follows the clock, so a faster machine trains longer in the same time. Every setting is in
`checkpoint.json`.

## Limits

- Trained on Wikipedia: other kinds of text are read less well, and a sure tone is not evidence there.
- It copies; it does not count, compare, or combine two sentences. To yes or no it gives the sentence that decides.
- One answer a span: lists that are scattered over a passage come out in part.

## Licences

Weights under CC BY-SA 4.0, as their data (SQuAD, CC BY-SA 4.0; QED, CC BY-SA 3.0); the encoder they started from is
Apache 2.0.
"""


_TITLES = """ Titles and headings may
stand before the passage, up to 48 tokens of them in each window; no answer is looked for there."""
_APART = """The lower {layers} layers see question and passage apart, so that what they make of a passage is computed
once and kept (`inference/models/seam.py`).
"""
_REWORDED = """Beside them join questions in other words than their
passage's: what they share with the sentence that answers gives way to its neighbours among the encoder's words.
"""
_EXPORTED = "Weights are stored in float16."
_SHIPPED = """The layers' products are stored in INT8 with the scale of each output and the step of each input
(`inference/weights/rounded.py`), tables in float16; the word embeddings and the vocabulary are the encoder's own. The
figures below are those of the weights before they were rounded, but where a row says *as shipped*: those come from
`manage.py evaluate`."""


def card_of(record: Json) -> str:
    """The card of a reader with this record."""
    training, reading = record["training"], record["reading"]
    share = training["config"].get("titled", 0.0)
    return _TEMPLATE.format(
        base=record["base"],
        max_tokens=reading["max_tokens"],
        overlap=reading["overlap"],
        titles=_TITLES if reading.get("titles") else "",
        titled=f"{share:.0%} of the paragraphs stand below their article's title.\n\n" if share else "",
        max_answer_tokens=reading["max_answer_tokens"],
        abstain_below=record.get("abstain_below", "not yet fitted"),
        apart=_APART.format(layers=layers) if (layers := training["config"].get("layers_apart", 0)) else "",
        stored=_SHIPPED if "words" in record else _EXPORTED,
        figures="\n".join(_figure_rows(record["figures"])) or "Not evaluated yet.",
        command=training["command"],
        reworded=_REWORDED if "--reworded" in training["command"] else "",
        notes=f"{training['notes']}\n\n" if "notes" in training else "",
        steps=training["steps"],
        examples=training["examples"],
        minutes=training["minutes"],
        hardware=training["hardware"],
        seed=training["config"]["seed"],
        first_max_tokens=training["config"]["first_max_tokens"],
        last_max_tokens=training["config"]["last_max_tokens"],
    )


def _figure_rows(figures: Json) -> list[str]:
    if not figures:
        return []
    head = ["| set | figures |", "|---|---|"]
    return [*head, *(f"| {name} | {_words(values)} |" for name, values in sorted(figures.items()))]


def _words(values: Json) -> str:
    shown: list[str] = []
    for name, value in values.items():
        if name.endswith("_interval"):
            shown[-1] += f" {json.dumps(value)}"
        else:
            shown.append(f"{name} {value}")
    return ", ".join(shown)
