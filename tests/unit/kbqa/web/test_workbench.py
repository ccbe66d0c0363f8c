"""The workbench: jobs, retrieval test, feedback and usage show what their reader may see, at a bounded cost."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ingest.index.analyzer import query_terms
from kbqa.answers.curated import curated_write
from kbqa.answers.models import Answer
from kbqa.answers.services import feedback_give
from kbqa.answers.usage import percentile, usage_of
from kbqa.documents.jobs import job_claim
from kbqa.documents.models import IngestJob, Role, Version
from kbqa.quality.complaints import complaint_list
from kbqa.quality.models import Review, TestCase, TestSet
from kbqa.quality.sets import case_keep, set_of
from kbqa.web.charts import HEIGHT, bars_of, lines_of, round_up
from kbqa.web.term_marks import term_pieces
from tests import factories

pytestmark = pytest.mark.django_db

FEW_QUERIES = 16


@pytest.fixture
def collection():
    return factories.collection()


@pytest.fixture
def browser(collection) -> Client:
    return signed_in(collection.created_by)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def turn(asker, **fields) -> Answer:
    return Answer.objects.create(**{"asker": asker, "question": "How old?", "state": Answer.State.DONE, **fields})


def test_jobs_name_the_stage_the_worker_and_the_failure(browser, collection):
    running = factories.version(inside=collection)
    job_claim(running.pk)
    failed = factories.version(inside=collection, state=Version.State.FAILED, error="The file is damaged.")
    IngestJob.objects.filter(version=failed).update(state=IngestJob.State.FAILED)
    factories.version()  # somebody else's

    page = browser.get("/jobs").content.decode()

    assert page.count("<tr>") == 3  # the head and two rows
    assert IngestJob.objects.get(version=running).worker in page
    assert re.search(r"heard of (now|a second ago|\d+\s+seconds ago)", page)
    assert "The file is damaged." in page
    assert 'hx-trigger="load delay:2s"' in page


def test_jobs_are_narrowed_by_state_and_rest_when_all_is_done(browser, collection):
    version = factories.version(inside=collection)
    IngestJob.objects.filter(version=version).update(state=IngestJob.State.SUCCEEDED)

    assert version.document.name in browser.get("/jobs?state=succeeded").content.decode()
    assert "No job is in this state." in browser.get("/jobs?state=failed").content.decode()
    assert "hx-trigger" not in browser.get("/jobs").content.decode()


def test_a_job_is_stopped_and_tried_again_from_its_row(browser, collection):
    job = factories.version(inside=collection).job

    browser.post(f"/jobs/{job.pk}/cancel")
    stopped = IngestJob.objects.get(pk=job.pk).state
    browser.post(f"/jobs/{job.pk}/retry")

    assert (stopped, IngestJob.objects.get(pk=job.pk).state) == (IngestJob.State.CANCELLED, IngestJob.State.QUEUED)


def test_a_viewer_sees_jobs_without_their_buttons(collection):
    job = factories.version(inside=collection).job
    viewer = signed_in(factories.member(collection, Role.VIEWER))

    assert f"/jobs/{job.pk}/cancel" not in viewer.get("/jobs").content.decode()
    assert viewer.post(f"/jobs/{job.pk}/cancel").status_code == 403


def test_a_case_keeps_the_words_its_question_should_find(browser, collection):
    passage = factories.passage(of=factories.version(inside=collection), text="The oldest oak.")
    form = {"q": "Which oak?", "collection": str(collection.pk), "passage": str(passage.pk)}

    browser.post("/probe", form)
    browser.post("/probe", form)

    case = TestCase.objects.get()
    assert (case.passage, case.document) == ("The oldest oak.", passage.version.document)
    assert case.test_set.collection == collection


def test_a_passage_of_another_collection_is_no_case_of_this_one(browser, collection):
    foreign = factories.passage(of=factories.version())

    response = browser.post("/probe", {"q": "?", "collection": str(collection.pk), "passage": str(foreign.pk)})

    assert response.status_code == 404
    assert not TestCase.objects.exists()


def test_a_set_of_another_collection_takes_no_case_of_this_one(browser, collection):
    passage = factories.passage(of=factories.version(inside=collection))
    other = set_of(factories.collection(owner=collection.created_by), by=collection.created_by)
    form = {"q": "?", "collection": str(collection.pk), "passage": str(passage.pk), "set": str(other.pk)}

    assert browser.post("/probe", form).status_code == 404
    assert not TestCase.objects.exists()


def test_complaints_are_shown_to_those_who_edit_every_source_and_to_nobody_else(collection):
    version = factories.version(inside=collection)
    other = factories.version()
    asker = factories.member(collection, Role.VIEWER)
    mine = turn(asker, collections=[str(collection.pk)], passages=[{"document": str(version.document_id)}])
    mixed = turn(asker, passages=[{"document": str(v.document_id)} for v in (version, other)])
    unfound = turn(asker, collections=[str(collection.pk)], abstained=True)
    for answer in (mine, mixed, unfound):
        feedback_give(answer=answer, user=asker, rating=-1)

    def seen_by(user) -> set[Answer]:
        return {complaint.answer for complaint in complaint_list(user=user)}

    assert seen_by(collection.created_by) == {mine, unfound}
    assert seen_by(asker) == seen_by(factories.user(is_superuser=True)) == set()


def test_a_complaint_looked_into_leaves_the_inbox(browser, collection):
    answer = turn(collection.created_by, collections=[str(collection.pk)], text="Two hundred years")
    complaint = feedback_give(answer=answer, user=collection.created_by, rating=-1, comment="Off by a century")
    before = browser.get("/inbox").content.decode()

    browser.post(f"/inbox/{complaint.pk}", {"cause": "reader"})

    assert "Two hundred years" in before
    assert "Off by a century" in before
    assert Review.objects.get().cause == "reader"
    assert "Two hundred years" not in browser.get("/inbox").content.decode()
    assert "Two hundred years" in browser.get("/inbox?state=all").content.decode()
    assert browser.post(f"/inbox/{complaint.pk}", {"cause": "nonsense"}).status_code == 422


def test_usage_counts_ones_own_questions_and_everybodys_for_staff():
    person, staff = factories.user(), factories.user(is_staff=True)
    turn(person, timings_ms={"total": 100.0})
    turn(person, timings_ms={"total": 300.0}, abstained=True)
    turn(person, timings_ms={"total": 1.0}, cached=True)
    turn(staff, state=Answer.State.FAILED)

    own, all_of_it = usage_of(user=person, num_days=7), usage_of(user=staff, num_days=7)

    assert (own.asked, all_of_it.asked) == (3, 4)
    assert (own.p50_ms, own.p95_ms) == (100.0, 300.0)
    assert own.abstained_share == own.cached_share == pytest.approx(1 / 3)
    assert own.unanswered == (("How old?", 1),)
    assert len(own.days) == 7
    assert (own.days[-1].answered, own.days[-1].abstained, all_of_it.days[-1].failed) == (2, 1, 1)


def test_times_are_of_what_was_read_and_levels_say_where_the_rest_came_from():
    person = factories.user()
    for cache, total in (("none", 200.0), ("none", 400.0), ("curated", 1.0), ("shared", 1.0), ("shared", 2.0)):
        turn(person, timings_ms={"total": total}, cached=cache == "shared", trace={"cache": cache})

    usage = usage_of(user=person, num_days=7)
    lines = lines_of(usage.days)

    assert (usage.p50_ms, usage.days[-1].p95_ms, usage.days[0].p50_ms) == (200.0, 400.0, None)
    assert dict(usage.levels) == {"none": 2, "shared": 2, "curated": 1}
    assert (lines.top, lines.p50.count("M"), lines.dots[-1][0]) == ("0.4", 1, "p95")
    assert lines_of(usage_of(user=factories.user(), num_days=7).days) is None


def test_every_question_of_the_days_is_counted_and_no_other(monkeypatch):
    person, now = factories.user(), timezone.now()
    monkeypatch.setattr("kbqa.answers.usage.MAX_TIMES", 1)
    for number in range(5):
        turn(person, timings_ms={"total": 100.0 * number})
    Answer.objects.filter(pk=turn(person).pk).update(created_at=now - timedelta(days=6))
    before = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=6, seconds=1)
    Answer.objects.filter(pk=turn(person).pk).update(created_at=before)

    figures = usage_of(user=person, num_days=7)

    assert [day.asked for day in figures.days] == [1, 0, 0, 0, 0, 0, 5]
    assert (figures.asked, figures.p50_ms) == (6, 400.0)


def test_the_usage_page_draws_its_figures_and_says_them(browser, collection):
    turn(collection.created_by, timings_ms={"total": 100.0}, trace={"cache": "none"})

    page = browser.get("/usage?days=7").content.decode()

    assert page.count('<rect class="answered"') == 1
    assert "100 ms" in page
    assert "<table>" in page
    assert page.count('<circle class="p50"') == 1
    assert "Read anew" in page
    assert "No question in these days." in signed_in(factories.user()).get("/usage").content.decode()


@pytest.mark.parametrize(("values", "percent", "expected"), [([], 50, None), ([7], 95, 7), (range(1, 101), 95, 95)])
def test_a_percentile_is_one_of_the_values(values, percent, expected):
    assert percentile(list(values), percent) == expected


@pytest.mark.parametrize(("most", "top"), [(0, 2), (2, 2), (3, 4), (7, 10), (11, 20), (250, 400), (999, 1000)])
def test_a_scale_ends_at_a_round_number(most, top):
    assert round_up(most) == top


def test_bars_stand_on_the_ground_and_under_the_top():
    days = usage_of(user=turn(factories.user()).asker, num_days=30).days

    for part in bars_of(days).parts:
        assert 0 <= float(part.y) <= float(part.y) + float(part.height) <= HEIGHT


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Oaks grow slowly.", "How do oaks grow?", ["Oaks", "grow"]),
        ("The planting of trees", "When was the tree planted?", ["planting", "trees"]),
        ("绿茶应当用八十度左右的水冲泡。", "绿茶用多少度的水冲泡？", ["绿茶", "度", "的水冲泡"]),
        ("<b>bold</b>", "bold", ["bold"]),
        ("Nothing in common.", "oak", []),
    ],
)
def test_marks_stand_where_the_searchs_terms_are(text, question, marked):
    pieces = term_pieces(text, query_terms(question))

    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, is_marked in pieces if is_marked] == [m for m in marked if m != "度"]


@pytest.mark.parametrize(
    "path",
    [
        "/jobs",
        "/probe",
        "/inbox",
        "/curated",
        "/quality",
        "/quality/sets/{test_set}",
        "/usage",
        "/collections/{collection}/import",
    ],
)
def test_a_page_costs_the_same_for_few_rows_and_for_many(browser, collection, path, django_assert_max_num_queries):
    owner = collection.created_by
    for number in range(12):
        version = factories.version(inside=collection)
        passage = factories.passage(of=version, text=f"Text {number}.")
        answer = turn(
            owner,
            question=f"Question {number}?",
            collections=[str(collection.pk)],
            abstained=True,
            passages=[{"document": str(version.document_id)}],
        )
        feedback_give(answer=answer, user=owner, rating=-1)
        curated_write(collection=collection, question=f"Question {number}?", text="So.", by=owner)
        test_set = TestSet.objects.order_by("created_at").first() or set_of(collection, by=owner)
        case_keep(test_set=test_set, question=f"Question {number}?", passage=passage, by=owner)
        TestSet.objects.create(collection=collection, name=f"Set {number}", created_by=owner).runs.create()

    with django_assert_max_num_queries(FEW_QUERIES):
        response = browser.get(path.format(collection=collection.pk, test_set=TestCase.objects.first().test_set_id))

    assert response.status_code == 200
