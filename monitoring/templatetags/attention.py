from django import template

from monitoring.attention import Waiting, waiting

register = template.Library()


@register.simple_tag
def what_waits() -> list[Waiting]:
    """Asked only by the first page of the Django admin."""
    return waiting()
