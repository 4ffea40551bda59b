from django import template

from monitoring.health.database import readable_size

register = template.Library()


@register.filter
def size(count: int | None) -> str:
    """A number of bytes for people; a dash where none is known."""
    if count is None:
        return "–"
    return f"−{readable_size(-count)}" if count < 0 else readable_size(count)
