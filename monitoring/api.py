from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.api import json_response, operator_of
from bags.schemas import Error
from monitoring.numbers import dashboard_numbers

router = Router(tags=["monitoring"])


@router.get("/stats", response={200: dict[str, Any], 401: Error}, summary="The dashboard's numbers")
def stats(request: HttpRequest) -> HttpResponse:
    return json_response(dashboard_numbers(operator_of(request)))
