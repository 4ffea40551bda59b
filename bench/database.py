"""A database of the bench's own on the configured server, filled in bulk and dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from psycopg import sql

NAME = "traitortrack_bench"
CHILDREN_PER_SACK = 30
CHUNK_OF_SACKS = 2_000

# Every row that real scanning would have left, so that sizes and indexes are as they are in use. One sack has
# scan ids first, first + 1, …: one for itself, one for each child.
FILL = """
WITH sack AS (
    SELECT n, 'BY-' || lpad(n::text, 9, '0') AS code, nextval('bags_bag_id_seq') AS id FROM generate_series(%(first)s::int, %(last)s) n
), child AS (
    SELECT sack.n, sack.id AS parent_id, sack.code AS parent, place, nextval('bags_bag_id_seq') AS id,
           nextval('bags_link_id_seq') AS link_id, lpad((sack.n * 30 + place)::text, 10, '0') AS code
      FROM sack, generate_series(1, 30) place
), parents AS (
    INSERT INTO bags_bag (id, qr_id, kind, product_id, area, lot, state, child_count, child_limit, held_by,
                          held_final, created_at, created_by_id)
    SELECT id, code, 'parent', (SELECT id FROM bags_product WHERE name = 'bench'),
           (ARRAY['lucknow', 'indore', 'jaipur', 'hisar'])[n %% 4 + 1], '', 'closed', 30, 30, '', false, now(),
           %(who)s FROM sack
), children AS (
    INSERT INTO bags_bag (id, qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,
                          created_at, created_by_id)
    SELECT id, code, 'child', (ARRAY['lucknow', 'indore', 'jaipur', 'hisar'])[n %% 4 + 1], '', '', 0, 0, '', false,
           now(), %(who)s FROM child
), scans AS (
    INSERT INTO bags_scan (key, device_id, seq, operator_id, mode, source, raw, parent_code, bill, code,
                           reason_code, bag_id, parent_id, captured_at, received_at, offline, answer)
    SELECT gen_random_uuid(), %(device)s, n * 31 + place, %(who)s, 'pack', 'wedge', code, parent, '',
           CASE place WHEN 30 THEN 'linked_last' ELSE 'linked' END, '', id, parent_id, now(), now(), false,
           jsonb_build_object('message', 'In ' || parent || ': ' || place || ' of 30', 'filler', repeat('x', 400))
      FROM child
 RETURNING id, bag_id
), links AS (
    INSERT INTO bags_link (id, parent_id, child_id, linked_at, linked_by_id, scan_id, end_reason)
    SELECT child.link_id, child.parent_id, child.id, now(), %(who)s, scans.id, ''
      FROM child JOIN scans ON scans.bag_id = child.id
)
INSERT INTO audit_auditlog (at, actor, action, target_type, target_id, target_label, after, reason, request_id)
SELECT now(), 'bench', 'child_linked', 'bag', id::text, code,
       jsonb_build_object('parent', parent, 'parent_id', parent_id, 'count', place), '', gen_random_uuid()::text
  FROM child
"""


@dataclass(frozen=True)
class Person:
    """A signed-in dispatcher with a device of their own. `number` counts from 0."""

    number: int
    id: int
    session: str
    device: UUID


def url_of(server_url: str, name: str = NAME) -> str:
    """The same server's URL with another database."""
    # urlsplit drops the empty user's host part of a socket URL only when asked for .hostname; netloc keeps it.
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


@contextmanager
def own_database(server_url: str) -> Iterator[None]:
    """An empty database of the bench, dropped at the end however that comes."""
    with psycopg.connect(server_url, autocommit=True) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME))
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        try:
            yield
        finally:
            server.execute(drop)


def people(count: int) -> list[Person]:
    """Dispatchers of lucknow, each with a session, and the product `bench`: prefixes BX- and BY-, 30 x 1 kg."""
    from accounts.models import User
    from accounts.sessions import SessionStore
    from bags.models import Product

    Product.objects.create(
        name="bench", prefix="BY-", digits=9, children_per_parent=CHILDREN_PER_SACK, kg_per_child=1
    )
    users = User.objects.bulk_create(
        User(username=f"bench-{number:03}", role="dispatcher", area_id="lucknow", password=f"!{number}")
        for number in range(count)
    )
    return [_signed_in(number, user, SessionStore()) for number, user in enumerate(users)]


def _signed_in(number, user, session) -> Person:
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.PasswordBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save(must_create=True)
    return Person(number, user.pk, session.session_key, UUID(int=0x4000_8000_0000_0000_0000 + number))
