"""Each item goes from ok to warn to bad and back by what really happens to it."""

import json
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.db import connection
from django.utils import timezone

from audit.models import AuditLog
from audit.sealing import seal
from bags.models import Device
from monitoring.errors import note_error, write_waiting
from monitoring.health.cache import cache_items
from monitoring.health.database import without_values
from monitoring.health.incidents import TITLES
from monitoring.health.report import health, health_items
from tests.health.conftest import item, levels
from tests.house.conftest import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def counted():
    """The server's clients, other tests' too: they come and go beside ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        return cursor.fetchone()[0]


def test_connections_in_use(limit, connect):
    facts = item("pool").facts
    assert facts["limit"] <= 100
    step = 100 / facts["limit"]
    limit("pool_percent", facts["percent"] + 2.5 * step, facts["percent"] + 5.5 * step)
    assert item("pool").status == "ok"
    first = [connect() for _ in range(3)]
    assert levels("pool", 5, "warn")[-1] == "warn"
    second = [connect() for _ in range(3)]
    assert levels("pool", 5, "bad")[-1] == "bad"
    assert eventually(lambda: counted() == item("pool").facts["in_use"] == counted())
    for one in first + second:
        one.close()
    assert levels("pool", 5, "ok")[-1] == "ok"


def test_every_connection_in_use(by_owner):
    """A role that may have no more connections meets what everybody meets when the server has no more."""
    name = connection.settings_dict["USER"]
    by_owner.execute("CREATE ROLE nobody_more LOGIN CONNECTION LIMIT 0")
    connection.close()
    try:
        connection.settings_dict["USER"] = "nobody_more"
        told = {one.name: one for one in health_items()}
    finally:
        connection.close()
        connection.settings_dict["USER"] = name
        by_owner.execute("DROP ROLE nobody_more")
    assert (told["database"].status, told["pool"].status) == ("bad", "bad")
    assert {"cache", "memory", "disk", "backup_age"} <= told.keys()
    assert item("database").status == "ok"


def test_a_database_that_answers_late(limit):
    limit("database_ms", 0.0, 10_000)
    assert item("database").status == "warn"
    limit("database_ms", 0.0, 0.0)
    assert item("database").status == "bad"


def test_waiting_for_a_lock(limit, connect, by_owner):
    limit("lock_wait_seconds", 0.2, 1.0)
    assert levels("locks", 10, "ok")[-1] == "ok"
    holder, waiter = by_owner, connect()
    holder.autocommit = False
    holder.execute("LOCK TABLE monitoring_daysize IN ACCESS EXCLUSIVE MODE")
    waits = threading.Thread(target=waiter.execute, args=["SELECT FROM monitoring_daysize"])
    waits.start()
    assert levels("locks", 10, "bad") == ["ok", "warn", "bad"]
    assert item("locks").facts["waiting"] == 1
    assert item("slow_queries").status == "ok"  # told once, as what it is
    holder.rollback()
    waits.join()
    assert item("locks").status == "ok"


def test_statements_that_take_long(limit, connect):
    limit("slow_query_seconds", 0.2, 1.0)
    one = connect()
    slow = threading.Thread(target=one.execute, args=["SELECT pg_sleep(2), 'ravi@example.com' AS name"])
    slow.start()
    assert levels("slow_queries", 10, "bad") == ["ok", "warn", "bad"]
    (told,) = item("slow_queries").facts["statements"]
    assert told["statement"] == "SELECT pg_sleep(?), ? AS name"
    slow.join()
    assert item("slow_queries").status == "ok"


def test_a_statement_is_told_without_its_values():
    told = without_values("SELECT 'it''s Ravi',\n  12.5, x1 FROM t\tWHERE a = 'b'")
    assert told == "SELECT ?, ?, x1 FROM t WHERE a = ?"


def test_the_size_of_the_database(limit):
    size = item("database_size").facts["bytes"] / 10**9
    assert item("database_size").status == "ok"
    limit("database_gb", size / 2, size * 2)
    assert item("database_size").status == "warn"
    limit("database_gb", size / 4, size / 2)
    assert item("database_size").status == "bad"


def test_redis_late_and_away(valkey, monkeypatch, limit):
    monkeypatch.setattr("traitortrack.breaker.PAUSE_SECONDS", 0.2)
    assert item("cache").status == "ok"
    with redis.Redis.from_url(valkey.url) as other:
        other.config_set("hz", 100)
        limit("cache_ms", 20, 1000)  # a busy machine is late as well
        other.execute_command("CLIENT", "PAUSE", "100", "ALL")
        assert [one.status for one in cache_items()] == ["warn"]
    assert levels("cache", 10, "ok")[-1] == "ok"
    valkey.stop()
    assert item("cache").status == "bad"
    valkey.go_on()
    assert levels("cache", 10, "ok")[-1] == "ok"
    valkey.kill()
    assert item("cache").status == "bad"


def test_memory_and_disk(limit):
    for name, setting in (("memory", "memory_free_percent"), ("disk", "disk_free_percent")):
        free = item(name).facts["free_percent"]
        for warn, bad, expected in ((free / 2, 0, "ok"), (100, free / 2, "warn"), (101, 100, "bad")):
            limit(setting, warn, bad)
            assert item(name).status == expected


def test_the_worker_stopped_killed_and_ended(start_worker, limit):
    assert item("worker").status == "bad"
    worker = start_worker()
    assert levels("worker", 40, "ok")[-1] == "ok"
    assert [one["does"] for one in item("memory").facts["processes"] if one["pid"] == worker.pid] == [
        "worker"
    ]
    worker.send_signal(signal.SIGSTOP)
    quiet = item("worker").facts["quiet_seconds"]
    limit("worker_quiet_seconds", quiet + 1, quiet + 2)
    assert levels("worker", 10, "bad") == ["ok", "warn", "bad"]
    worker.kill()
    assert item("worker").status == "bad"
    worker.wait(20)
    limit("worker_quiet_seconds", 30, 60)
    second = start_worker()
    assert levels("worker", 40, "ok")[-1] == "ok"
    second.terminate()
    second.wait(20)


def test_jobs_that_wait(limit):
    limit("worker_quiet_seconds", 3600, 7200)
    sql = [
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())",
        "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at) VALUES ('q', 't', now())",
        "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at) "
        "VALUES ('q', 't', now() + interval '1 day')",
    ]
    with connection.cursor() as cursor:
        for statement in sql:
            cursor.execute(statement)
    assert (item("worker").status, item("worker").facts["waiting"]) == ("ok", 1)
    for minutes, expected in ((6, "warn"), (31, "bad")):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET scheduled_at = now() - %s WHERE scheduled_at <= now()",
                [timedelta(minutes=minutes)],
            )
        assert item("worker").status == expected


def test_errors_of_the_last_hour():
    assert item("errors").status == "ok"
    note_error("ValueError")
    assert (item("errors").status, item("errors").facts["kinds"]) == ("warn", {"ValueError": 1})
    for _ in range(18):
        note_error("unavailable")
    assert item("errors").status == "warn"
    note_error("ValueError")
    assert item("errors").status == "bad"
    assert item("errors").facts == {"total": 20, "kinds": {"unavailable": 18, "ValueError": 2}}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_errorcount SET minute = minute - interval '61 minutes'")
    assert item("errors").status == "ok"


def test_errors_while_the_database_is_away_are_counted_later(monkeypatch):
    monkeypatch.setattr("monitoring.errors.TRY_EVERY", 0)
    host = connection.settings_dict["OPTIONS"].get("host")
    connection.close()
    connection.settings_dict["OPTIONS"]["host"] = "/nowhere"
    note_error("unavailable")
    note_error("unavailable")
    connection.settings_dict["OPTIONS"]["host"] = host
    assert item("errors").facts["total"] == 0
    write_waiting()
    assert item("errors").facts["kinds"] == {"unavailable": 2}
    write_waiting()
    assert item("errors").facts["total"] == 2


def backup(settings, tmp_path, **told):
    settings.BACKUP_DIR = tmp_path
    (tmp_path / "latest.json").write_text(json.dumps(told))
    return item("backup_age")


def test_the_age_of_the_backup(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path / "none"
    assert item("backup_age").status == "warn"
    now = datetime.now(UTC)
    checked = {"file": "x.dump", "bytes": 5, "verified_at": now.isoformat()}
    for hours, expected in ((1, "ok"), (27, "warn"), (51, "bad")):
        at = (now - timedelta(hours=hours)).isoformat()
        assert backup(settings, tmp_path, finished_at=at, **checked).status == expected
    never_tried = {**checked, "verified_at": None}
    assert backup(settings, tmp_path, finished_at=now.isoformat(), **never_tried).status == "warn"
    for broken in ({}, {"finished_at": "yesterday"}, {"finished_at": 7}):
        assert backup(settings, tmp_path, **broken).status == "bad"


def test_devices_with_unsent_scans(people):
    now = timezone.now()
    device = Device.objects.create(
        pk="7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de",
        first_seen_at=now,
        last_seen_at=now,
        last_operator=people["ravi"],
        unsent=3,
        attention=1,
    )
    assert (item("devices").status, item("devices").facts["scans"]) == ("ok", 4)
    for ago, expected in ((31, "warn"), (1441, "bad"), (15 * 1440, "ok")):
        Device.objects.update(last_seen_at=now - timedelta(minutes=ago))
        assert item("devices").status == expected, ago
    Device.objects.update(last_seen_at=now - timedelta(minutes=31), unsent=0, attention=0)
    assert item("devices").status == "ok"
    assert device.short_name == "7f0b6d0e"


def test_the_seal_behind_and_made_good(fill, limit):
    assert item("audit_seal_age").facts == {"sealed": 0, "unsealed_seconds": 0.0}
    fill("ravi", "SB00001", 2)
    assert item("audit_seal_age").status == "ok"
    seal()
    sealed = AuditLog.objects.count()
    assert item("audit_seal_age").facts == {"sealed": sealed, "unsealed_seconds": 0.0}
    fill("ravi", "SB00002", 1)
    time.sleep(0.3)
    limit("seal_seconds", 0.1, 1.5)
    assert levels("audit_seal_age", 10, "bad") == ["warn", "bad"]
    seal()
    assert item("audit_seal_age").status == "ok"
    assert item("audit_seal_age").facts["sealed"] == AuditLog.objects.count() > sealed


def test_every_item_has_a_title_and_the_worst_decides(limit):
    assert {one.name for one in health_items()} == TITLES.keys()
    limit("errors_an_hour", 0, 0)
    assert health()["status"] == "bad"


def test_it_is_cheap(django_assert_max_num_queries):
    health()
    with django_assert_max_num_queries(8):
        health()
    took = []
    for _ in range(20):
        began = time.perf_counter()
        health()
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05
