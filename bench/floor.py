"""The floor: the same effect in the same tables as one prepared call of a function, driven by pgbench."""

import re
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection

from bench.database import Person, owner
from traitortrack.services.places import find_places
from traitortrack.services.postgres import Postgres

# The n-th step of a client's shift, as load.py makes it: step 0 of 31 opens a sack, the others fill it. The
# sack's row lock, its counter, the bag, the link, the scan with an answer as long as ours, the audit entries;
# the key is unique by its index. Nothing is judged that these do not need.
FUNCTION = """
CREATE SCHEMA bench;
CREATE FUNCTION bench.scan(run int, client int, n int, first_user bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
    place CONSTANT int := n % 31;
    who CONSTANT bigint := first_user + client;
    device CONSTANT uuid := ('00000000-0000-4000-8000-' || lpad(to_hex(client), 12, '0'))::uuid;
    sack CONSTANT text := 'BY-' || run || lpad(client::text, 3, '0') || lpad((n / 31)::text, 3, '0');
    code CONSTANT text := run || lpad(client::text, 3, '0') || lpad(n::text, 6, '0');
    key CONSTANT uuid := gen_random_uuid();
    product_facts bags_product;
    parent bags_bag;
    child bigint;
    scan bigint := nextval('bags_scan_id_seq');
    answer jsonb;
BEGIN
    IF place = 0 THEN
        SELECT * INTO product_facts FROM bags_product WHERE name = 'bench';
        INSERT INTO bags_bag (qr_id, kind, product_id, area, lot, state, child_count, child_limit, held_by,
                              held_final, created_at, created_by_id)
        VALUES (sack, 'parent', product_facts.id, 'lucknow', '', 'open', 0, product_facts.children_per_parent,
                '', false, at, who) RETURNING * INTO parent;
    ELSE
        SELECT * INTO parent FROM bags_bag WHERE upper(btrim(qr_id)) = sack FOR UPDATE;
        parent.child_count := parent.child_count + 1;
        IF parent.child_count = parent.child_limit THEN
            parent.state := 'closed';
            parent.closed_by_scan := scan;
        END IF;
        UPDATE bags_bag SET child_count = parent.child_count, state = parent.state,
                            closed_by_scan = parent.closed_by_scan WHERE id = parent.id;
        INSERT INTO bags_bag (qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,
                              created_at, created_by_id)
        VALUES (code, 'child', parent.area, '', '', 0, 0, '', false, at, who) RETURNING id INTO child;
    END IF;
    answer := jsonb_build_object(
        'key', key, 'code', CASE place WHEN 0 THEN 'parent_opened' ELSE 'linked' END, 'reason_code', null,
        'severity', 'success', 'message', 'In ' || sack || ': ' || parent.child_count || ' of 30',
        'replayed', false, 'scan_id', scan, 'bill', null, 'explain', null,
        'undo_until', at + interval '1 hour',
        'bag', jsonb_build_object('qr_id', code, 'kind', 'child', 'lot', null),
        'parent', jsonb_build_object(
            'qr_id', sack, 'product', 'bench', 'count', parent.child_count, 'limit', parent.child_limit,
            'state', parent.state, 'weight_kg', '12.000'));
    INSERT INTO bags_scan (id, key, device_id, seq, operator_id, mode, source, raw, parent_code, bill, code,
                           reason_code, bag_id, parent_id, captured_at, received_at, offline, answer)
    VALUES (scan, key, device, n, who, 'pack', 'wedge', CASE place WHEN 0 THEN sack ELSE code END,
            CASE place WHEN 0 THEN '' ELSE sack END, '', answer->>'code', '', coalesce(child, parent.id),
            parent.id, at, at, false, answer);
    IF place = 0 THEN
        INSERT INTO audit_auditlog (at, actor, action, target_type, target_id, target_label, after, reason,
                                    request_id)
        VALUES (at, 'bench', 'parent_created', 'bag', parent.id, sack,
                jsonb_build_object('product', 'bench', 'area', 'lucknow', 'state', 'open'), '', key);
    ELSE
        INSERT INTO bags_link (parent_id, child_id, linked_at, linked_by_id, scan_id, end_reason)
        VALUES (parent.id, child, at, who, scan, '');
        INSERT INTO audit_auditlog (at, actor, action, target_type, target_id, target_label, after, reason,
                                    request_id)
        VALUES (at, 'bench', 'child_linked', 'bag', child, code,
                jsonb_build_object('parent', sack, 'parent_id', parent.id, 'count', parent.child_count),
                '', key);
    END IF;
    IF parent.state = 'closed' THEN
        INSERT INTO audit_auditlog (at, actor, action, target_type, target_id, target_label, before, after,
                                    reason, request_id)
        VALUES (at, 'bench', 'parent_closed', 'bag', parent.id, sack, '{"state": "open"}',
                jsonb_build_object('state', 'closed', 'count', parent.child_count), '', key);
    END IF;
    RETURN answer;
END $$
"""

# A client keeps its own n from one transaction to the next.
SCRIPT = """
SELECT bench.scan(:run, :client_id, :n, :first_user);
\\set n :n + 1
"""


def prepare() -> None:
    """Make the floor's function in the bench's own database, with which it goes."""
    with owner() as by_owner:
        by_owner.execute(FUNCTION)


def measure(people: list[Person], run: int, seconds: float) -> float:
    """Transactions a second by a pgbench client for each person, on a connection and sacks of its own.

    No more clients than the server has free connections: two cores are long busy by then.
    """
    clients = min(len(people), _free_connections())
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT)
        script.flush()
        told = subprocess.run(
            [
                *(pgbench(), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1"),
                *(f"--time={max(1, round(seconds))}", f"--file={script.name}"),
                *("-D", f"run={run}", "-D", "n=0", "-D", f"first_user={people[0].id}"),
                settings.DATABASE_DIRECT_URL,
            ],
            check=False,
            capture_output=True,
            text=True,
        )
    rate = re.search(r"^tps = ([\d.]+)", told.stdout, re.MULTILINE)
    if told.returncode or rate is None:
        raise RuntimeError(f"pgbench failed: {told.stderr[-2000:]}")
    return float(rate[1])


def _free_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - count(*)"
            " - current_setting('superuser_reserved_connections')::int"
            "  FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        free: int = cursor.fetchone()[0]
    return free - 2


def pgbench() -> Path:
    """pgbench of the programs that the private PostgreSQL uses."""
    return Postgres(find_places(settings.HOME), settings.TRAITORTRACK_POSTGRES).programs().folder / "pgbench"
