"""States, stages, roles and failures in people's words, translated."""

from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from kbqa.answers.cache import Level
from kbqa.answers.models import Feedback
from kbqa.documents.models import ChunkSize, DocumentEvent, IngestJob, Role, Version
from kbqa.documents.selectors import DISABLED
from kbqa.quality.models import Run
from kbqa.quality.outcomes import Verdict

from .said import said

STATES = {
    Version.State.PENDING: gettext_lazy("In work"),
    Version.State.READY: gettext_lazy("Ready"),
    Version.State.FAILED: gettext_lazy("Failed"),
    Version.State.CANCELLED: gettext_lazy("Cancelled"),
    Version.State.SUPERSEDED: gettext_lazy("Replaced"),
}

FILTERS = {
    **{str(state): label for state, label in STATES.items() if state != Version.State.SUPERSEDED},
    DISABLED: gettext_lazy("Switched off"),
}

LIKELIHOODS = {  # the least likelihood of an answer that is given, in hundredths; none: the reader's own
    "": gettext_lazy("Balanced: what is fairly sure to be right"),
    "70": gettext_lazy("Careful: only what is right at least 7 times in 10"),
    "20": gettext_lazy("Eager: whatever is right at least 2 times in 10"),
}

CHUNK_SIZES = {
    ChunkSize.SMALL: gettext_lazy("Small: half a passage, for short facts and lists"),
    ChunkSize.NORMAL: gettext_lazy("Normal"),
    ChunkSize.LARGE: gettext_lazy("Large: twice a passage, for long explanations"),
}

PASSAGES = {
    "edited": gettext_lazy("Edited"),
    DISABLED: gettext_lazy("Switched off"),
}

EVENTS = {
    DocumentEvent.Kind.UPLOADED: gettext_lazy("Uploaded"),
    DocumentEvent.Kind.READ_AGAIN: gettext_lazy("Asked to be read again"),
    DocumentEvent.Kind.CANCELLED: gettext_lazy("Reading stopped"),
    DocumentEvent.Kind.PUBLISHED: gettext_lazy("Read and published"),
    DocumentEvent.Kind.FAILED: gettext_lazy("Could not be read"),
    DocumentEvent.Kind.RENAMED: gettext_lazy("Title changed"),
    DocumentEvent.Kind.ENABLED: gettext_lazy("Switched on"),
    DocumentEvent.Kind.DISABLED: gettext_lazy("Switched off"),
    DocumentEvent.Kind.DELETED: gettext_lazy("Deleted"),
    DocumentEvent.Kind.RESTORED: gettext_lazy("Restored"),
    DocumentEvent.Kind.PASSAGE_EDITED: gettext_lazy("Passage edited"),
    DocumentEvent.Kind.PASSAGE_RESTORED: gettext_lazy("Passage restored"),
    DocumentEvent.Kind.PASSAGE_ENABLED: gettext_lazy("Passage switched on"),
    DocumentEvent.Kind.PASSAGE_DISABLED: gettext_lazy("Passage switched off"),
}

STAGES = {
    IngestJob.Stage.QUEUED: gettext_lazy("Waiting"),
    IngestJob.Stage.PARSE: gettext_lazy("Reading"),
    IngestJob.Stage.CHUNK: gettext_lazy("Splitting"),
    IngestJob.Stage.EMBED: gettext_lazy("Embedding"),
    IngestJob.Stage.SEAL: gettext_lazy("Sealing"),
    IngestJob.Stage.PUBLISH: gettext_lazy("Publishing"),
    IngestJob.Stage.DONE: gettext_lazy("Done"),
}

ROLES = {
    Role.VIEWER: gettext_lazy("Viewer"),
    Role.EDITOR: gettext_lazy("Editor"),
    Role.OWNER: gettext_lazy("Owner"),
}

ANSWER_STAGES = {
    "look": pgettext_lazy("stage of an answer", "Look for a kept answer"),
    "queue": pgettext_lazy("stage of an answer", "Wait for a turn"),
    "embed": pgettext_lazy("stage of an answer", "Understand the question"),
    "search": pgettext_lazy("stage of an answer", "Search"),
    "load": pgettext_lazy("stage of an answer", "Fetch passages"),
    "rerank": pgettext_lazy("stage of an answer", "Put in order"),
    "read": pgettext_lazy("stage of an answer", "Read"),
    "write": pgettext_lazy("stage of an answer", "Write"),
    "total": pgettext_lazy("stage of an answer", "Everything"),
}

SIGNALS = {
    "similarity": pgettext_lazy("signal", "Nearness in meaning"),
    "score": pgettext_lazy("signal", "The best sentence's score"),
    "share": pgettext_lazy("signal", "Share among all sentences"),
    "coverage": pgettext_lazy("signal", "Question's words in the sentence"),
    "passage_coverage": pgettext_lazy("signal", "Question's words in the passage"),
    "passage_run": pgettext_lazy("signal", "Longest part of the question in the passage"),
    "passage_bigrams": pgettext_lazy("signal", "Question's pairs of characters in the passage"),
    "passage_anchors": pgettext_lazy("signal", "Question's names and numbers in the passage"),
    "lead": pgettext_lazy("signal", "Lead over the next one"),
    "margin": pgettext_lazy("signal", "Lead over no answer"),
    "mass": pgettext_lazy("signal", "Share among all candidates (log)"),
    "agreement": pgettext_lazy("signal", "Other passages that agree"),
    "sentence_coverage": pgettext_lazy("signal", "Question's words in the sentence"),
    "echo": pgettext_lazy("signal", "Answer's words taken from the question"),
    "answer_words": pgettext_lazy("signal", "Length of the answer (log)"),
    "rank": pgettext_lazy("signal", "Its passage's place, as 1/n"),
    "alone": pgettext_lazy("signal", "Only passage"),
}

LEVELS = {
    Level.NONE: pgettext_lazy("where an answer came from", "Read anew"),
    Level.SHARED: pgettext_lazy("where an answer came from", "Kept from before"),
    Level.CONVERSATION: pgettext_lazy("where an answer came from", "Kept from the same conversation"),
    Level.WARMED: pgettext_lazy("where an answer came from", "Read ahead"),
    Level.JOINED: pgettext_lazy("where an answer came from", "Read for another at the same time"),
    Level.CURATED: pgettext_lazy("where an answer came from", "Written by an editor"),
    Level.PLEASANTRY: pgettext_lazy("where an answer came from", "No question"),
}

VERDICTS = {
    Verdict.RIGHT: pgettext_lazy("verdict", "right"),
    Verdict.WRONG: pgettext_lazy("verdict", "wrong"),
    Verdict.SILENT: pgettext_lazy("verdict", "silent"),
}

RUN_STATES = {
    Run.State.QUEUED: gettext_lazy("Waiting"),
    Run.State.RUNNING: gettext_lazy("In work"),
    Run.State.DONE: gettext_lazy("Done"),
    Run.State.FAILED: gettext_lazy("Failed"),
    Run.State.CANCELLED: gettext_lazy("Cancelled"),
}

FAULTS = {
    "empty": pgettext_lazy("fault of a sentence", "says nothing"),
    "figure": pgettext_lazy("fault of a sentence", "a number, or what it counts"),
    "name": pgettext_lazy("fault of a sentence", "a name"),
    "denial": pgettext_lazy("fault of a sentence", "a yes or no"),
    "limit": pgettext_lazy("fault of a sentence", "a limit, such as only or at least"),
    "mixed": pgettext_lazy("fault of a sentence", "joins what is said of different things"),
    "words": pgettext_lazy("fault of a sentence", "words that no passage holds"),
    "quote": pgettext_lazy("fault of a sentence", "its quote is not verbatim"),
}

REASONS = {
    Feedback.Reason.WRONG.value: gettext_lazy("The answer is wrong"),
    Feedback.Reason.INCOMPLETE.value: gettext_lazy("Something is missing"),
    Feedback.Reason.SOURCE.value: gettext_lazy("The source does not say that"),
    Feedback.Reason.OUTDATED.value: gettext_lazy("The source is out of date"),
    Feedback.Reason.NOT_FOUND.value: gettext_lazy("The documents do hold the answer"),
    Feedback.Reason.OTHER.value: gettext_lazy("Something else"),
}


def failure_sentence(code: str) -> str:
    """What a turn's stable error code means to the person who asked."""
    return {
        "busy": _("Too many questions at once; try again in a moment."),
        "deadline_exceeded": _("The answer's time was up."),
        "invalid": _("The question could not be read."),
        "conflict": _("The documents must be indexed again before they can be asked; tell your administrator."),
    }.get(code, _("Something broke on our side; it has been logged."))


def document_failure(code: str, sentence: str) -> str:
    """Why a document could not be read: the parser's own sentence, or its translation by code."""
    known = {
        "empty_file": _("The file is empty."),
        "encrypted_file": _("The file is protected by a password. Remove the password and upload it again."),
        "corrupt_file": _("The file is damaged or is not what its name says. Try saving it anew."),
        "no_text": _("The file holds no text."),
        "unsupported_type": _("Files of this kind cannot be read."),
        "file_too_large": _("The file is larger than a file may be."),
        "parser_limit": _("Reading the file took too long or too much memory."),
        "worker_died": _("The worker stopped again and again while reading this file; it was given up."),
    }
    translated = said(sentence)
    if sentence and (translated != sentence or (get_language() or "en").startswith("en")):
        return translated
    return known.get(code) or sentence or _("The file could not be read.")
