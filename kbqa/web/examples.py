"""Questions to begin with, when the sample collection that `make run` reads in is there."""

from django.utils.translation import gettext_lazy as _

SAMPLE_COLLECTION = "Sample documents"

EXAMPLES = (
    _("How many days of annual leave do full-time staff have?"),
    _("Which serial numbers are recalled?"),
    _("What does a quick orange light mean?"),
    "颗粒物滤网多久更换一次？",
)
