"""Every address of the product, and who may do what there. The matrix test holds the two together.

`ROWS` is the product's authorisation, said once in full: a route that the URL
resolver knows and `ROWS` does not, or the other way round, fails the build.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver, get_resolver

PEOPLE = (
    "anonymous",
    "outsider",
    "viewer",
    "editor",
    "owner",
    "administrator",
    "revoked",  # an owner, with a key that was revoked
    "suspended",  # an owner, whose account was closed while the session was open
)
ANYONE = frozenset(PEOPLE)
NOBODY_YET = frozenset({"anonymous", "revoked", "suspended"})  # whose credentials are none
SIGNED_IN = ANYONE - NOBODY_YET
VIEWERS = frozenset({"viewer", "editor", "owner"})
EDITORS = frozenset({"editor", "owner"})
OWNERS = frozenset({"owner"})
STAFF = frozenset({"administrator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One operation: who it is for, who may know that its object exists, and what the allowed are answered."""

    method: str = "GET"
    allowed: frozenset[str]
    seen_by: frozenset[str] = frozenset()
    status: int | tuple[int, ...] = 200
    fields: dict[str, object] = field(default_factory=dict)  # a form or JSON; `{…}` is filled in from the scene
    place: dict[str, object] = field(default_factory=dict)  # parts of the address that are no row's id
    query: str = ""
    upload: bool = False

    @property
    def statuses(self) -> tuple[int, ...]:
        return self.status if isinstance(self.status, tuple) else (self.status,)


def _get(allowed: frozenset[str], **more: object) -> Row:
    return Row(allowed=allowed, seen_by=more.pop("seen_by", allowed), **more)  # type: ignore[arg-type]  # a Row's own


def _post(allowed: frozenset[str], **more: object) -> Row:
    return _get(allowed, method="POST", **{"status": 302, **more})


_IN_COLLECTION = {"seen_by": VIEWERS}

PAGES: dict[str, tuple[Row, ...]] = {
    "": (_get(SIGNED_IN), _post(SIGNED_IN, fields={"question": "Is anything here?"})),
    "c/<uuid:conversation_id>": (
        _get(OWNERS),
        _post(OWNERS, fields={"question": "And now?", "conversation": "{conversation_id}"}),
    ),
    "ask/stream": (
        _post(SIGNED_IN, status=200, fields={"question": "Is anything here?"}),
        _post(OWNERS, status=200, fields={"question": "And now?", "conversation": "{conversation_id}"}),
        _post(VIEWERS, status=200, fields={"question": "And here?", "collections": "{collection_id}"}),
    ),
    "answers/<uuid:answer_id>": (_get(OWNERS),),
    "answers/<uuid:answer_id>/card": (_get(OWNERS),),
    "answers/<uuid:answer_id>/stream": (_get(OWNERS),),
    "answers/<uuid:answer_id>/feedback": (_post(OWNERS, fields={"rating": "1"}),),
    "answers/<uuid:answer_id>/curate": (
        _get(EDITORS),
        _post(EDITORS, fields={"text": "Two hundred years.", "collection": "{collection_id}"}),
    ),
    "answers/<uuid:answer_id>/case": (_post(EDITORS, fields={"answers": "200", "home": "set:{set_id}"}),),
    "quality": (
        _get(SIGNED_IN),
        _post(EDITORS, **_IN_COLLECTION, fields={"name": "More", "collection": "{collection_id}"}),
    ),
    "quality/sets/<uuid:set_id>": (_get(EDITORS),),
    "quality/sets/<uuid:set_id>/import": (_post(EDITORS),),
    "quality/sets/<uuid:set_id>/export.<slug:kind>": (
        _get(EDITORS, place={"kind": "jsonl"}),
        _get(EDITORS, place={"kind": "csv"}),
    ),
    "quality/sets/<uuid:set_id>/cases": (_post(EDITORS, fields={"question": "How wide?", "answers": "2 m"}),),
    "quality/sets/<uuid:set_id>/run": (_post(EDITORS),),
    "quality/sets/<uuid:set_id>/delete": (_post(EDITORS),),
    "quality/cases/<int:case_id>/delete": (_post(EDITORS),),
    "quality/compare": (_get(EDITORS, query="?before={run_id}&after={run_id}"),),
    "quality/runs/<uuid:run_id>": (_get(EDITORS),),
    "quality/runs/<uuid:run_id>/cancel": (_post(EDITORS, status=409),),
    "quality/runs/<uuid:run_id>/delete": (_post(EDITORS),),
    "quality/runs/<uuid:run_id>/cases/<int:position>": (_get(EDITORS, place={"position": 901}),),
    "curated": (
        _get(SIGNED_IN),
        _post(
            EDITORS, **_IN_COLLECTION, fields={"question": "Q?", "text": "So it is.", "collection": "{collection_id}"}
        ),
    ),
    "curated/<uuid:curated_id>": (_get(EDITORS), _post(EDITORS, fields={"text": "It is not."})),
    "curated/<uuid:curated_id>/delete": (_post(EDITORS),),
    "collections": (_get(SIGNED_IN), _post(SIGNED_IN, fields={"name": "Fresh"})),
    "collections/<uuid:collection_id>": (_get(VIEWERS),),
    "collections/<uuid:collection_id>/upload": (_post(EDITORS, **_IN_COLLECTION, upload=True),),
    "collections/<uuid:collection_id>/import": (
        _get(EDITORS, **_IN_COLLECTION),
        _post(EDITORS, **_IN_COLLECTION, fields={"title": "A note", "text": "Typed in."}),
        _post(EDITORS, **_IN_COLLECTION, fields={"url": "http://127.0.0.1/"}, status=422),
        _post(EDITORS, **_IN_COLLECTION, fields={"title": "A note", "text": "Typed in.", "act": "look"}, status=200),
        _post(EDITORS, **_IN_COLLECTION, fields={"kind": "sitemap", "source": "http://127.0.0.1/"}),
        _post(
            frozenset(), **_IN_COLLECTION, fields={"kind": "folder", "source": "/"}
        ),  # for administrators who edit it
    ),
    "imports/<uuid:import_id>": (_get(EDITORS, **_IN_COLLECTION),),
    "imports/<uuid:import_id>/<slug:act>": (
        _post(EDITORS, **_IN_COLLECTION, place={"act": "cancel"}),
        _post(EDITORS, **_IN_COLLECTION, place={"act": "import"}),
    ),
    "schedules/<uuid:schedule_id>/<slug:act>": (
        _post(EDITORS, **_IN_COLLECTION, place={"act": "run"}),
        _post(EDITORS, **_IN_COLLECTION, place={"act": "delete"}),
    ),
    "collections/<uuid:collection_id>/progress": (_get(VIEWERS),),
    "collections/<uuid:collection_id>/documents": (
        _post(EDITORS, **_IN_COLLECTION, fields={"act": "retry", "documents": "{document_id}"}),
        _post(EDITORS, **_IN_COLLECTION, fields={"act": "delete", "documents": "{document_id}", "sure": "yes"}),
    ),
    "collections/<uuid:collection_id>/settings": (
        _get(OWNERS, **_IN_COLLECTION),
        _post(OWNERS, **_IN_COLLECTION, fields={"name": "Renamed", "description": ""}),
    ),
    "collections/<uuid:collection_id>/reread": (_post(OWNERS, **_IN_COLLECTION),),
    "collections/<uuid:collection_id>/members": (
        _post(OWNERS, **_IN_COLLECTION, fields={"name": "{outsider}", "role": "viewer"}),
    ),
    "collections/<uuid:collection_id>/delete": (_post(OWNERS, **_IN_COLLECTION, fields={"name": "{collection}"}),),
    "documents/<uuid:document_id>": (_get(VIEWERS),),
    "documents/<uuid:document_id>/passages": (_get(VIEWERS),),
    "documents/<uuid:document_id>/history": (_get(VIEWERS),),
    "documents/<uuid:document_id>/original": (_get(VIEWERS),),
    "documents/<uuid:document_id>/pages/<int:page>.png": (_get(VIEWERS, place={"page": 1}),),
    "documents/<uuid:document_id>/<slug:act>": (
        _post(EDITORS, **_IN_COLLECTION, place={"act": "retry"}),
        _post(EDITORS, **_IN_COLLECTION, place={"act": "cancel"}),
        _post(EDITORS, **_IN_COLLECTION, place={"act": "disable"}),
        _post(EDITORS, **_IN_COLLECTION, place={"act": "rename"}, fields={"title": "Renamed"}),
        _post(EDITORS, **_IN_COLLECTION, place={"act": "delete"}, fields={"sure": "yes"}),
    ),
    "passages/<int:passage_id>/<slug:act>": (
        _post(EDITORS, **_IN_COLLECTION, place={"act": "disable"}),
        _post(EDITORS, **_IN_COLLECTION, place={"act": "restore"}),
    ),
    "deleted": (
        _get(SIGNED_IN),
        _get(SIGNED_IN, query="?kind=document"),
        _post(EDITORS, fields={"act": "restore", "deleted": "{deleted_id}"}),
        _post(EDITORS, fields={"act": "undo", "deleted": "{deleted_id}"}),
        _post(EDITORS, fields={"act": "erase", "deleted": "{deleted_id}"}),
        _post(SIGNED_IN, fields={"act": "empty"}),
    ),
    "history": (_get(SIGNED_IN),),
    "history/<uuid:conversation_id>": (_get(OWNERS), _post(OWNERS, fields={"title": "Renamed"})),
    "history/<uuid:conversation_id>/export.<slug:kind>": (
        _get(OWNERS, place={"kind": "json"}),
        _get(OWNERS, place={"kind": "md"}),
        _get(OWNERS, place={"kind": "csv"}),
    ),
    "history/<uuid:conversation_id>/delete": (_post(OWNERS),),
    "probe": (
        _get(SIGNED_IN),
        _get(VIEWERS, query="?q=oak&collection={collection_id}"),
        _post(EDITORS, **_IN_COLLECTION, fields={"q": "Oak?", "collection": "{collection_id}", "passage": "{passage}"}),
    ),
    "jobs": (_get(SIGNED_IN),),
    "jobs/<int:job_id>/<slug:act>": (_post(EDITORS, **_IN_COLLECTION, place={"act": "cancel"}),),
    "inbox": (_get(SIGNED_IN),),
    "inbox/<int:feedback_id>": (_post(EDITORS, fields={"cause": "search"}),),
    "usage": (_get(SIGNED_IN),),
    "keys": (_get(SIGNED_IN), _post(SIGNED_IN, status=200, fields={"name": "script"})),
    "keys/<int:key_id>/revoke": (_post(OWNERS),),
    "account": (_get(SIGNED_IN),),
    "account/password": (_get(SIGNED_IN), _post(SIGNED_IN, status=200, fields={"old_password": "not it"})),
    "login": (_get(ANYONE, status=(200, 302)),),
    "logout": (_post(ANYONE),),
    "favicon.ico": (_get(ANYONE, status=302),),
    "i18n/setlang/": (_post(ANYONE, fields={"language": "en"}),),
    "api/docs/": (_get(ANYONE),),
    "api/redoc/": (_get(ANYONE),),
    "health/live": (_get(ANYONE),),
    "health/ready": (_get(ANYONE),),
    "metrics": (_get(STAFF),),
}

API: dict[str, tuple[Row, ...]] = {
    "api/v1/collections": (
        _get(SIGNED_IN),
        _post(SIGNED_IN, status=201, fields={"name": "Fresh"}),
    ),
    "api/v1/collections/<uuid:collection_id>": (
        _get(VIEWERS),
        _get(OWNERS, **_IN_COLLECTION, method="PATCH", fields={"name": "Renamed"}),
        _get(OWNERS, **_IN_COLLECTION, method="DELETE", status=204),
    ),
    "api/v1/collections/<uuid:collection_id>/reread": (_post(OWNERS, **_IN_COLLECTION, status=202),),
    "api/v1/collections/<uuid:collection_id>/documents": (
        _get(VIEWERS),
        _post(EDITORS, **_IN_COLLECTION, status=201, upload=True),
    ),
    "api/v1/collections/<uuid:collection_id>/documents/url": (
        _post(EDITORS, **_IN_COLLECTION, fields={"url": "http://127.0.0.1/"}, status=422),
    ),
    "api/v1/collections/<uuid:collection_id>/preview": (
        _post(EDITORS, **_IN_COLLECTION, status=200, fields={"title": "A note", "text": "Typed in."}),
        _post(EDITORS, **_IN_COLLECTION, status=200, upload=True),
    ),
    "api/v1/collections/<uuid:collection_id>/imports": (
        _get(EDITORS, **_IN_COLLECTION),
        _post(EDITORS, **_IN_COLLECTION, status=202, fields={"kind": "sitemap", "source": "http://127.0.0.1/"}),
        _post(
            frozenset(), **_IN_COLLECTION, fields={"kind": "folder", "source": "/"}
        ),  # for administrators who edit it
    ),
    "api/v1/imports/<uuid:import_id>": (_get(EDITORS, **_IN_COLLECTION),),
    "api/v1/imports/<uuid:import_id>/items": (_get(EDITORS, **_IN_COLLECTION),),
    "api/v1/imports/<uuid:import_id>/cancel": (_post(EDITORS, **_IN_COLLECTION, status=202),),
    "api/v1/collections/<uuid:collection_id>/schedules": (
        _get(EDITORS, **_IN_COLLECTION),
        _post(
            EDITORS,
            **_IN_COLLECTION,
            status=202,
            fields={"kind": "page", "source": "http://127.0.0.1/", "every": "day"},
        ),
    ),
    "api/v1/schedules/<uuid:schedule_id>": (
        _get(EDITORS, **_IN_COLLECTION),
        _get(EDITORS, **_IN_COLLECTION, method="DELETE", status=204),
    ),
    "api/v1/schedules/<uuid:schedule_id>/run": (_post(EDITORS, **_IN_COLLECTION, status=202),),
    "api/v1/documents/<uuid:document_id>": (
        _get(VIEWERS),
        _get(EDITORS, **_IN_COLLECTION, method="PATCH", fields={"enabled": False}),
        _get(EDITORS, **_IN_COLLECTION, method="DELETE", status=204),
    ),
    "api/v1/documents/<uuid:document_id>/text": (_get(VIEWERS),),
    "api/v1/documents/<uuid:document_id>/passages": (_get(VIEWERS),),
    "api/v1/passages/<int:passage_id>": (
        _get(VIEWERS),
        _get(EDITORS, **_IN_COLLECTION, method="PATCH", fields={"enabled": False}),
    ),
    "api/v1/documents/<uuid:document_id>/retry": (_post(EDITORS, **_IN_COLLECTION, status=202),),
    "api/v1/documents/<uuid:document_id>/cancel": (_post(EDITORS, **_IN_COLLECTION, status=409),),
    "api/v1/collections/<uuid:collection_id>/curated": (
        _get(EDITORS, **_IN_COLLECTION),
        _post(EDITORS, **_IN_COLLECTION, status=201, fields={"question": "Q?", "text": "So it is."}),
    ),
    "api/v1/curated/<uuid:curated_id>": (_get(EDITORS), _get(EDITORS, method="DELETE", status=204)),
    "api/v1/test-sets": (
        _get(SIGNED_IN),
        _post(EDITORS, **_IN_COLLECTION, status=201, fields={"name": "More", "collection": "{collection_id}"}),
    ),
    "api/v1/test-sets/<uuid:set_id>": (_get(EDITORS), _get(EDITORS, method="DELETE", status=204)),
    "api/v1/test-sets/<uuid:set_id>/cases": (
        _get(EDITORS),
        _post(EDITORS, status=201, fields={"cases": [{"question": "How wide?", "answers": ["2 m"]}]}),
    ),
    "api/v1/test-sets/<uuid:set_id>/runs": (_get(EDITORS), _post(EDITORS, status=202)),
    "api/v1/runs/<uuid:run_id>": (_get(EDITORS),),
    "api/v1/runs/<uuid:run_id>/cases": (_get(EDITORS),),
    "api/v1/runs/<uuid:run_id>/cancel": (_post(EDITORS, status=409),),
    "api/v1/answers": (
        _post(SIGNED_IN, status=200, fields={"question": "Is anything here?"}),
        _post(SIGNED_IN, status=200, fields={"question": "Is anything here?", "stream": True}),
        _post(VIEWERS, status=200, fields={"question": "And here?", "collections": ["{collection_id}"]}),
        _post(OWNERS, status=200, fields={"question": "And now?", "conversation": "{conversation_id}"}),
    ),
    "api/v1/answers/<uuid:answer_id>": (_get(OWNERS),),
    "api/v1/answers/<uuid:answer_id>/stream": (_get(OWNERS),),
    "api/v1/answers/<uuid:answer_id>/feedback": (_post(OWNERS, status=204, fields={"rating": 1}),),
    "api/v1/conversations": (_get(SIGNED_IN), _post(SIGNED_IN, status=201, fields={"title": "Begun"})),
    "api/v1/conversations/<uuid:conversation_id>": (
        _get(OWNERS),
        _get(OWNERS, method="PATCH", fields={"title": "Renamed"}),
        _get(OWNERS, method="DELETE", status=204),
    ),
    "api/v1/conversations/<uuid:conversation_id>/export.<slug:kind>": (
        _get(OWNERS, place={"kind": "json"}),
        _get(OWNERS, place={"kind": "md"}),
        _get(OWNERS, place={"kind": "csv"}),
    ),
    "api/v1/collections/<uuid:collection_id>/members": (
        _get(OWNERS, **_IN_COLLECTION),
        _post(OWNERS, **_IN_COLLECTION, status=201, fields={"name": "{outsider}", "role": "viewer"}),
    ),
    "api/v1/collections/<uuid:collection_id>/members/<int:grant_id>": (
        _get(OWNERS, **_IN_COLLECTION, method="DELETE", status=204),
    ),
    "api/v1/deleted": (_get(SIGNED_IN),),
    "api/v1/deleted/<uuid:deleted_id>": (_get(EDITORS, method="DELETE", status=204),),
    "api/v1/deleted/<uuid:deleted_id>/restore": (_post(EDITORS, status=204),),
    "api/v1/jobs": (_get(SIGNED_IN),),
    "api/v1/jobs/<int:job_id>/cancel": (_post(EDITORS, **_IN_COLLECTION, status=409),),
    "api/v1/jobs/<int:job_id>/retry": (_post(EDITORS, **_IN_COLLECTION, status=202),),
    "api/v1/usage": (_get(SIGNED_IN),),
    "api/v1/search": (
        _post(SIGNED_IN, status=200, fields={"question": "Is anything here?"}),
        _post(VIEWERS, status=200, fields={"question": "And here?", "collections": ["{collection_id}"]}),
    ),
    "api/v1/openapi.json": (_get(ANYONE),),
    "mcp": (_post(SIGNED_IN, status=200, fields={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}),),
    "v1/models": (_get(SIGNED_IN),),
    "v1/models/<slug:model>": (_get(SIGNED_IN, place={"model": "kbqa"}),),
    "v1/chat/completions": (
        _post(SIGNED_IN, status=200, fields={"messages": [{"role": "user", "content": "Is anything here?"}]}),
        _post(
            VIEWERS,
            status=200,
            fields={"messages": [{"role": "user", "content": "And here?"}], "collections": ["{collection_id}"]},
        ),
    ),
}

ROWS = PAGES | API
ADMIN = "admin/"  # one rule for all of it: administrators, through Django's own gate


def routes() -> list[str]:
    """Every route the resolver knows, in its own spelling."""
    return list(dict.fromkeys(_walk(get_resolver().url_patterns)))


def _walk(patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route
