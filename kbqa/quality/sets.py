"""Test sets and their cases: kept, found, imported and deleted; for those who edit the collection they are asked of."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from kbqa.answers.services import question_clean
from kbqa.documents.models import Collection, Document, Passage, Role
from kbqa.documents.permissions import visible_collections
from kbqa.documents.selectors import document_named
from kbqa.errors import Invalid, NotFound
from kbqa.lookup import row_of

from .files import NewCase
from .models import TestCase, TestSet

if TYPE_CHECKING:
    from kbqa.accounts.models import User

MAX_CASES = 2_000
MAX_ANSWERS = 20
MAX_ANSWER_CHARS = 1_000
MAX_PASSAGE_CHARS = 20_000
FIRST_NAME = "Test cases"


def set_list(*, user: "User") -> QuerySet[TestSet]:
    """Of the collections that ``user`` edits, the newest first, with the number of cases."""
    mine = visible_collections(user, at_least=Role.EDITOR)
    rows = TestSet.objects.filter(collection__in=mine).select_related("collection")
    return rows.annotate(num_cases=Count("cases")).order_by("-created_at", "pk")


def set_get(pk: UUID | str, *, user: "User") -> TestSet:
    found = row_of(set_list(user=user), pk)
    if found is None:
        raise NotFound("There is no such test set.")
    return found


def set_create(*, collection: Collection, name: str, by: "User") -> TestSet:
    name = _clean(name)[:200]
    if not name:
        raise Invalid("The test set needs a name.", field="name")
    return TestSet.objects.create(collection=collection, name=name, created_by=by)


def set_of(collection: Collection, *, by: "User") -> TestSet:
    """The collection's newest set, or its first one."""
    newest = TestSet.objects.filter(collection=collection).order_by("-created_at").first()
    return newest or set_create(collection=collection, name=FIRST_NAME, by=by)


def set_delete(*, test_set: TestSet) -> None:
    """With its cases and its runs."""
    test_set.delete()


def case_list(*, test_set: TestSet) -> QuerySet[TestCase]:
    return test_set.cases.prefetch_related(document_named()).order_by("pk")


def case_get(pk: int, *, user: "User") -> TestCase:
    mine = visible_collections(user, at_least=Role.EDITOR)
    found = TestCase.objects.filter(pk=pk, test_set__collection__in=mine)
    case = found.select_related("test_set__collection").first()
    if case is None:
        raise NotFound("There is no such case.")
    return case


@transaction.atomic
def case_keep(
    *,
    test_set: TestSet,
    question: str,
    answers: Sequence[str] | None = None,
    passage: Passage | None = None,
    text: str = "",
    document: Document | None = None,
    by: "User",
) -> TestCase:
    """Keep a case; of one question there is one, whose answers stay where none are said.

    The passage is a row of the collection's, or any ``text``, with its document where that is known.
    """
    question = question_clean(question)
    case = test_set.cases.filter(question=question).first() or TestCase(test_set=test_set, question=question)
    if case.pk is None and test_set.cases.count() >= MAX_CASES:
        raise Invalid(f"A test set has {MAX_CASES:,} cases at most.", field="cases")
    if answers is not None:
        case.answers = answers_clean(answers)
    case.passage = passage.text if passage else _clean(text)[:MAX_PASSAGE_CHARS]
    case.document = passage.version.document if passage else document
    case.created_by = by
    case.save()
    return case


def passage_get(pk: str, *, collection: Collection) -> Passage:
    """A passage of the collection, by the id that a page was given."""
    wanted = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0
    found = Passage.objects.select_related("version__document").filter(
        pk=wanted, version__document__collection=collection
    )
    passage = found.first()
    if passage is None:
        raise NotFound("There is no such passage.")
    return passage


def case_delete(*, case: TestCase) -> None:
    case.delete()


@transaction.atomic
def cases_import(*, test_set: TestSet, cases: Iterable[NewCase], by: "User") -> int:
    """Keep all of them or, if one is no case, none; returns how many were kept."""
    documents = _documents_by_name(test_set.collection)
    kept = 0
    for new in cases:
        case_keep(
            test_set=test_set,
            question=new.question,
            answers=new.answers,
            text=new.passage,
            document=documents.get(new.document),
            by=by,
        )
        kept += 1
    return kept


def answers_clean(answers: Iterable[str]) -> list[str]:
    """What counts as right, without doubles and empty lines."""
    cleaned = list(dict.fromkeys(filter(None, map(_clean, answers))))
    if len(cleaned) > MAX_ANSWERS or any(len(answer) > MAX_ANSWER_CHARS for answer in cleaned):
        raise Invalid(f"A case has {MAX_ANSWERS} answers of {MAX_ANSWER_CHARS:,} characters at most.", field="answers")
    return cleaned


def _documents_by_name(collection: Collection) -> dict[str, Document]:
    rows = list(Document.objects.filter(collection=collection))
    by_title = {row.title: row for row in rows if row.title}
    return {**by_title, **{row.name: row for row in rows}, **{str(row.pk): row for row in rows}}


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip().encode("utf-8", "replace").decode()
