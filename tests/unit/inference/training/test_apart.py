"""Below the seam a passage is what it is, whatever is asked; above it the question counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from inference.models.bert import BertForSpans
from inference.models.row_attention import PackedRows
from inference.models.seam import PASSAGE_FROM
from inference.quant.products import Products
from inference.request import Row as EngineRow
from inference.training.apart import positions_of
from inference.training.batches import CLS, SEP, Row, collate
from inference.training.data import Question, load_tokenizer, tokenise
from inference.training.export import export
from inference.training.loop import TrainConfig, Trainer
from inference.training.network import load_reader, reader_from
from tests.tiny_training import trained_a_little

PASSAGE = torch.arange(104, 112, dtype=torch.int32).numpy()
ASKED = [torch.tensor(ids, dtype=torch.int32).numpy() for ids in ([120, 121], [113, 114, 115, 116])]


def passage_logits(base: Path, *, layers_apart: int) -> list[torch.Tensor]:
    """The start logits of the same passage, read for a short and for a long question, both in one batch."""
    model = reader_from(base, seed=1, layers_apart=layers_apart).eval()
    batch = collate([Row(question=asked, passage=PASSAGE, start=0, end=0) for asked in ASKED])
    with torch.inference_mode():
        output = model(
            input_ids=batch.input_ids, token_type_ids=batch.token_type_ids, attention_mask=batch.attention_mask
        )
    return [output.start_logits[at, len(asked) + 2 : len(asked) + 2 + len(PASSAGE)] for at, asked in enumerate(ASKED)]


def test_layers_apart_make_of_a_passage_what_they_would_for_any_question(base: Path):
    first, second = passage_logits(base, layers_apart=2)  # all of them

    torch.testing.assert_close(first, second)


def test_a_layer_above_joins_it_with_the_question(base: Path):
    first, second = passage_logits(base, layers_apart=1)

    assert (first - second).abs().max() > 1e-5  # random weights are small


def test_a_passage_has_its_own_positions():
    is_passage = torch.tensor([[0, 0, 0, 1, 1, 0], [0, 0, 1, 1, 1, 1]]).bool()

    places = positions_of(is_passage)

    assert places[0].tolist() == [0, 1, 2, PASSAGE_FROM, PASSAGE_FROM + 1, 5]
    assert places[1].tolist() == [0, 1, *range(PASSAGE_FROM, PASSAGE_FROM + 4)]


@pytest.mark.parametrize("layers_apart", [0, 1])
def test_an_exported_reader_reads_as_it_was_trained(
    base: Path, questions: list[Question], tmp_path: Path, layers_apart: int
):
    examples = tokenise(questions, load_tokenizer(base))
    config = TrainConfig(minutes=1, batch_tokens=128, layers_apart=layers_apart)
    model = reader_from(base, seed=1, layers_apart=layers_apart)
    trained_a_little(Trainer(model, examples, config=config, folder=tmp_path / "run"))
    export(tmp_path / "run", base=base, target=tmp_path / "exported", hardware="a test's machine")
    batch = collate([Row(question=ASKED[0], passage=PASSAGE, start=0, end=0)])
    given = {"input_ids": batch.input_ids, "token_type_ids": batch.token_type_ids}

    with torch.inference_mode():
        trained, loaded = (
            network(**given, attention_mask=batch.attention_mask).start_logits
            for network in (model.eval(), load_reader(tmp_path / "exported").model)
        )

    torch.testing.assert_close(loaded, trained, rtol=1e-2, atol=1e-3)  # float16's weights
    assert json.loads((tmp_path / "exported" / "config.json").read_text()).get("num_layers_apart", 0) == layers_apart


def test_a_teacher_draws_its_pupil_nearer(base: Path, questions: list[Question], tmp_path: Path):
    examples = tokenise(questions, load_tokenizer(base))
    teacher, pupil = reader_from(base, seed=3).eval(), reader_from(base, seed=1, layers_apart=1)
    config = TrainConfig(minutes=1, learning_rate=1e-2, batch_tokens=128)
    running = Trainer(pupil, examples, config=config, folder=tmp_path, teacher=teacher)

    for _ in range(20):
        for batch in running._next_pool():
            running._step(batch, share=0.04)

    assert running._log[-1] < 0.7 * running._log[0]
    assert all(parameter.grad is None for parameter in teacher.parameters())


def test_the_engine_reads_as_it_was_trained_whether_or_not_it_knows_the_passage(
    base: Path, questions: list[Question], tmp_path: Path
):
    examples = tokenise(questions, load_tokenizer(base))
    config = TrainConfig(minutes=1, batch_tokens=128, layers_apart=1)
    trained_a_little(
        Trainer(reader_from(base, seed=1, layers_apart=1), examples, config=config, folder=tmp_path / "run")
    )
    export(tmp_path / "run", base=base, target=tmp_path / "exported", hardware="a test's machine")
    trained = load_reader(tmp_path / "exported").model
    network = BertForSpans.load(tmp_path / "exported")
    network.encoder.arrange(lambda _, weights: Products.packed(weights, torch.float32))
    rows = [
        Row(question=asked, passage=passage, start=0, end=0) for asked in ASKED for passage in (PASSAGE, PASSAGE[:5])
    ]
    batch = collate(rows)

    with torch.inference_mode():
        expected = trained(
            input_ids=batch.input_ids, token_type_ids=batch.token_type_ids, attention_mask=batch.attention_mask
        )
        packed = PackedRows.of([_packed(row) for row in rows])
        fresh, known = network(packed), network(packed)

    assert (network.seam.num_misses, network.seam.num_hits) == (4, 4)
    assert torch.equal(fresh, known)
    for row, starts, logits in zip(rows, expected.start_logits, fresh.split([row.length for row in rows]), strict=True):
        torch.testing.assert_close(logits[:, 0], starts[: row.length], rtol=0.02, atol=0.02)  # INT8 at the seam


def _packed(row: Row) -> EngineRow:
    return EngineRow((CLS, *row.question.tolist(), SEP, *row.passage.tolist(), SEP), second_from=len(row.question) + 2)
