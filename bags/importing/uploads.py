"""How much an upload may hold, asked before a byte of it is kept."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from accounts.models import User

# Beside the file, a form holds a few fields.
_FORM_BYTES = 64 * 1024


def is_too_large(content_length: int) -> bool:
    return content_length > settings.IMPORT_MAX_BYTES + _FORM_BYTES


def may_send(request: HttpRequest) -> bool:
    """Whether so large a body is read at all: above an ordinary form's size only an admin's upload is."""
    if int(request.META.get("CONTENT_LENGTH") or 0) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return True
    user = request.user if settings.UPLOAD_PATHS.fullmatch(request.path) else None
    return isinstance(user, User) and user.is_staff


class CappedUpload(FileUploadHandler):
    """Stands before Django's own handlers and lets nothing through of a file that is or says it is too large.
    The rest of its body is not read."""

    received = 0
    says = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django calls it by name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        self.says = content_length

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if is_too_large(max(self.says, self.received)):
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
