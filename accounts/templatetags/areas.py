from django import template

from accounts.areas import area_names

register = template.Library()


@register.simple_tag
def area_name(slug: str | None) -> str:
    """What people call an area; a dash for none."""
    return "–" if slug is None else area_names().get(slug, slug)
