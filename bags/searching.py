"""Bags by a part of their code, in the same time among 18,000 or 1.8 million.

A part that many codes have is met at once by walking from the newest bag back; one that few have is looked
up in an index. Taking the wrong way costs seconds, and the planner cannot know how common a part is. So a
sample of the table is asked first.
"""

from django.db import connection
from django.db.models import Value
from django.db.models.functions import StrIndex, Trim, Upper

from bags.models import Bag, BagQuerySet

SUBSTRING_FROM = 3  # trigrams help from here on; less is looked for at the beginning only
SAMPLE_ROWS = 3_000
COMMON = 10  # so many in the sample, and the newest few thousand bags will do
FEW = 20_000  # more than a part that is not common can have

_ROWS = "SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'bags_bag'::regclass"
_SAMPLE = """
SELECT count(*) FROM bags_bag TABLESAMPLE SYSTEM (%s)
 WHERE CASE WHEN %s THEN strpos(upper(btrim(qr_id)), %s) > 0 ELSE starts_with(upper(btrim(qr_id)), %s) END
"""


def matching(rows: BagQuerySet, text: str) -> tuple[BagQuerySet, int | None]:
    """Those of `rows` with the cleaned `text` in their code (below SUBSTRING_FROM signs: at its beginning),
    and about how many of all bags that are, or None where few are, which can be counted."""
    anywhere = len(text) >= SUBSTRING_FROM
    if about := _how_many_if_common(text, anywhere=anywhere):
        # Not a form that an index knows, so that the newest are walked.
        placed = rows.alias(place=StrIndex(Upper(Trim("qr_id")), Value(text)))
        return placed.filter(place__gt=0) if anywhere else placed.filter(place=1), about
    found = Bag.objects.code_contains(text) if anywhere else Bag.objects.code_starts_with(text)
    return rows.filter(pk__in=found.values("pk")[:FEW]), None


def _how_many_if_common(text: str, *, anywhere: bool) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        [rows] = cursor.fetchone()
        part = min(1, SAMPLE_ROWS / rows)
        cursor.execute(_SAMPLE, [100 * part, anywhere, text, text])
        [hits] = cursor.fetchone()
    return round(hits / part) if part < 1 and hits >= COMMON else None
