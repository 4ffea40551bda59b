"""The WSGI entry: gunicorn's by default, any other server's as well."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traitortrack.settings")

application = get_wsgi_application()
