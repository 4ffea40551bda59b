"""Codes that mean something to the scanning screens and are no bag's. scan/commands.js obeys them."""

from dataclasses import dataclass
from functools import cached_property

import segno
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class PrintedCode:
    """One code of the command sheet, and what a scan of it does."""

    code: str
    does: str | Promise

    @cached_property
    def picture(self) -> SafeString:
        """Its QR as an SVG without inline style, as wide as its surroundings, quiet zone included."""
        picture = segno.make(self.code, error="m", micro=False).svg_inline(omitsize=True, border=4)
        return mark_safe(picture)  # noqa: S308  # made here, of a code that stands here


COMMANDS = (
    PrintedCode("TT-DONE", _("Close the sack on the screen.")),
    PrintedCode("TT-UNDO", _("Take back the last scan.")),
    PrintedCode("TT-MOVE", _("Move the packet that was found in another sack into this one.")),
    PrintedCode("TT-HELP", _("Show these commands on the screen.")),
)
# Letters, digits and signs that other keyboard layouts put on other keys, in both cases.
CHECKS = [
    PrintedCode("TT-CHECK-1-AQWZYM-0123456789", _("First code of the scanner check.")),
    PrintedCode("TT-CHECK-2-aqwzym-ABCDEFGHIJ", _("Second code of the scanner check.")),
    PrintedCode("TT-CHECK-3-Mixed/Case.,:-kLNopRsTuVx", _("Third code of the scanner check.")),
]
