"""`generate` as every engine must keep it: a real network over bytes, from a folder on disk."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from inference import (
    ConfigError,
    Deadline,
    DecodingConfig,
    Engine,
    EngineConfig,
    FinishReason,
    InvalidRequest,
    Message,
    SamplingParams,
)
from inference.base import AnyEngine
from tests.remote import served
from tests.tiny import write_encoder, write_reader
from tests.tiny_decoders import write_generator

EIGHT = SamplingParams(max_tokens=8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An encoder's, a generator's."""
    root = tmp_path_factory.mktemp("generate")
    return write_encoder(root / "encoder"), write_generator(root / "generator")


def open_engine(folders: tuple[Path, Path], *, generator: bool = True, **decoding: object) -> Engine:
    config = DecodingConfig(**{"precision": "fp32", "cache_mb": 1, **decoding})  # type: ignore[arg-type]
    return Engine(
        EngineConfig(
            encoder=str(folders[0]),
            use_reader=False,
            quantization="fp32",
            generator=str(folders[1]) if generator else None,
            decoding=config,
        )
    )


@pytest.fixture(scope="module", params=["everything on", "everything off", "remote"])
def engine(request: pytest.FixtureRequest, folders: tuple[Path, Path]) -> Iterator[AnyEngine]:
    plain = {"prefix_reuse": False, "max_drafts": 0, "max_running": 1}
    with (
        open_engine(folders, **(plain if request.param == "everything off" else {})) as opened,
        served(opened) if request.param == "remote" else nullcontext(opened) as asked,
    ):
        yield asked


def test_a_stream_ends_in_one_finish(engine: AnyEngine):
    events = list(engine.generate("the mill", sampling=EIGHT))

    assert [event.finish is not None for event in events] == [False] * (len(events) - 1) + [True]
    assert events[-1].num_tokens == 8


def test_greedy_text_is_the_same_every_time(engine: AnyEngine):
    first = engine.generate("the mill", sampling=SamplingParams(max_tokens=24)).collect()

    assert engine.generate("the mill", sampling=SamplingParams(max_tokens=24)).collect() == first


def test_seeded_text_is_the_same_every_time(engine: AnyEngine):
    sampling = SamplingParams(max_tokens=16, temperature=1.0, seed=3)
    first = engine.generate("the mill", sampling=sampling).collect()

    assert engine.generate("the mill", sampling=sampling).collect() == first


def test_turns_are_taken(engine: AnyEngine):
    turns = [Message(role="system", content="Be brief."), Message(role="user", content="Who?")]

    assert engine.generate(turns, sampling=EIGHT).collect().num_tokens == 8


def test_a_deadline_that_is_over_is_the_finish(engine: AnyEngine):
    assert engine.generate("the mill", deadline=Deadline(0.0)).collect().finish is FinishReason.DEADLINE


def test_an_abort_is_the_finish(engine: AnyEngine):
    stream = engine.generate("the mill", sampling=SamplingParams(max_tokens=450), request_id="gone")

    assert engine.abort("gone")
    assert stream.collect().finish is FinishReason.ABORTED


def test_a_prompt_beyond_the_context_is_refused_at_once(engine: AnyEngine):
    with pytest.raises(InvalidRequest, match="511 tokens"):
        engine.generate("a" * 600)


def test_the_generator_counts(engine: AnyEngine):
    while engine.metrics()["generator_running"]:  # what another test left is on its way out
        time.sleep(0.01)
    before = engine.metrics()["generator_tokens_total"]

    engine.generate("the mill", sampling=EIGHT).collect()

    assert engine.metrics()["generator_tokens_total"] == before + 8


def test_both_floors_work_at_once(engine: AnyEngine):
    stream = engine.generate("the mill", sampling=SamplingParams(max_tokens=40))

    vectors = engine.embed(["the mill opened"])

    assert vectors.shape == (1, 16)
    assert stream.collect().num_tokens == 40


@pytest.mark.parametrize("who", ["the engine", "the engine behind a remote one", "a remote engine"])
def test_closing_ends_every_stream_once(folders: tuple[Path, Path], who: str):
    """Streams that are read, that wait unread, and that are queued."""
    with open_engine(folders, max_running=1) as engine, served(engine) as remote:
        asked = engine if who == "the engine" else remote
        closed = remote if who == "a remote engine" else engine
        streams = [asked.generate(f"mill {n}", sampling=SamplingParams(max_tokens=450)) for n in range(3)]
        first = next(streams[0])

        closed.close()

        ends = [[event.finish for event in stream if event.finish] for stream in streams]
    assert first.finish is None
    assert ends == [[FinishReason.ABORTED]] * 3


def test_every_optimisation_may_be_off_and_the_text_stays(folders: tuple[Path, Path]):
    texts = []
    for way in ({}, {"prefix_reuse": False, "max_drafts": 0, "max_running": 1, "max_step_tokens": 5}):
        with open_engine(folders, **way) as engine:
            streams = [engine.generate(f"ab ab ab {n}", sampling=SamplingParams(max_tokens=20)) for n in range(3)]
            texts.append([stream.collect().text for stream in streams])

    assert texts[0] == texts[1]


@pytest.mark.parametrize("way", [{"cache_int8": True}, {"precision": "bf16"}, {"precision": "int8"}])
def test_narrow_arithmetic_still_answers_and_is_steady(folders: tuple[Path, Path], way: dict[str, object]):
    with open_engine(folders, **way) as engine:
        first, again = (engine.generate("the mill", sampling=EIGHT).collect() for _ in range(2))

    assert first == again
    assert first.num_tokens == 8


def test_few_keys_a_token_give_the_same_text_with_drafts_and_without(folders: tuple[Path, Path]):
    texts = []
    for way in ({}, {"max_drafts": 0}, {"decode_keys": 0}):
        with open_engine(folders, **{"decode_keys": 64, "block_size": 4, **way}) as engine:
            texts.append(engine.generate("ab " * 60, sampling=SamplingParams(max_tokens=60)).collect().text)

    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("is_remote", [False, True])
def test_passages_are_found_again_by_the_next_engine(folders: tuple[Path, Path], tmp_path: Path, *, is_remote: bool):
    passages = ("The mill by the river opened in 1831, and closed in 1902.", "A museum has been in it ever since 1974.")
    texts, found = [], []

    for order in (passages, passages[::-1], passages):
        content = "\n\n".join([*order, "When did it open?"])
        turn = Message(role="user", content=content, passages=order)
        with (
            open_engine(folders, passage_folder=str(tmp_path)) as engine,
            served(engine) if is_remote else nullcontext(engine) as asked,
        ):
            texts.append(asked.generate([turn], sampling=EIGHT).collect().text)
            found.append(asked.metrics()["generator_passages_found_total"])

    assert found[0] == 0
    assert found[1] >= 2
    assert texts[0] == texts[2]


def test_every_count_of_an_engine_is_documented(folders: tuple[Path, Path], tmp_path: Path):
    written = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text()

    reader = EngineConfig(encoder=str(folders[0]), reader=str(write_reader(tmp_path / "reader", layers_apart=1)))
    with open_engine(folders, passage_folder=str(tmp_path)) as writing, Engine(reader) as reading:
        counted = {f"kbqa_engine_{name}" for name in (*writing.metrics(), *reading.metrics())}

    assert counted == set(re.findall(r"^\| `(kbqa_engine_\w+)`", written, re.MULTILINE))


def test_a_passage_folder_that_cannot_be_used_is_said_at_the_start(folders: tuple[Path, Path], tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="passage_folder"):
        open_engine(folders, passage_folder=str(tmp_path / "file"))


def test_without_a_generator_there_is_nothing_to_generate_with(folders: tuple[Path, Path]):
    with open_engine(folders, generator=False) as engine:
        assert not engine.can_generate
        assert engine.generator_fingerprint == ""
        with pytest.raises(InvalidRequest, match="no generator"):
            engine.generate("a")


def test_a_generator_is_named_by_all_that_decides_what_it_writes(folders: tuple[Path, Path]):
    with open_engine(folders) as engine:
        before = engine.generator_fingerprint
    template = folders[1] / "chat_template.jinja"
    template.write_text("{{ messages[0].content }}")
    try:
        with open_engine(folders) as engine:
            after = engine.generator_fingerprint
    finally:
        template.unlink()
    with open_engine(folders, decode_keys=64) as engine:
        hurried = engine.generator_fingerprint

    assert len({before, after, hurried, ""}) == 4


def test_a_folder_that_is_not_there_is_said_at_the_start(folders: tuple[Path, Path], tmp_path: Path):
    with pytest.raises(ConfigError, match="no generator in"):
        open_engine((folders[0], tmp_path / "nowhere"))
