"""Test sets come and go as files, whole or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.errors import Invalid, NotFound
from kbqa.quality import sets
from kbqa.quality.files import NewCase, read_file, write_file
from kbqa.quality.models import TestCase, TestSet
from kbqa.quality.sets import case_keep, case_list, cases_import, set_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def oaks() -> TestSet:
    collection = factories.collection()
    return set_of(collection, by=collection.created_by)


def jsonl(**fields: object) -> str:
    return json.dumps({"id": "7", "title": "", "context": "", "question": "Q?", "answers": [], **fields})


def test_a_file_for_evaluate_is_a_test_set(oaks):
    version = factories.version(inside=oaks.collection)
    lines = [
        jsonl(title=version.document.name, context="The lamp.\u2028It burns.", answers=[{"text": "lamp", "start": 4}]),
        "",
        jsonl(question="Nothing?"),
    ]

    kept = cases_import(test_set=oaks, cases=read_file("\n".join(lines).encode(), name="a.jsonl"), by=oaks.created_by)

    first, second = case_list(test_set=oaks)
    assert kept == 2
    assert (first.answers, first.document, first.passage) == (["lamp"], version.document, "The lamp.\u2028It burns.")
    assert (second.answers, second.document, second.passage) == ([], None, "")


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_what_is_written_is_read_again(oaks, kind):
    version = factories.version(inside=oaks.collection)
    passage = factories.passage(of=version, text='=HYPERLINK("http://evil.example")')
    case_keep(test_set=oaks, question="+1?", answers=["-2", "@b"], passage=passage, by=oaks.created_by)
    case_keep(test_set=oaks, question="Nothing?", answers=[], by=oaks.created_by)

    text = write_file(case_list(test_set=oaks), kind=kind)

    assert read_file(text.encode(), name=f"a.{kind}") == [
        NewCase(question="+1?", answers=("-2", "@b"), document=version.document.name, passage=passage.text),
        NewCase(question="Nothing?"),
    ]


def test_no_cell_of_a_spreadsheet_begins_like_a_formula(oaks):
    case_keep(test_set=oaks, question="=1+1", answers=["@sum"], by=oaks.created_by)

    assert write_file(case_list(test_set=oaks), kind="csv").splitlines()[1] == "'=1+1,'@sum,,"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b"{}"),
        ("a.jsonl", b"[1]"),
        ("a.jsonl", b'{"question": 1, "context": ""}'),
        ("a.jsonl", b"[" * 100_000),
        ("a.csv", b"answers\nx"),
        ("a.csv", b"\xff\xfe\x00"),
        ("a.csv", b'question\n"open'),
        ("a.csv", b""),
    ],
)
def test_what_is_no_test_set_is_refused(name, content):
    with pytest.raises(Invalid):
        read_file(content, name=name)


@given(st.binary(max_size=200), st.sampled_from(["a.jsonl", "a.csv"]))
def test_any_bytes_are_cases_or_refused(content, name):
    try:
        cases = read_file(content, name=name)
    except Invalid:
        return
    assert all(isinstance(case, NewCase) for case in cases)


def test_one_case_that_is_none_keeps_all_of_them_out(oaks):
    with pytest.raises(Invalid):
        cases_import(test_set=oaks, cases=[NewCase(question="Q?"), NewCase(question=" ")], by=oaks.created_by)

    assert not TestCase.objects.exists()


def test_a_set_is_bounded_and_has_one_case_a_question(oaks, monkeypatch):
    monkeypatch.setattr(sets, "MAX_CASES", 1)
    case_keep(test_set=oaks, question="One?", by=oaks.created_by)
    case_keep(test_set=oaks, question="One?", answers=["1"], by=oaks.created_by)

    with pytest.raises(Invalid, match="at most"):
        case_keep(test_set=oaks, question="Two?", by=oaks.created_by)

    assert TestCase.objects.get().answers == ["1"]


def test_a_kind_nobody_writes_is_not_found():
    with pytest.raises(NotFound):
        write_file([], kind="xlsx")
