"""How gunicorn serves TraitorTrack. Address, workers and threads come from the command line (see `serve`)."""

from pathlib import Path

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

# A scan costs no log line here; errors go to standard error.
accesslog = None
errorlog = "-"
loglevel = "warning"
