"""Where a quote opens: the document viewer, at these characters of this version."""

from urllib.parse import urlencode

from django.urls import reverse


def viewer_url(
    document: str,
    *,
    version: int | None,
    start: int,
    end: int,
    answer_start: int | None = None,
    answer_end: int | None = None,
) -> str:
    place = {
        "version": version,
        "start": start,
        "end": end,
        "answer_start": answer_start,
        "answer_end": answer_end,
    }
    kept = {name: value for name, value in place.items() if value is not None}
    return f"{reverse('document', args=[document])}?{urlencode(kept)}#quote"
