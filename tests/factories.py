"""A row of each model, with as little said as a test needs."""

from itertools import count

from kbqa.accounts.models import User
from kbqa.documents.models import Collection, Document, IngestJob, Passage, Role, Version
from kbqa.documents.services import collection_create, grant_give

_numbers = count(1)


def user(**fields: object) -> User:
    name = f"person-{next(_numbers)}"
    return User.objects.create_user(**{"username": name, **fields})


def collection(*, owner: User | None = None, **fields: object) -> Collection:
    owner = owner or user()
    return collection_create(**{"name": f"collection {next(_numbers)}", "by": owner, **fields})


def member(of: Collection, role: Role = Role.VIEWER) -> User:
    person = user()
    grant_give(collection=of, to=person, role=role)
    return person


def version(*, inside: Collection | None = None, **fields: object) -> Version:
    """A pending version with a queued job."""
    inside = inside or collection()
    document = Document.objects.create(collection=inside, name=f"file-{next(_numbers)}.txt")
    digest = f"{next(_numbers):064x}"
    row = Version.objects.create(**{"document": document, "number": 1, "digest": digest, "size_bytes": 1, **fields})
    Document.objects.filter(pk=document.pk).update(current=row)
    IngestJob.objects.create(version=row)
    return row


def passage(*, of: Version, text: str = "Some text.", position: int = 0) -> Passage:
    return Passage.objects.create(version=of, position=position, text=text, start=0, end=len(text))
