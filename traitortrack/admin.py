"""The job queue in the Django admin, without the library's inline styles: the content policy refuses them."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from audit.readonly import EstimatingPaginator

admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(ProcrastinateJobAdmin):
    list_display = ["pk", "short_task_name", "pretty_args", "pretty_status", "attempts", "scheduled_at"]
    paginator = EstimatingPaginator
    show_full_result_count = False

    @admin.display(description=_("Arguments"))
    def pretty_args(self, instance: ProcrastinateJob) -> str:
        return format_html('<pre tabindex="0">{}</pre>', json.dumps(instance.args, indent=2)[:2000])
