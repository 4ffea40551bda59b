"""Why a file, or a step with an import, is refused whole."""


class ImportRefused(Exception):
    """Nothing was changed. `code` is stable; the words stand in bags.importing.words, filled with `facts`."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code, facts)
        self.code, self.facts = code, facts
