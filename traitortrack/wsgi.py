"""The WSGI entry: gunicorn's by default, any other server's as well."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traitortrack.settings")

application = get_wsgi_application()
# Django loads the addresses, and all behind them, at the first request. Here it is done before the workers.
import_module(settings.ROOT_URLCONF)
