"""Documents that are not uploaded as files: a page fetched from the web, a text pasted into a form."""

from typing import TYPE_CHECKING

from kbqa.errors import EmptyFile
from kbqa.fetch import Policy, fetch_url

from .models import Collection
from .services import Upload, document_upload

if TYPE_CHECKING:
    from kbqa.accounts.models import User


def document_fetch(*, collection: Collection, url: str, by: "User", policy: Policy | None = None) -> Upload:
    """The contents of a public address; the same address later is the same document's next version."""
    with fetch_url(url, policy) as fetched:
        return document_upload(collection=collection, name=fetched.name, pieces=fetched.pieces(), by=by)


def document_paste(*, collection: Collection, title: str, text: str, by: "User") -> Upload:
    """A text somebody typed, kept as a text file under its title."""
    name, content = paste_named(title=title, text=text)
    return document_upload(collection=collection, name=name, pieces=[content], by=by)


def paste_named(*, title: str, text: str) -> tuple[str, bytes]:
    """The file that a typed text is kept as."""
    if not text.strip():
        raise EmptyFile("There is no text to keep.", field="text")
    name = f"{title.strip() or text.strip().splitlines()[0][:60]}.txt".replace("/", "-").replace("\\", "-")
    return name, text.replace("\r\n", "\n").encode("utf-8", "replace")
