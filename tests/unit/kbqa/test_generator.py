"""Who writes is the settings' to say, and the answer caches know it from whom they keep."""

import pytest

from kbqa import generator
from kbqa.endpoint import Endpoint
from tests.fakes import FakeEngine


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    made = FakeEngine()
    monkeypatch.setattr(generator, "get_engine", lambda: made)
    return made


def test_by_default_nobody_writes(engine: FakeEngine):
    assert generator.get_generator() is None
    assert generator.prose_fingerprint() == []


def test_an_engine_that_can_generate_writes(engine: FakeEngine):
    engine.can_generate, engine.generator_fingerprint = True, "weights"  # type: ignore[misc]  # this one can

    assert generator.get_generator() is engine
    assert "weights" in generator.prose_fingerprint()


def test_an_endpoint_writes_where_one_is_set(engine: FakeEngine, settings):
    settings.GENERATOR_URL, settings.GENERATOR_MODEL = "http://127.0.0.1:1/v1", "small"

    found = generator.get_generator()

    assert isinstance(found, Endpoint)
    assert found is generator.get_generator()
    assert "http://127.0.0.1:1/v1#small" in generator.prose_fingerprint()


@pytest.mark.parametrize("name", ["GENERATOR_MODEL", "GENERATOR_CONTEXT", "GENERATOR_TOKENS"])
def test_whatever_changes_the_prose_changes_its_fingerprint(engine: FakeEngine, settings, name: str):
    settings.GENERATOR_URL, settings.GENERATOR_MODEL = "http://127.0.0.1:1/v1", "small"
    before = generator.prose_fingerprint()

    setattr(settings, name, "large" if name == "GENERATOR_MODEL" else 1234)

    assert generator.prose_fingerprint() != before
