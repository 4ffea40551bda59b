"""The scanning screen that counts a sack: a station as the packing screen is one."""

from django.utils.translation import gettext_lazy as _

from bags.commands import PrintedCode
from bags.shell import Screen

COUNTING = Screen(
    start="/scan/recount/",
    shell_address="recount-shell",
    template="scan/count.html",
    script="js/scan/count.js",
    commands=(
        PrintedCode("TT-DONE", _("Everything is counted.")),
        PrintedCode("TT-UNDO", _("Take back the last scan.")),
        PrintedCode("TT-HELP", _("Show these commands on the screen.")),
    ),
)
