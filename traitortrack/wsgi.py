"""The WSGI entry: gunicorn's by default, any other server's as well."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from monitoring.metrics.folder import use_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traitortrack.settings")
# Before anything that counts is loaded: each web process counts in files of its own there.
os.environ.update(PROMETHEUS_MULTIPROC_DIR=str(use_folder(settings.METRICS_DIR)))

application = get_wsgi_application()
# Django loads the addresses, and all behind them, at the first request. Here it is done before the workers.
import_module(settings.ROOT_URLCONF)
