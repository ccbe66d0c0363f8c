"""The server's way in, with the door before it and a way out; streaming works from its threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kbqa.settings")

_django = get_wsgi_application()  # first: what stands at the door reads settings

from django.conf import settings  # noqa: E402

from kbqa.api.middleware import AtTheDoor  # noqa: E402
from kbqa.ops.draining import Draining  # noqa: E402

application = Draining(AtTheDoor(_django), workers=settings.WEB_WORKERS)
application.prepare()
