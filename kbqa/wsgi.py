"""The server's way in; streaming works from its threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kbqa.settings")

application = get_wsgi_application()
