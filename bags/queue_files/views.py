"""The admins' page to import a saved queue."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.api import operator_of
from bags.queue_files.importing import import_queue
from bags.queue_files.parsing import QueueFileRefused


class QueueFileForm(forms.Form):
    file = forms.FileField(label=_("Saved queue"), allow_empty_file=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def queue_file(request: HttpRequest) -> HttpResponse:
    by = operator_of(request)
    if not by.is_admin:
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "bags/queue_file.html", {"form": QueueFileForm()})
    form = QueueFileForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            outcomes = import_queue(content=content, signed=by.signature)
        except QueueFileRefused as refused:
            form.add_error("file", refused.message)
        else:
            return render(request, "bags/queue_file.html", {"form": QueueFileForm(), "outcomes": outcomes})
    return render(request, "bags/queue_file.html", {"form": form}, status=400)
