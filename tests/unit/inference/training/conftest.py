"""A vocabulary of thirty words, a dozen questions and a reader of random weights: all in milliseconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from inference.training.data import Answer, Question

VOCABULARY = (
    "the mill opened in 1912 1954 burned down near river by ada babbage when did open who founded where was not first "
    "last cats sleep on mats what does do . ? a it house stood hill north south many years town"
)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder's folder: BERT of two layers, a tokenizer that truncates as the packaged one does."""
    transformers = pytest.importorskip("transformers", reason="the train extra is not installed")

    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = [
        "[PAD]",
        *(f"[unused{at}]" for at in range(99)),
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *VOCABULARY.split(),
    ]
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_truncation(8)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}))
    (folder / "special_tokens_map.json").write_text("{}")
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=160,
    )
    torch.manual_seed(7)
    transformers.BertModel(config).save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def questions() -> list[Question]:
    """Two articles of two passages each, three questions a passage."""
    made: list[Question] = []
    for title, year, name in [("Mill", "1912", "Ada"), ("House", "1954", "Babbage")]:
        for place in ("near the river", "on the hill"):
            context = f"The {title} {place} opened in {year} by {name}. It burned down. Cats sleep on mats."
            for asked, text in [
                (f"When did the {title} open?", year),
                (f"Who founded the first {title}?", name),
                (f"Where was the {title} in {year}?", place),
            ]:
                answer = Answer(text=text, start=context.index(text))
                made.append(
                    Question(id=str(len(made)), title=title, context=context, question=asked, answers=(answer,))
                )
    return made
