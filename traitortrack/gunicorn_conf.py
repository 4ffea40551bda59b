"""How gunicorn serves TraitorTrack. Address, workers and threads come from the command line (see `serve`)."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings

from monitoring.metrics.folder import leave_folder
from traitortrack.logs import OneLineLog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traitortrack.settings")

wsgi_app = "traitortrack.wsgi:application"

# A slow client holds a thread, never a worker: sync workers stop for 15 s when three send half a request.
worker_class = "gthread"
workers = 2
threads = 8
# Code loads once, in the master: a worker that was killed is back in a moment, not after a second of loading,
# which under a kill every 0.4 s is never. New code comes with a new master.
preload_app = True
control_socket_disable = True

timeout = 30
graceful_timeout = 10
# Longer than the 60 s that proxies keep a connection, so that the proxy is the one to close it.
keepalive = 75

# The heartbeat file is touched all the time; on a slow disk that stops a worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes a private file

limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190
# Django decides which proxy to believe (settings), gunicorn believes none.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# A scan costs no log line here (LOG_REQUESTS); errors go to standard error.
logger_class = OneLineLog
accesslog = None
# Where somebody turns it on: no address and no header, which may hold a name or a token.
access_log_format = "%(m)s %(s)s %(M)s ms request_id=%({x-request-id}o)s"
errorlog = "-"
loglevel = "warning"


def on_exit(_server: Any) -> None:
    """The counts of this run go with it: Prometheus knows that they begin again."""
    leave_folder(settings.METRICS_DIR)
