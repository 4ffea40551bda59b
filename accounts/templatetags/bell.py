from django import template

from accounts.models import User
from accounts.notifications import count_unread

register = template.Library()


@register.simple_tag
def unread_notifications(user: User) -> int:
    """How many wait, asked only by pages that show the bell."""
    return count_unread(user_id=user.pk)
