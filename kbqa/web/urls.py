"""Pages; every state has a URL."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from . import answers, ask, collections, document_acts, documents, history, imports, inbox, jobs, keys, probe, usage

urlpatterns = [
    path("", ask.ask_page, name="ask"),
    path("c/<uuid:conversation_id>", ask.ask_page, name="conversation"),
    path("ask/stream", ask.ask_stream, name="ask-stream"),
    path("answers/<uuid:answer_id>", answers.answer_trace, name="answer"),
    path("answers/<uuid:answer_id>/card", answers.answer_card, name="answer-card"),
    path("answers/<uuid:answer_id>/feedback", answers.answer_feedback, name="answer-feedback"),
    path("collections", collections.collection_page_list, name="collections"),
    path("collections/<uuid:collection_id>", collections.collection_page, name="collection"),
    path("collections/<uuid:collection_id>/upload", collections.collection_upload, name="collection-upload"),
    path("collections/<uuid:collection_id>/import", imports.import_page, name="collection-import"),
    path("collections/<uuid:collection_id>/progress", collections.collection_progress, name="collection-progress"),
    path("collections/<uuid:collection_id>/documents", document_acts.collection_documents, name="collection-documents"),
    path("collections/<uuid:collection_id>/settings", collections.collection_settings, name="collection-settings"),
    path("collections/<uuid:collection_id>/members", collections.collection_member, name="collection-member"),
    path("collections/<uuid:collection_id>/delete", collections.collection_remove, name="collection-delete"),
    path("documents/<uuid:document_id>", documents.document_page, name="document"),
    path("documents/<uuid:document_id>/original", documents.document_original, name="document-original"),
    path("documents/<uuid:document_id>/pages/<int:page>.png", documents.document_picture, name="document-picture"),
    path("documents/<uuid:document_id>/<slug:act>", document_acts.document_act, name="document-act"),
    path("history", history.history_page, name="history"),
    path("history/<uuid:conversation_id>", history.conversation_edit, name="conversation-edit"),
    path("history/<uuid:conversation_id>/export.<slug:kind>", history.conversation_file, name="conversation-export"),
    path("history/<uuid:conversation_id>/delete", history.conversation_remove, name="conversation-delete"),
    path("probe", probe.probe_page, name="probe"),
    path("probe/<uuid:collection_id>/run", probe.probe_run, name="probe-run"),
    path("probe/cases/<int:case_id>/delete", probe.probe_case_remove, name="probe-case-delete"),
    path("jobs", jobs.job_page, name="jobs"),
    path("jobs/<int:job_id>/<slug:act>", jobs.job_act, name="job-act"),
    path("inbox", inbox.inbox_page, name="inbox"),
    path("inbox/<int:feedback_id>", inbox.inbox_review, name="inbox-review"),
    path("usage", usage.usage_page, name="usage"),
    path("keys", keys.key_page, name="keys"),
    path("keys/<int:key_id>/revoke", keys.key_remove, name="key-revoke"),
    path("login", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
]
