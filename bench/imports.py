"""A file of bags with their links, beside raw COPY and INSERT of the same rows into the same tables."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from audit.actions import Action
from bags.importing.models import ImportBatch
from bags.models import Product
from bench import database, programs
from bench.database import CHILDREN_PER_SACK

MOST_MB = 200

_STAGE = """
CREATE TEMPORARY TABLE raw (qr_id text, type text, parent text, id bigint DEFAULT nextval('bags_bag_id_seq'))
ON COMMIT DROP
"""
_COPY = "COPY raw (qr_id, type, parent) FROM STDIN (FORMAT csv, HEADER)"
_ENTRIES = """
INSERT INTO audit_auditlog (at, actor, action, target_type, target_id, target_label, after,
                            reason, request_id)
"""
_INSERT = f"""
SET CONSTRAINTS ALL IMMEDIATE;
ANALYZE raw;
INSERT INTO bags_bag (id, qr_id, kind, product_id, area, lot, state, child_count, child_limit, held_by,
                      held_final, needs_recount, is_loose, created_at, created_by_id)
SELECT id, qr_id, 'parent', %(product)s, 'lucknow', '', 'closed',
       {CHILDREN_PER_SACK}, {CHILDREN_PER_SACK}, '', false, false, false, now(), %(who)s
  FROM raw WHERE type = 'parent';
INSERT INTO bags_bag (id, qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,
                      needs_recount, is_loose, created_at, created_by_id)
SELECT id, qr_id, 'child', 'lucknow', '', '', 0, 0, '', false, false, false, now(), %(who)s
  FROM raw WHERE type = 'child';
INSERT INTO bags_link (parent_id, child_id, linked_at, linked_by_id, import_batch_id, end_reason)
SELECT sack.id, packet.id, now(), %(who)s, %(batch)s, ''
  FROM raw packet JOIN raw sack ON sack.qr_id = packet.parent WHERE packet.type = 'child';
{_ENTRIES}
SELECT now(), 'bench', '{Action.CHILD_LINKED}', 'bag', packet.id::text, packet.qr_id,
       jsonb_build_object('parent', packet.parent, 'parent_id', sack.id, 'count', 1, 'import', %(batch)s),
       '', 'import-raw'
  FROM raw packet JOIN raw sack ON sack.qr_id = packet.parent WHERE packet.type = 'child';
{_ENTRIES}
SELECT now(), 'bench', action, 'bag', id::text, qr_id, jsonb_build_object('import', %(batch)s),
       '', 'import-raw'
  FROM raw CROSS JOIN unnest(ARRAY['{Action.PARENT_CREATED}', '{Action.PARENT_CLOSED}']) AS action
 WHERE type = 'parent';
"""  # noqa: S608 - composed of constants


def rows(sacks: int) -> Iterator[dict[str, Any]]:
    """One row: `sacks` full sacks."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bags.csv"
        count = write_file(place, sacks, digit=5)
        database.settle()
        took, peak_mb = programs.measure("import_bags", str(place), "--area", "lucknow")
        write_file(place, sacks, digit=6)
        database.settle()
        floor_took = _raw(place)
    yield {
        "what": f"{count:,} bags from CSV",
        "per_second": count / took,
        "floor": count / floor_took,
        "ratio": floor_took / took,
        "asked": 0.6,
        "peak_mb": peak_mb,
        "asked_mb": MOST_MB,
    }


def write_file(place: Path, sacks: int, *, digit: int) -> int:
    """A file of this many sacks and their packets, whose numbers this digit leads; returns its rows."""
    with place.open("w") as out:
        out.write("qr_id,type,parent_qr_id\n")
        for sack in range(sacks):
            code = f"BY-{digit}{sack:08}"
            out.write(f"{code},parent,\n")
            first = sack * CHILDREN_PER_SACK
            out.writelines(
                f"{digit}{number:010},child,{code}\n" for number in range(first, first + CHILDREN_PER_SACK)
            )
    return sacks * (CHILDREN_PER_SACK + 1)


def _raw(place: Path) -> float:
    """Seconds until the same rows stand in the same tables, with all their indexes and triggers."""
    batch = ImportBatch.objects.latest("pk")
    product = Product.objects.get(name="bench").pk
    facts = {"product": product, "batch": batch.pk, "who": batch.created_by_id}
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with place.open("rb") as file, cursor.copy(_COPY) as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        for statement in _INSERT.split(";\n"):
            if statement.strip():
                cursor.execute(statement, facts if "%(" in statement else None)
    return time.monotonic() - began
