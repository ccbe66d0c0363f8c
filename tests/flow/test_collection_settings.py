"""What an owner sets for a collection counts from the next question on, for whoever asks it, and is told."""

import pytest

from inference.deadline import Deadline
from kbqa.answers.cache import key_for
from kbqa.answers.pipeline import answer
from kbqa.answers.read import threshold
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect
from kbqa.documents.chunking import ingest_config
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Version
from kbqa.documents.services import collection_reread, collection_tune
from kbqa.errors import Invalid
from tests import factories

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)

LEAVE = "Full-time staff have 28 days of paid time off a year. Unused days expire in March."


def asked(question: str, user, **more) -> dict:
    return collect(answer(question, asker=user, scope=scope_of(user, **more), deadline=Deadline.after(30)))


def tune(collection, **change) -> None:
    now = {"glossary": "", "abstain_below": None, "chunk_size": "normal"}
    collection_tune(collection=collection, **{**now, **change})


def test_a_glossary_finds_what_the_question_calls_otherwise_and_says_so(put, owner, collection):
    put("leave.txt", LEAVE)
    put("river.txt", RIVER)
    question = "How much PTO do people get?"
    before = asked(question, owner)

    tune(collection, glossary="PTO = paid time off")
    after = asked(question, owner)

    def words(told: dict) -> list[list[str]]:
        return [candidate["terms"] for candidate in told["trace"]["candidates"]]

    assert "glossary" not in before["trace"]
    assert after["trace"]["glossary"] == ["paid time off"]
    assert not any("paid" in terms for terms in words(before))
    assert words(after)[0] == ["off", "paid", "time"]
    assert "28 days" in after["passages"][0]["text"]


def test_a_chinese_glossary_works_without_spaces(put, owner, collection):
    put("leave.txt", "全职员工每年有二十八天带薪休假。")

    tune(collection, glossary="年假＝带薪休假")
    told = asked("年假有多少天？", owner)

    assert told["trace"]["glossary"] == ["带薪休假"]
    assert "带薪" in told["trace"]["candidates"][0]["terms"]


def test_the_level_of_a_collection_decides_what_is_sure_enough(put, owner, collection):
    put("forest.txt", FOREST)
    question = "When was the oldest oak in Harrow Wood planted?"
    usual = asked(question, owner)

    tune(collection, abstain_below=1.0)
    careful = asked(question, owner)
    tune(collection, abstain_below=0.0)
    eager = asked(question, owner)

    assert [told["abstained"] for told in (usual, careful, eager)] == [False, True, False]
    assert [told["trace"]["reading"]["threshold"] for told in (careful, eager)] == [1.0, 0.0]
    assert eager["trace"]["reading"]["reader_threshold"] == usual["trace"]["reading"]["threshold"]


def test_where_several_collections_are_asked_the_most_careful_decides(put, owner, collection, settings):
    from inference.types import Reading

    other = factories.collection(owner=owner)
    tune(collection, abstain_below=0.1)
    reading = Reading(spans=(), confidence=0.5, passage_scores=(), abstain_below=0.4)

    assert threshold(reading, scope_of(owner).levels) == 0.4
    tune(other, abstain_below=0.9)
    assert threshold(reading, scope_of(owner).levels) == 0.9
    assert threshold(reading, scope_of(owner, collections=[collection.pk]).levels) == 0.1
    settings.ABSTAIN_BELOW = 0.6
    tune(other)
    assert threshold(reading, scope_of(owner).levels) == 0.6


def test_every_setting_that_an_answer_depends_on_is_in_the_key_of_kept_answers(owner, collection):
    def key() -> str:
        return key_for("PTO?", scope_of(owner))

    keys = [key()]
    for glossary, level in (("PTO = leave", None), ("PTO = rest", None), ("", 0.7), ("", 0.0)):
        tune(collection, glossary=glossary, abstain_below=level)
        keys.append(key())
    tune(collection)

    assert len(set(keys)) == 5
    assert key() == keys[0]


def test_documents_are_read_again_in_passages_of_the_size_set(put, owner, collection, settings):
    settings.INGEST = {"chunk_tokens": 40, "overlap_tokens": 8}
    put("long.txt", " ".join(f"Locker {n} belongs to the crew of boat {n * 7}." for n in range(40)))
    put("broken.pdf", b"%PDF-1.7\nthis is no pdf at all\n")
    before = Version.objects.get(state=Version.State.READY).num_passages

    tune(collection, chunk_size="small")
    queued = collection_reread(collection=collection, by=owner)
    assert collection_reread(collection=collection, by=owner) == 0  # they are being read already
    for version in Version.objects.filter(state=Version.State.PENDING):
        version_ingest(version.pk)

    assert queued == 2
    assert Version.objects.get(state=Version.State.READY).num_passages > 1.5 * before
    sizes = {}
    for size in ("small", "normal", "large"):
        tune(collection, chunk_size=size)
        sizes[size] = ingest_config(collection).chunk_tokens
    assert sizes == {"small": 20, "normal": 40, "large": 80}


@pytest.mark.parametrize(
    ("name", "value"), [("abstain_below", 1.5), ("abstain_below", -0.1), ("chunk_size", "huge"), ("glossary", "x")]
)
def test_settings_that_make_no_sense_are_refused(collection, name, value):
    with pytest.raises(Invalid):
        tune(collection, **{name: value})
