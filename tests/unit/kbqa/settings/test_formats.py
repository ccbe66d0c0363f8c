"""A date is read alike on both sides of the Atlantic."""

from datetime import UTC, datetime

import pytest
from django.utils import formats, translation

DAY = datetime(2026, 3, 4, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "english", "chinese"),
    [
        ("DATE_FORMAT", "4 March 2026", "2026年3月4日"),
        ("SHORT_DATE_FORMAT", "4 Mar 2026", "2026年3月4日"),
        ("SHORT_DATETIME_FORMAT", "4 Mar 2026, 15:05", "2026年3月4日 15:05"),
        ("DATETIME_FORMAT", "4 March 2026, 15:05", "2026年3月4日 15:05"),
    ],
)
def test_the_month_is_a_word_where_its_number_could_be_the_days(kind: str, english: str, chinese: str):
    for language, written in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert formats.date_format(DAY, kind, use_l10n=True) == written
