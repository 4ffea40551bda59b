from typing import Any

from django import template
from django.template import RequestContext

from accounts.models import Area

register = template.Library()


@register.simple_tag(takes_context=True)
def area_name(context: RequestContext, slug: str | None) -> Any:
    """What people call an area; a dash for none. One statement for all of a page."""
    if slug is None:
        return "–"
    kept = context.render_context
    if "area_names" not in kept:
        kept["area_names"] = dict(Area.objects.values_list("slug", "name"))
    return kept["area_names"].get(slug, slug)
