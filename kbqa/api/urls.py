"""`/api/v1/`: stable names; the OpenAPI document is the contract."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from . import answers, collections, curated, documents, imports, passages, quality

urlpatterns = [
    path("collections", collections.Collections.as_view()),
    path("collections/<uuid:collection_id>", collections.OneCollection.as_view()),
    path("collections/<uuid:collection_id>/reread", collections.RereadCollection.as_view()),
    path("collections/<uuid:collection_id>/documents", documents.Documents.as_view()),
    path("collections/<uuid:collection_id>/documents/url", documents.DocumentFromUrl.as_view()),
    path("collections/<uuid:collection_id>/preview", imports.DocumentPreview.as_view()),
    path("collections/<uuid:collection_id>/imports", imports.Imports.as_view()),
    path("imports/<uuid:import_id>", imports.OneImport.as_view()),
    path("imports/<uuid:import_id>/items", imports.ImportItems.as_view()),
    path("imports/<uuid:import_id>/cancel", imports.CancelImport.as_view()),
    path("documents/<uuid:document_id>", documents.OneDocument.as_view()),
    path("documents/<uuid:document_id>/text", documents.DocumentText.as_view()),
    path("documents/<uuid:document_id>/passages", passages.DocumentPassages.as_view()),
    path("documents/<uuid:document_id>/retry", documents.RetryDocument.as_view()),
    path("documents/<uuid:document_id>/cancel", documents.CancelDocument.as_view()),
    path("passages/<int:passage_id>", passages.OnePassage.as_view()),
    path("collections/<uuid:collection_id>/curated", curated.CuratedAnswers.as_view()),
    path("curated/<uuid:curated_id>", curated.OneCuratedAnswer.as_view()),
    path("test-sets", quality.TestSets.as_view()),
    path("test-sets/<uuid:set_id>", quality.OneTestSet.as_view()),
    path("test-sets/<uuid:set_id>/cases", quality.TestCases.as_view()),
    path("test-sets/<uuid:set_id>/runs", quality.TestRuns.as_view()),
    path("runs/<uuid:run_id>", quality.OneTestRun.as_view()),
    path("runs/<uuid:run_id>/cases", quality.TestRunCases.as_view()),
    path("runs/<uuid:run_id>/cancel", quality.CancelTestRun.as_view()),
    path("answers", answers.Answers.as_view()),
    path("answers/<uuid:answer_id>", answers.OneAnswer.as_view()),
    path("answers/<uuid:answer_id>/stream", answers.AnswerStream.as_view()),
    path("answers/<uuid:answer_id>/feedback", answers.AnswerFeedback.as_view()),
    path("search", answers.Search.as_view()),
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
]
