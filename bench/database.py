"""A database of the bench's own on the configured server, filled in bulk and dropped afterwards."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from accounts.models import User
from accounts.sessions import ROLE, SINCE, SessionStore
from bags.models import Device, Product
from monitoring.statistics.folding import reconcile

CHILDREN_PER_SACK = 30
CHUNK_OF_SACKS = 2_000

# Every row that real scanning would have left, so that tables and indexes are as large as they are in use.
FILL = """
WITH sack AS (
    SELECT n, 'BY-' || lpad(n::text, 9, '0') AS code, nextval('bags_bag_id_seq') AS id,
           (ARRAY['lucknow', 'indore', 'jaipur', 'hisar'])[n %% 4 + 1] AS area
      FROM generate_series(%(first)s::int, %(last)s::int) n
), child AS (
    SELECT sack.*, place, nextval('bags_bag_id_seq') AS child_id, nextval('bags_scan_id_seq') AS scan_id,
           lpad((n * 30 + place)::text, 10, '0') AS child_code
      FROM sack, generate_series(1, 30) place
), parents AS (
    INSERT INTO bags_bag (id, qr_id, kind, product_id, area, lot, state, child_count, child_limit, held_by,
                          held_final, is_loose, created_at, created_by_id)
    SELECT id, code, 'parent', %(product)s, area, '', 'closed', 30, 30, '', false, false, now(), %(who)s
      FROM sack
), children AS (
    INSERT INTO bags_bag (id, qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,
                          is_loose, created_at, created_by_id)
    SELECT child_id, child_code, 'child', area, '', '', 0, 0, '', false, false, now(), %(who)s FROM child
), scans AS (
    INSERT INTO bags_scan (id, key, device_id, seq, operator_id, mode, source, raw, parent_code, bill, code,
                           reason_code, bag_id, parent_id, captured_at, received_at, offline, answer)
    SELECT scan_id, gen_random_uuid(), %(device)s, scan_id, %(who)s, 'pack', 'wedge', child_code, code, '',
           CASE place WHEN 30 THEN 'linked_last' ELSE 'linked' END, '', child_id, id, now(), now(), false,
           jsonb_build_object('message', 'In ' || code || ': ' || place || ' of 30', 'rest', repeat('x', 400))
      FROM child
), links AS (
    INSERT INTO bags_link (parent_id, child_id, linked_at, linked_by_id, scan_id, end_reason)
    SELECT id, child_id, now(), %(who)s, scan_id, '' FROM child
)
INSERT INTO audit_auditlog (at, actor, action, target_type, target_id, target_label, after,
                            reason, request_id)
SELECT now(), 'bench', 'child_linked', 'bag', child_id::text, child_code,
       jsonb_build_object('parent', code, 'parent_id', id, 'count', place), '', gen_random_uuid()::text
  FROM child
"""


@dataclass(frozen=True)
class Person:
    """A signed-in dispatcher with a device of their own. `number` counts from 0."""

    number: int
    id: int
    name: str
    session: str
    device: UUID


@contextmanager
def own_database(server_url: str, own_url: str) -> Iterator[None]:
    """An empty database at `own_url`, dropped at the end however that comes."""
    name = sql.Identifier(urlsplit(own_url).path.lstrip("/"))
    with psycopg.connect(server_url, autocommit=True) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield
        finally:
            connection.close()
            server.execute(drop)


@contextmanager
def owner() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection as the owner of the tables: the app's role may not clear up behind them."""
    with psycopg.connect(settings.DATABASE_DIRECT_URL, autocommit=True) as by_owner:
        yield by_owner


def sign_in_people(count: int, *, role: str, area: str | None) -> list[Person]:
    """New people with a session and a device each."""
    users = User.objects.bulk_create(
        User(username=f"bench-{role}-{number:03}", role=role, area_id=area, password=f"!{number}")
        for number in range(count)
    )
    people = [
        Person(number, user.pk, user.username, _session(user), UUID(int=0x4000_8000_0000_0000_0000 + number))
        for number, user in enumerate(users)
    ]
    now = datetime.datetime.now(datetime.UTC)
    Device.objects.bulk_create(
        [
            Device(id=person.device, first_seen_at=now, last_seen_at=now, last_operator_id=person.id)
            for person in people
        ],
        ignore_conflicts=True,
    )
    return people


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[SINCE], session[ROLE] = time.time(), user.role
    session.save(must_create=True)
    return str(session.session_key)


def fill(begin: int, sacks: int, who: Person) -> float:
    """The product `bench` and its full sacks from number `begin` to number `sacks`, the first of which is
    BY-000000001, with children, links, scans and audit entries. Returns the seconds."""
    started = time.monotonic()
    shape = {"prefix": "BY-", "digits": 9, "children_per_parent": CHILDREN_PER_SACK, "kg_per_child": 1}
    product = Product.objects.get_or_create(name="bench", defaults=shape)[0].pk
    with connection.cursor() as cursor:
        for first in range(begin, sacks + 1, CHUNK_OF_SACKS):
            last = min(first + CHUNK_OF_SACKS - 1, sacks)
            chunk = {"first": first, "last": last, "product": product, "who": who.id, "device": who.device}
            cursor.execute(FILL, chunk)
    with owner() as by_owner:
        by_owner.execute("VACUUM ANALYZE")
    return time.monotonic() - started


def catch_up() -> None:
    """What the worker would have done by now: the entries sealed, the numbers folded."""
    call_command("audit_seal")
    reconcile()


def settle() -> None:
    """Before each row: no checkpoint or vacuum left over from the row before."""
    with owner() as by_owner:
        by_owner.execute("VACUUM ANALYZE bags_bag, bags_link, bags_scan, audit_auditlog")
        by_owner.execute("CHECKPOINT")
