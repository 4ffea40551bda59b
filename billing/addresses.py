"""How a bill's number stands in an address."""

from django.urls.converters import PathConverter

# Pages below /bills/ that a number could be taken for.
OWN_WORDS = frozenset({"new", "edit", "history"})


class BillNumber(PathConverter):
    """Any number, with slashes too. One that ends like a page of ours is written in capitals, which the
    look-up takes for the same: every bill has an address."""

    def to_url(self, value: str) -> str:
        *parts, last = str(value).split("/")
        return "/".join([*parts, last.upper() if last in OWN_WORDS else last])
