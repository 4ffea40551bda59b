"""What people call the areas."""

from accounts.models import Area
from accounts.shelves import Shelf

_shelf = Shelf(lambda: dict(Area.objects.values_list("slug", "name")))


def area_names() -> dict[str, str]:
    """Names by slug."""
    return _shelf.look()


def forget_areas() -> None:
    """Read the areas anew at the next look of this process."""
    _shelf.forget()
