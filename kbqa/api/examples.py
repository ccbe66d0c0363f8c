"""An example for whatever an operation takes and gives, filled into the OpenAPI document as it is made.

A word means one thing in the whole API, so each field's value is written down once, and
all examples tell one story: a collection *Staff*, its handbook, a question about leave.
What a request shows is spelled out, for it is sent as it stands.
"""

from typing import Any

from .problems import PROBLEM, problem

Json = dict[str, Any]  # Any: JSON

COLLECTION = "7f2f1d9e-5f6c-4b7e-9a51-2f1d0c3b4a5e"
DOCUMENT = "2c9d1a44-8f0b-4f6e-8a53-6f1f6f0f7f10"
CONVERSATION = "b1c7a2f8-3a0e-4d0c-9b61-0d8d4a7c9e21"
ANSWER = "e4a9c0b6-7d15-4a4f-8b8e-52f2c3d1a9b7"
RUN = "0d6f8a3c-64f1-4b0e-9f0d-8a2f5b1c7e34"
TEST_SET = "9a1b5c7d-2e3f-4a5b-8c7d-6e5f4a3b2c1d"
QUESTION = "How many days of leave are there?"
QUOTE = "Full-time staff have 28 days of leave a year."
ASKED_AT, DONE_AT = "2026-03-02T09:15:00Z", "2026-03-02T09:15:04Z"
NEXT = "https://kb.example.org/api/v1/…?cursor=cD0yMDI2"

REQUESTS: Json = {
    "AskRequest": {"question": QUESTION, "collections": [COLLECTION], "deadline_s": 5.0},
    "ChatRequest": {"model": "kbqa", "messages": [{"role": "user", "content": QUESTION}]},
    "CollectionRequest": {"name": "Staff", "description": "What everybody here should know"},
    "ConversationRequest": {"title": "Leave"},
    "CurateRequest": {"question": QUESTION, "text": "28, and 30 from the tenth year on."},
    "FeedbackRequest": {"rating": -1, "reason": "outdated", "comment": "It is 30 now."},
    "ImportBeginRequest": {"kind": "sitemap", "source": "https://www.example.org/sitemap.xml", "dry_run": True},
    "LookRequest": {"title": "Leave", "text": QUOTE},
    "MemberGiveRequest": {"name": "ada", "role": "editor"},
    "NewCasesRequest": {
        "cases": [
            {"question": QUESTION, "answers": ["28", "28 days"]},
            {"question": "Who founded our rival?"},
        ]
    },
    "PatchedCollectionChangeRequest": {"glossary": "leave = holiday = vacation", "abstain_below": 0.7},
    "PatchedConversationRequest": {"title": "Leave"},
    "PatchedDocumentChangeRequest": {"enabled": False},
    "PatchedPassageChangeRequest": {"text": "Full-time staff have 30 days of leave a year."},
    "ScheduleCreateRequest": {"kind": "sitemap", "source": "https://www.example.org/sitemap.xml", "every": "day"},
    "SearchRequest": {"question": QUESTION, "collections": [COLLECTION], "limit": 5},
    "TestSetRequest": {"name": "Leave", "collection": COLLECTION},
    "UploadRequest": {"file": QUOTE},
    "UrlRequest": {"url": "https://www.example.org/handbook.html"},
}

# By `Component.field` where the component gives the word its value, else by the field alone.
FIELDS: Json = {
    "abstain_below": None,
    "abstained": False,
    "abstained_share": 0.1,
    "answer": "28 days",
    "answer_end": 7,
    "answer_start": 0,
    "answers": ["28", "28 days"],
    "asked": 40,
    "at": ASKED_AT,
    "attempt": 1,
    "by": "ada",
    "cached": False,
    "cached_share": 0.25,
    "case": 12,
    "chunk_size": "normal",
    "collection": COLLECTION,
    "confidence": 0.97,
    "conversation": CONVERSATION,
    "counts": {"waiting": 0, "new": 12, "version": 1, "unchanged": 30, "refused": 2},
    "created_at": ASKED_AT,
    "curated": None,
    "every": "day",
    "last_import": "5e4d3c2b-1a09-4f8e-9d7c-6b5a49382716",
    "next_at": "2026-03-03T09:15:00Z",
    "remove_missing": True,
    "schedule": None,
    "tentative": None,
    "date": "2026-03-02",
    "degraded": False,
    "description": "What everybody here should know",
    "deleted_at": ASKED_AT,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "document": DOCUMENT,
    "dry_run": False,
    "duplicate": False,
    "edited": False,
    "edited_at": None,
    "edited_by": None,
    "enabled": True,
    "end": 857,
    "erased_at": "2026-04-01T09:15:00Z",
    "error": "",
    "error_code": "",
    "facts": {"encoder": "6f0c9d", "reader": "31d7aa", "snapshot": 4, "num_passages": 10},
    "figures": {"questions": 40, "right": 0.9, "right_interval": [0.8, 0.98], "recall@5": 0.95, "p95_ms": 140.2},
    "finished_at": DONE_AT,
    "glossary": "leave = holiday = vacation",
    "golds": ["28", "28 days"],
    "heading_path": ["Working hours", "Leave"],
    "in_passage": None,
    "is_team": False,
    "kept": 2,
    "kind": "sitemap",
    "language": "en",
    "media_type": "application/pdf",
    "message": "",
    "ms": 61.2,
    "name": "handbook.pdf",
    "next": NEXT,
    "num_cases": 40,
    "num_chars": 48_211,
    "num_documents": 12,
    "num_pages": 24,
    "num_passages": 96,
    "num_tables": 3,
    "number": 1,
    "object": "list",
    "outcome": "new",
    "owned_by": "kbqa",
    "p50_ms": 58.0,
    "p95_ms": 140.2,
    "page": 2,
    "pages": [[1, 0, 810], [2, 812, 1_730]],
    "passage": "",
    "percent": 100,
    "place": "https://www.example.org/handbook.html",
    "position": 1,
    "previous": None,
    "progress": 100,
    "question": QUESTION,
    "queued": 12,
    "queued_at": ASKED_AT,
    "quote": QUOTE,
    "rank": 1,
    "ready_at": DONE_AT,
    "role": "editor",
    "scores": {"dense": 0.71, "lexical": 9.4, "fused": 0.032, "rerank": 6.1},
    "size_bytes": 183_204,
    "source": "https://www.example.org/sitemap.xml",
    "source_text": QUOTE,
    "stage": "done",
    "start": 812,
    "started_at": ASKED_AT,
    "state": "ready",
    "test_set": TEST_SET,
    "text": QUOTE,
    "times": 3,
    "timings_ms": {"retrieve": 12.4, "read": 46.1, "total": 61.2},
    "title": "Staff handbook",
    "total": 40,
    "trace": {},
    "updated_at": ASKED_AT,
    "url": f"/documents/{DOCUMENT}?version=1&start=812&end=857#quote",
    "verdict": "right",
    "version": 1,
    "warnings": [],
    "worker": "worker@kb",
    "written": False,
    "Answer.id": ANSWER,
    "ChatCompletion.id": f"chatcmpl-{ANSWER}",
    "ChatCompletion.object": "chat.completion",
    "ChatCompletion.created": 1_772_442_900,
    "ChatCompletion.model": "kbqa",
    "ChatCompletion.choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": f"28 days\n\n[1] Staff handbook, page 2: “{QUOTE}”"},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "ChatCompletion.citations": [
        {"number": 1, "document": DOCUMENT, "version": 1, "title": "Staff handbook", "page": 2, "quote": QUOTE}
    ],
    "ChatCompletion.usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    "Collection.id": COLLECTION,
    "Collection.name": "Staff",
    "Conversation.id": CONVERSATION,
    "Conversation.title": QUESTION,
    "Curated.id": "c3d5e7f9-1a2b-4c3d-8e5f-7a9b1c3d5e7f",
    "Curated.text": "28, and 30 from the tenth year on.",
    "Day.answered": 36,
    "Day.abstained": 4,
    "Day.failed": 0,
    "Deleted.id": DOCUMENT,
    "Deleted.kind": "document",
    "Deleted.place": "Staff",
    "Document.id": DOCUMENT,
    "DocumentPassage.id": 4_711,
    "Import.id": "5e4d3c2b-1a09-4f8e-9d7c-6b5a49382716",
    "Import.state": "done",
    "Job.state": "succeeded",
    "Member.id": 7,
    "Member.name": "ada",
    "Model.created": 0,
    "Model.id": "kbqa",
    "Model.object": "model",
    "Preview.document": None,
    "Schedule.id": "7c6b5a49-3827-4e1d-8f0a-9b8c7d6e5f40",
    "TestCase.id": 12,
    "TestRun.id": RUN,
    "TestRun.state": "done",
    "TestSet.id": TEST_SET,
    "TestSet.name": "Leave",
    "Unanswered.question": "Who founded our rival?",
    "Uploaded.id": DOCUMENT,
    "Uploaded.state": "pending",
    "Uploaded.progress": 0,
    "Work.id": 118,
    "Work.state": "succeeded",
}

BODIES: Json = {  # of media types that are no component's
    "application/json": {
        "id": CONVERSATION,
        "title": QUESTION,
        "turns": [{"asked_at": ASKED_AT, "question": QUESTION, "state": "done", "answer": "28 days"}],
    },
    "text/markdown": f"# {QUESTION}\n\n## {QUESTION}\n\n28 days\n\n> {QUOTE}\n>\n> [1] Staff handbook, page 2\n",
    "text/csv": "asked_at,question,answer,state,confidence,source,page,quote\r\n"
    f"{ASKED_AT},{QUESTION},28 days,done,0.97,Staff handbook,2,{QUOTE}\r\n",
    "text/event-stream": {"id": f"{ANSWER}:2", "event": "token", "data": '{"text": "28 days"}'},
}

PROBLEMS: dict[int, dict[str, str]] = {  # status → code → sentence
    400: {"malformed": "JSON parse error - Expecting value: line 1 column 1 (char 0)"},
    401: {"not_authenticated": "Send a key: `Authorization: Bearer kb_…`."},
    403: {
        "permission_refused": "You may see this, but not change it.",
        "scope_missing": "This key lacks the scope write.",
    },
    404: {"not_found": "There is no such collection."},
    409: {"conflict": "There is nothing to cancel: the work is over."},
    413: {"file_too_large": "The file is larger than 50 MB."},
    415: {"unsupported_type": "Files of this kind cannot be read."},
    422: {"invalid": "question: This field may not be blank."},
    429: {"too_many_requests": "Your minute is used up."},
    503: {"busy": "Too many questions are waiting; try again in a moment."},
    504: {"deadline_exceeded": "Nothing could be answered in time."},
}
_MORE: Json = {
    "scope_missing": {"scope": "write"},
    "invalid": {"errors": {"question": ["This field may not be blank."]}},
}


def add_examples(result: Json, generator: object, **_: object) -> Json:
    """drf-spectacular's last hook; LookupError for a field that this file does not know."""
    components = result["components"]["schemas"]
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            media["example"] = REQUESTS[_name(media["schema"])]
        for status, response in operation["responses"].items():
            for media_type, media in response.get("content", {}).items():
                if media_type == PROBLEM:
                    media["examples"] = _problems(int(status))
                else:
                    media["example"] = _body(media_type, media["schema"], components)
    return result


def _problems(status: int) -> Json:
    return {
        code: {"value": problem(status, code, sentence) | _MORE.get(code, {})}
        for code, sentence in PROBLEMS[status].items()
    }


def _body(media_type: str, schema: Json, components: Json) -> object:
    return _shown(_name(schema), components) if "$ref" in schema else BODIES[media_type]


def _shown(name: str, components: Json) -> Json:
    """One of a component, with all its fields."""
    return {field: _value(name, field, schema, components) for field, schema in components[name]["properties"].items()}


def _value(owner: str, field: str, schema: Json, components: Json) -> object:
    for key in (f"{owner}.{field}", field):
        if key in FIELDS:
            return FIELDS[key]
    if "items" in schema:
        return [_shown(_name(schema["items"]), components)]
    return _shown(_name(schema), components)


def _name(schema: Json) -> str:
    """The component that a schema is, perhaps wrapped to carry a description."""
    for part in (schema, *schema.get("allOf", ())):
        if "$ref" in part:
            return str(part["$ref"].rpartition("/")[2])
    raise LookupError(f"kbqa/api/examples.py has no value for {schema}")
