"""Why numbers are not reserved or labels not printed."""


class LabelsRefused(Exception):
    """Nothing was reserved, printed or recorded. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
