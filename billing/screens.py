"""The scanning screens for bills and returns: stations as the packing screen is one."""

from django.utils.translation import gettext_lazy as _

from bags.commands import PrintedCode
from bags.shell import Screen

_TEMPLATE, _SCRIPT, _LOOKS = "scan/bill.html", "js/scan/bill.js", ("css/scan-bill.css",)
_UNDO = PrintedCode("TT-UNDO", _("Take back the last scan."))
_HELP = PrintedCode("TT-HELP", _("Show these commands on the screen."))

BILLING = Screen(
    start="/scan/bill/",
    is_deep=True,
    shell_address="bill-shell",
    template=_TEMPLATE,
    script=_SCRIPT,
    looks=_LOOKS,
    commands=(PrintedCode("TT-DONE", _("Complete the bill.")), _UNDO, _HELP),
    facts={"kind": "bill", "list": "bill-list", "detail": "bill-detail", "number": None},
)
RETURNING = Screen(
    start="/scan/return/",
    is_deep=True,
    shell_address="return-shell",
    template=_TEMPLATE,
    script=_SCRIPT,
    looks=_LOOKS,
    commands=(PrintedCode("TT-DONE", _("Commit the return.")), _UNDO, _HELP),
    facts={"kind": "return", "list": "return-list", "detail": "return-detail", "number": None},
)
