"""One class a wire shape; its name is its OpenAPI name."""

from typing import Any

from rest_framework import serializers

from kbqa.answers.models import Feedback
from kbqa.documents.models import ChunkSize, Collection, Document, IngestJob, Passage, Version


class ProblemSerializer(serializers.Serializer[Any]):  # Any: read-only shapes have no instance type
    """An error, as RFC 9457 has it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="stable; programs decide by it")
    detail = serializers.CharField(help_text="a sentence for people")
    scope = serializers.CharField(required=False, help_text="with `scope_missing`: what the key would need")
    errors = serializers.DictField(required=False, help_text="field → its complaints")  # type: ignore[assignment]  # the wire's name


class CollectionSerializer(serializers.ModelSerializer[Collection]):
    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=2_000, required=False, allow_blank=True)
    num_documents = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Collection
        fields = [
            "id", "name", "description", "created_at", "num_documents", "glossary", "abstain_below", "chunk_size",
        ]  # fmt: skip
        read_only_fields = ["id", "created_at", "glossary", "abstain_below", "chunk_size"]


class CollectionChangeSerializer(serializers.Serializer[Any]):  # Any: as above
    name = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=2_000, required=False, allow_blank=True)
    glossary = serializers.CharField(
        max_length=20_000, required=False, allow_blank=True, help_text="words of one meaning, a group a line: a = b = c"
    )
    abstain_below = serializers.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        allow_null=True,
        help_text="least confidence of an answer that is given; 0.7 is careful, 0.2 eager, null the reader's own",
    )
    chunk_size = serializers.ChoiceField(
        ChunkSize.choices, required=False, help_text="of passages, for documents read from now on"
    )


class RereadSerializer(serializers.Serializer[Any]):  # Any: as above
    queued = serializers.IntegerField(help_text="documents that will be read again")


class JobSerializer(serializers.ModelSerializer[IngestJob]):
    class Meta:
        model = IngestJob
        fields = ["state", "stage", "percent", "message", "attempt", "queued_at", "started_at", "finished_at"]


class VersionSerializer(serializers.ModelSerializer[Version]):
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    job = JobSerializer(read_only=True)

    class Meta:
        model = Version
        fields = [
            "number", "state", "error_code", "error", "warnings", "media_type", "size_bytes", "digest",
            "language", "num_pages", "num_passages", "num_tables", "created_at", "ready_at", "job",
        ]  # fmt: skip


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """`state`, `progress` and `error` are of the newest version; an earlier one may still be answering."""

    collection = serializers.UUIDField(source="collection_id", read_only=True)
    state = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    latest = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = ["id", "collection", "name", "title", "enabled", "created_at", "state", "progress", "error", "latest"]

    def get_state(self, document: Document) -> str:
        return self._latest(document).state

    def get_progress(self, document: Document) -> int:
        return self._latest(document).job.percent

    def get_error(self, document: Document) -> str:
        return self._latest(document).error

    def get_latest(self, document: Document) -> VersionSerializer:
        return VersionSerializer(self._latest(document)).data  # type: ignore[return-value]  # the schema's shape

    def _latest(self, document: Document) -> Version:
        loaded: list[Version] | None = getattr(document, "all_versions", None)
        if loaded is None:
            loaded = list(document.versions.select_related("job").order_by("-number")[:1])
            document.all_versions = loaded  # type: ignore[attr-defined]  # the same name document_list prefetches
        return loaded[0]


class DocumentChangeSerializer(serializers.Serializer[Any]):  # Any: as above
    enabled = serializers.BooleanField(required=False, help_text="false: it stays, and answers no question")
    title = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="kept when it is read again; empty: its own"
    )


class UploadSerializer(serializers.Serializer[Any]):  # Any: as above
    file = serializers.FileField(allow_empty_file=True)


class UrlSerializer(serializers.Serializer[Any]):  # Any: as above
    url = serializers.CharField(max_length=2_000, help_text="http or https, in the public internet")


class UploadedSerializer(DocumentSerializer):
    duplicate = serializers.BooleanField(help_text="the same bytes were there already")

    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "duplicate"]


class TextSerializer(serializers.Serializer[Any]):  # Any: as above
    document = serializers.UUIDField()
    version = serializers.IntegerField()
    text = serializers.CharField(trim_whitespace=False)
    pages = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class DocumentPassageSerializer(serializers.ModelSerializer[Passage]):
    document = serializers.UUIDField(source="version.document_id", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    text = serializers.CharField(source="wording", read_only=True, help_text="what is searched and read")
    source_text = serializers.CharField(source="text", read_only=True, help_text="what stands there in the source")
    edited = serializers.BooleanField(source="is_edited", read_only=True, help_text="`text` is an editor's")
    edited_by = serializers.CharField(source="edited_by.username", read_only=True, default=None, allow_null=True)
    heading_path = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Passage
        fields = [
            "id", "document", "version", "position", "page", "start", "end", "heading_path", "text", "source_text",
            "enabled", "edited", "edited_at", "edited_by",
        ]  # fmt: skip
        read_only_fields = fields


class PassageChangeSerializer(serializers.Serializer[Any]):  # Any: as above
    text = serializers.CharField(
        max_length=20_000, required=False, allow_null=True, help_text="other words; null brings the source's back"
    )
    enabled = serializers.BooleanField(required=False, help_text="false: it stays, and answers no question")


class AskSerializer(serializers.Serializer[Any]):  # Any: as above
    question = serializers.CharField(help_text="in any language", trim_whitespace=True)
    collections = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=100, help_text="all you may see, by default"
    )
    conversation = serializers.UUIDField(required=False, allow_null=True)
    stream = serializers.BooleanField(required=False, default=False, help_text="server-sent events")
    deadline_s = serializers.FloatField(required=False, min_value=0.05, max_value=600)


class SearchSerializer(serializers.Serializer[Any]):  # Any: as above
    question = serializers.CharField(trim_whitespace=True)
    collections = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)
    limit = serializers.IntegerField(required=False, default=10, min_value=1, max_value=50)


class PassageSerializer(serializers.Serializer[Any]):  # Any: as above
    document = serializers.UUIDField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)
    start = serializers.IntegerField(help_text="characters of the version's canonical text")
    end = serializers.IntegerField()
    text = serializers.CharField()
    url = serializers.CharField()
    edited = serializers.BooleanField(
        required=False, help_text="the text is an editor's, in place of what stands there"
    )
    heading_path = serializers.ListField(child=serializers.CharField())
    scores = serializers.DictField(child=serializers.FloatField(allow_null=True))


class CitationSerializer(serializers.Serializer[Any]):  # Any: as above
    number = serializers.IntegerField()
    document = serializers.UUIDField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)
    start = serializers.IntegerField(help_text="characters of the version's canonical text")
    end = serializers.IntegerField()
    quote = serializers.CharField(help_text="verbatim, unless `edited`")
    url = serializers.CharField(help_text="opens the source at the quote")
    answer_start = serializers.IntegerField(allow_null=True, required=False)
    answer_end = serializers.IntegerField(allow_null=True, required=False)
    edited = serializers.BooleanField(
        required=False, help_text="an editor's words, in place of the passage at `start` and `end`"
    )


class CurationSerializer(serializers.Serializer[Any]):  # Any: as above
    id = serializers.UUIDField()
    collection = serializers.UUIDField()
    by = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class AnswerSerializer(serializers.Serializer[Any]):  # Any: as above
    id = serializers.UUIDField()
    conversation = serializers.UUIDField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)
    abstained = serializers.BooleanField(help_text="the documents do not say; `passages` are the nearest")
    confidence = serializers.FloatField(allow_null=True)
    degraded = serializers.BooleanField(help_text="cut short: by time, a damaged segment, or no generator")
    cached = serializers.BooleanField()
    written = serializers.BooleanField(help_text="a generator's prose, checked; `[n]` in it names a citation")
    citations = CitationSerializer(many=True)
    tentative = CitationSerializer(
        allow_null=True, help_text="where to look first, when `abstained`: too unsure to be an answer"
    )
    curated = CurationSerializer(allow_null=True, help_text="whose words it is, where an editor wrote it")
    passages = PassageSerializer(many=True)
    timings_ms = serializers.DictField(child=serializers.FloatField())
    trace = serializers.DictField()


class FoundSerializer(serializers.Serializer[Any]):  # Any: as above
    passages = PassageSerializer(many=True)
    degraded = serializers.BooleanField()
    timings_ms = serializers.DictField(child=serializers.FloatField())


class FeedbackSerializer(serializers.Serializer[Any]):  # Any: as above
    rating = serializers.ChoiceField(choices=[-1, 1])
    reason = serializers.ChoiceField(Feedback.Reason.choices, required=False, allow_blank=True, default="")
    comment = serializers.CharField(required=False, allow_blank=True, max_length=2_000, default="")
