"""One collection with everybody around it, and how each of them comes in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from kbqa.accounts.models import User
from kbqa.accounts.services import key_issue, key_revoke
from kbqa.answers.curated import curated_write
from kbqa.answers.models import Answer, Conversation
from kbqa.answers.services import feedback_give
from kbqa.documents.deleting import document_delete
from kbqa.documents.models import CanonicalText, Collection, Role, Version
from kbqa.documents.originals import original_keep
from kbqa.documents.services import grant_give
from kbqa.imports.models import ImportRun, ImportSchedule
from kbqa.quality.models import Run, TestSet
from kbqa.quality.sets import case_keep, set_create
from tests import factories

from .surface import Row

PDF = Path(__file__).parents[1] / "data" / "guide.pdf"


@dataclass
class Scene:
    """The rows that addresses name, and a client for each kind of caller."""

    collection: Collection
    version: Version
    answer: Answer
    people: dict[str, User]
    keys: dict[str, str]
    key_id: int
    case_id: int
    feedback_id: int
    curated_id: UUID
    set_id: UUID
    run_id: UUID
    import_id: UUID
    schedule_id: UUID
    deleted_id: UUID
    sessions: dict[str, Client] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        return {
            "collection_id": str(self.collection.pk),
            "document_id": str(self.version.document_id),
            "answer_id": str(self.answer.pk),
            "conversation_id": str(self.answer.conversation_id),
            "key_id": str(self.key_id),
            "job_id": str(self.version.job.pk),
            "case_id": str(self.case_id),
            "feedback_id": str(self.feedback_id),
            "curated_id": str(self.curated_id),
            "set_id": str(self.set_id),
            "run_id": str(self.run_id),
            "import_id": str(self.import_id),
            "schedule_id": str(self.schedule_id),
            "deleted_id": str(self.deleted_id),
            "grant_id": str(self.collection.grants.get(user=self.people["viewer"]).pk),
            "passage": str(self.version.passages.get().pk),
            "passage_id": str(self.version.passages.get().pk),
            "collection": self.collection.name,
            "outsider": self.people["outsider"].username,
        }

    def page(
        self, who: str, route: str, row: Row, names: Mapping[str, str] | None = None, **extra: str
    ) -> HttpResponse:
        """As a browser: the session, or none."""
        fields = filled(row.fields, names or self.names)
        if row.upload:
            fields |= {"files": [text_file()]}
        call = getattr(self.sessions[who], row.method.lower())
        return consumed(
            call(address(route, row, names or self.names), fields, headers=self._key(who, "revoked") | extra)
        )

    def program(self, who: str, route: str, row: Row, names: Mapping[str, str] | None = None) -> HttpResponse:
        """As a program: the key, or none."""
        path, headers = address(route, row, names or self.names), self._key(who, *self.keys)
        call = getattr(Client(raise_request_exception=False), row.method.lower())
        if row.upload:
            return consumed(call(path, {"file": text_file()}, headers=headers))
        fields = filled(row.fields, names or self.names)
        if row.method == "GET":
            return consumed(call(path, headers=headers))
        headers["Accept"] = "application/json, text/event-stream"
        return consumed(call(path, fields, content_type="application/json", headers=headers))

    def _key(self, who: str, *holders: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[who]}"} if who in holders and who in self.keys else {}


@pytest.fixture(autouse=True)
def _unhurried(settings: Settings) -> None:
    """On a busy machine the engine may take longer to start than an asker would wait; who may ask is the same."""
    settings.ANSWER_DEADLINE_S = 120.0


@pytest.fixture
def scene(db: None) -> Scene:
    people = {name: factories.user() for name in ("outsider", "owner", "viewer", "editor", "revoked", "suspended")}
    people["administrator"] = factories.user(is_superuser=True, is_staff=True)
    built = scene_of(people["owner"], people)
    key_revoke(key=people["revoked"].api_keys.get())
    User.objects.filter(pk=people["suspended"].pk).update(is_active=False)
    return built


def scene_of(owner: User, people: dict[str, User]) -> Scene:
    """A row of each kind that is ``owner``'s, with the others around it, and everybody's way in."""
    collection = factories.collection(owner=owner)
    for name, role in {
        "viewer": Role.VIEWER,
        "editor": Role.EDITOR,
        "revoked": Role.OWNER,
        "suspended": Role.OWNER,
    }.items():
        grant_give(collection=collection, to=people[name], role=role)
    version = ready_version(collection)
    conversation = Conversation.objects.create(owner=owner, title="Oaks")
    answer = Answer.objects.create(
        asker=owner, conversation=conversation, question="How old?", state=Answer.State.DONE, abstained=True
    )
    Answer.objects.filter(pk=answer.pk).update(collections=[str(collection.pk)])
    complaint = feedback_give(answer=answer, user=owner, rating=-1)
    passage = version.passages.get()
    test_set = set_create(collection=collection, name="Oaks", by=owner)
    case = case_keep(test_set=test_set, question="How old?", passage=passage, by=owner)
    curated = curated_write(collection=collection, question="How tall?", text="As a house.", by=owner)
    schedule = ImportSchedule.objects.create(
        collection=collection,
        created_by=owner,
        kind="page",
        source="http://127.0.0.1/kept",
        every="day",
        next_at=timezone.now() + timedelta(days=1),
    )
    run = ImportRun.objects.create(
        collection=collection, created_by=owner, kind="sitemap", source="http://127.0.0.1/sitemap.xml"
    )
    deleted = factories.version(inside=collection).document
    document_delete(document=deleted, by=owner)
    issued = {name: key_issue(owner=user, name=name) for name, user in people.items()}
    sessions = {name: session_of(people.get(name)) for name in ("anonymous", *people) if name != "revoked"}
    sessions["revoked"] = session_of(None)
    return Scene(
        collection=collection,
        version=version,
        answer=answer,
        people=people,
        keys={name: key for name, (_row, key) in issued.items()},
        key_id=next(row.pk for row, _key in issued.values() if row.owner == owner),
        case_id=case.pk,
        feedback_id=complaint.pk,
        curated_id=curated.pk,
        set_id=test_set.pk,
        run_id=finished_run(test_set).pk,
        import_id=run.pk,
        schedule_id=schedule.pk,
        deleted_id=deleted.pk,
        sessions=sessions,
    )


def ready_version(collection: Collection) -> Version:
    """A small PDF, read; its original is on disk."""
    original = original_keep([PDF.read_bytes()])
    version = factories.version(
        inside=collection,
        state=Version.State.READY,
        digest=original.digest,
        media_type="application/pdf",
        num_pages=1,
        num_passages=1,
    )
    CanonicalText.objects.create(version=version, text="Some text.", pages=[[1, 0, 10]])
    factories.passage(of=version)
    version.job.state = version.job.State.SUCCEEDED
    version.job.save()
    return version


def finished_run(test_set: TestSet) -> Run:
    """One case, asked and answered."""
    run = Run.objects.create(test_set=test_set, started_by=test_set.created_by, state=Run.State.DONE)
    run.cases.create(position=901, question="How old?", verdict="right", answer="200")
    return run


def session_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(route: str, row: Row, names: Mapping[str, str]) -> str:
    path = "/" + route
    for name, value in {**names, **row.place}.items():
        for kind in ("uuid", "int", "slug"):
            path = path.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in path, f"{path}: the scene has no such thing"
    return path + row.query.format_map(names)


def filled(fields: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    def fill(value: object) -> object:
        if isinstance(value, list):
            return [fill(part) for part in value]
        return value.format_map(names) if isinstance(value, str) else value

    return {name: fill(value) for name, value in fields.items()}


def text_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("note.txt", b"Some other text, of a note.")


def consumed(response: HttpResponse) -> HttpResponse:
    """A stream read to its end, as a reader would."""
    if response.streaming:
        response.body = b"".join(response.streaming_content)
    else:
        response.body = response.content
    return response
