"""What every engine promises its callers: the embedded one, the remote one, and the fake that stands for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

from inference import Deadline, DeadlineExceeded, Engine, EngineConfig, EngineFailed, InvalidRequest
from inference.export import main as export
from tests.fakes import FakeEngine
from tests.remote import served
from tests.tiny import write_encoder, write_reader

PASSAGES = ["The mill opened in 1912. It burned down.", "Cats sleep on mats.", ""]


def evidence(folder: Any) -> Engine:
    return Engine(EngineConfig(encoder=str(write_encoder(folder / "encoder")), use_reader=False))


def trained(folder: Any) -> Engine:
    return Engine(
        EngineConfig(encoder=str(write_encoder(folder / "encoder")), reader=str(write_reader(folder / "reader")))
    )


def exported(folder: Any) -> Engine:
    """The trained one, its networks run by onnxruntime."""
    return Engine(
        EngineConfig(encoder=str(folder / "encoder"), reader=str(folder / "reader"), onnx=str(folder / "onnx"))
    )


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Written once: it takes seconds."""
    folder = tmp_path_factory.mktemp("exported")
    encoder, reader = write_encoder(folder / "encoder"), write_reader(folder / "reader")
    assert export(["--encoder", str(encoder), "--reader", str(reader), str(folder / "onnx")]) == 0
    return folder


KINDS = {"evidence": evidence, "reader": trained, "exported": exported, "fake": lambda _: FakeEngine()}


@pytest.fixture(params=["evidence", "reader", "exported", "fake", "remote evidence", "remote reader"])
def engine(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Any]:  # Any: an engine
    where, _, kind = request.param.rpartition(" ")
    made: Any = KINDS[kind](request.getfixturevalue("graphs") if kind == "exported" else tmp_path)
    with served(made) if where else nullcontext(made) as asked:
        yield asked
    made.close()


def test_vectors_are_unit_float32_a_row_a_text(engine: Any):
    vectors = engine.embed(["the mill", "cats sleep on mats", ""])

    assert (vectors.shape, vectors.dtype) == ((3, engine.dimension), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)


def test_no_texts_are_no_rows(engine: Any):
    assert engine.embed([]).shape == (0, engine.dimension)


def test_a_text_has_one_vector_whatever_it_is_embedded_with(engine: Any):
    alone = engine.embed(["the mill opened"])[0]
    among = engine.embed(["cats", "the mill opened", "the river the river the river the hill"])[1]

    assert float(alone @ among) > 0.999


def test_a_text_over_the_window_is_cut_and_not_refused(engine: Any):
    assert engine.embed(["mill river hill town " * 200]).shape == (1, engine.dimension)


def test_spans_are_inside_their_sentence_inside_their_passage(engine: Any):
    reading = engine.read("when did the mill open?", PASSAGES)

    assert reading.spans
    for span in reading.spans:
        assert 0 <= span.sentence_start <= span.start < span.end <= span.sentence_end <= len(PASSAGES[span.passage])


def test_a_reading_has_a_probability_and_a_score_for_each_passage_it_read(engine: Any):
    reading = engine.read("when did the mill open?", PASSAGES)

    assert 0.0 <= reading.confidence <= 1.0
    assert 1 <= max(span.passage for span in reading.spans) + 1 <= len(reading.passage_scores) <= len(PASSAGES)


def test_a_passage_is_read_below_its_title_and_answers_for_itself(engine: Any):
    reading = engine.read("when did the mill open?", PASSAGES, contexts=["the mill and the river"] * len(PASSAGES))

    assert reading.spans
    for span in reading.spans:
        assert 0 <= span.sentence_start <= span.start < span.end <= span.sentence_end <= len(PASSAGES[span.passage])


def test_contexts_are_one_a_passage_or_none(engine: Any):
    with pytest.raises(InvalidRequest):
        engine.read("When?", PASSAGES, contexts=["only one"])


def test_no_more_spans_than_asked_for(engine: Any):
    assert len(engine.read("when did the mill open?", PASSAGES, max_spans=1).spans) == 1


def test_nothing_to_read_is_no_answer(engine: Any):
    reading = engine.read("when did the mill open?", [])

    assert (reading.spans, reading.confidence, reading.passage_scores) == ((), 0.0, ())


def test_a_past_deadline_ends_embed_and_read(engine: Any):
    with pytest.raises(DeadlineExceeded):
        engine.embed(["mill"], deadline=Deadline(0.0))
    with pytest.raises(DeadlineExceeded):
        engine.read("when did the mill open?", ["the mill"], deadline=Deadline(0.0))


def test_token_ranges_are_in_order_and_inside_the_text(engine: Any):
    text = "The mill opened in 1912."

    ranges = engine.token_offsets(text)

    assert ranges == sorted(ranges)
    assert all(0 <= start < end <= len(text) for start, end in ranges)


def test_an_id_that_nobody_has_aborts_nothing(engine: Any):
    assert engine.abort("nobody") is False


def test_fingerprints_and_counts_are_there(engine: Any):
    engine.embed(["mill", "river"])

    assert engine.encoder_fingerprint
    assert engine.reader_fingerprint
    assert engine.metrics()["rows_total"] == 2.0


def test_a_reading_says_from_which_confidence_on_it_is_worth_telling(engine: Any):
    assert 0.0 <= engine.read("When did the mill open?", ["The mill opened."]).abstain_below <= 1.0


def test_a_closed_engine_is_not_ready_and_refuses(engine: Any):
    assert engine.is_ready
    engine.close()

    assert not engine.is_ready
    with pytest.raises(EngineFailed):
        engine.embed(["mill"])
