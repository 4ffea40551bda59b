"""What static files say beside their content."""

from wsgiref.headers import Headers

# A file is no page: it loads and runs nothing of its own, also where somebody opens it by itself.
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'"
WORKER = "decoder-worker."
# The camera's decoder is WebAssembly. Only the worker that runs it may compile any: a worker goes by the
# policy of its own file, not by the page's, so that no page needs an exception.
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


def add_headers(headers: Headers, _path: str, url: str) -> None:
    """Called by WhiteNoise for each file, once."""
    is_worker = url.rsplit("/", 1)[-1].startswith(WORKER)
    headers["Content-Security-Policy"] = WORKER_POLICY if is_worker else FILE_POLICY
    headers["X-Frame-Options"] = "DENY"
