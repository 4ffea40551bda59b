"""/metrics over real gunicorn processes: what was done is counted once, whoever did it and died since."""

import json
import os
import re
import signal
import time
import uuid
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.test import Client
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.parser import text_string_to_metric_families

from monitoring.metrics import files
from monitoring.metrics.folder import UnusableFolder, leave_folder, use_folder
from tests.gunicorn import running
from tests.health.test_tracing import one_scan
from tests.house.conftest import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "metrics"


@pytest.fixture
def server(test_url, people, folder):
    environment = {"DATABASE_URL": test_url, "REDIS_URL": settings.REDIS_URL, "METRICS_DIR": str(folder)}
    with running(DEBUG="1", SCAN_RATE_LIMIT="off", METRICS_TOKEN="token", **environment) as served:
        yield served


def get(port, path, **headers):
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def samples(text):
    """{(name, labels as text): value} of everything that is exported."""
    return {
        (sample.name, *sorted(f"{key}={value}" for key, value in sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scan(port, cookies, *codes):
    scans = [
        {**one_scan()["scans"][0], "key": str(uuid.uuid4()), "raw": code, "seq": number}
        for number, code in enumerate(codes, 1)
    ]
    body = {**one_scan(), "scans": scans}
    head = {"Content-Type": "application/json", "Cookie": cookies, "X-CSRFToken": "t" * 32}
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", "/api/v1/scans", json.dumps(body), head)
        answer = connection.getresponse()
        answer.read()
        return answer.status


@pytest.fixture
def cookies(signed_in):
    return f"session={signed_in('ravi').cookies['session'].value}; csrf={'t' * 32}"


def test_scans_requests_and_statements_are_counted_over_all_processes(server, cookies):
    port, _process = server
    for _ in range(20):
        assert scan(port, cookies, "SB00001") == 200
    assert scan(port, cookies, "SB00002", "?!", "?!") == 200
    assert get(port, "/bags/nothing-there/")[0] == 302
    status, text = get(port, "/metrics")
    told = samples(text)
    assert status == 200
    assert told["traitortrack_scans_total", "result=parent_opened"] == 21
    assert told["traitortrack_scans_total", "result=unreadable"] == 2
    assert told["traitortrack_scan_call_seconds_count",] == 21
    assert told["traitortrack_http_requests_total", "method=POST", "route=api/v1/scans", "status=200"] == 21
    requests = "traitortrack_http_request_seconds_count"
    assert told[requests, "method=POST", "route=api/v1/scans"] == 21
    assert told[requests, "method=GET", "route=bags/<path:qr_id>/"] == 1
    assert told["traitortrack_sql_statements_total",] >= 21 * 3
    assert told["traitortrack_connections",] >= 1
    assert told["traitortrack_cache_up",] == 1
    assert told["traitortrack_health", "item=database"] == 0
    assert "nothing-there" not in text


def test_workers_that_are_killed_leave_their_counts_and_no_files(server, folder, cookies):
    port, process = server
    done = 0
    for _round in range(6):
        for _ in range(4):
            done += scan(port, cookies, "SB00001") == 200
        for child in psutil.Process(process.pid).children():
            child.send_signal(signal.SIGKILL)
        until = time.monotonic() + 20
        while not all_answer(port):
            assert time.monotonic() < until
    told = samples(get(port, "/metrics")[1])
    assert done == 24
    assert told["traitortrack_scans_total", "result=parent_opened"] == 24

    def folded():  # by the call after their master has noticed their end
        return get(port, "/metrics")[0] == 200 and owners(folder) - {"ended"} <= alive(process.pid)

    assert eventually(folded)
    assert "ended" in owners(folder)


def owners(folder):
    """Whose files there are: a process's number, or `ended`."""
    return {place.stem.partition("_")[2] for place in folder.glob("*.db")}


def alive(master):
    return {str(master), *(str(child.pid) for child in psutil.Process(master).children())}


def all_answer(port):
    try:
        return all(get(port, "/health/live")[0] == 200 for _ in range(8))
    except OSError:
        return False


def test_files_of_ended_processes_stay_until_they_are_folded(folder):
    """The twin, by hand; folded or not, they count, and they count once."""
    use_folder(folder)
    book = MmapedDict(str(folder / "counter_999999999.db"))
    key = mmap_key("traitortrack_scans", "traitortrack_scans_total", ["result"], ["linked"], "Scans.")
    book.write_value(key, 7.0, 0.0)
    book.close()
    (folder / "counter_888888888.db").touch()  # killed before its first count
    names = {place.name for place in folder.glob("*.db")}
    assert names == {"counter_999999999.db", "counter_888888888.db"}
    for _ in range(2):
        (metric,) = files.collected(folder)
        assert [sample.value for sample in metric.samples] == [7.0]
        assert {place.name for place in folder.glob("*.db")} == {"counter_ended.db"}


def test_the_folder_goes_with_the_last_master(server, folder):
    port, process = server
    assert get(port, "/metrics")[0] == 200
    assert folder.exists()
    process.terminate()
    process.wait(20)
    assert not folder.exists()


def test_a_folder_in_use_stays(folder):
    use_folder(folder)
    (folder / f"counter_{os.getppid()}.db").touch()
    leave_folder(folder)
    assert folder.exists()


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    with pytest.raises(UnusableFolder):
        use_folder(theirs)
    link = tmp_path / "link"
    link.symlink_to(theirs)
    with pytest.raises(UnusableFolder):
        use_folder(link)


def test_who_may_read_them(people, settings, plain_statics):
    client = Client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 403
    # What comes through a proxy that the settings do not count has the proxy's address.
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    settings.METRICS_TOKEN = "a-token"
    for token, expected in (("Bearer a-token", 200), ("Bearer b", 403), ("Basic a-token", 403), ("", 403)):
        answer = client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": token})
        assert answer.status_code == expected, token
    settings.METRICS_TOKEN = ""
    assert (
        client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer "}).status_code
        == 403
    )


def test_the_database_away_is_told_and_not_an_error(settings, folder):
    away = "postgresql://nobody@127.0.0.1:1/nothing"
    with running(DATABASE_URL=away, REDIS_URL=settings.REDIS_URL, DEBUG="1", METRICS_DIR=str(folder)) as (
        port,
        _,
    ):
        assert get(port, "/health/ready")[0] == 503
        status, text = get(port, "/metrics")
    told = samples(text)
    assert (status, told["traitortrack_health", "item=database"]) == (200, 2)
    assert told["traitortrack_errors_total", "kind=unavailable"] == 1
    assert "traitortrack_connections" not in {name for name, *_ in told}


def test_every_metric_that_dashboard_and_alerts_name_is_exported(server, cookies):
    port, _process = server
    scan(port, cookies, "SB00001")
    exported = {name for name, *_labels in samples(get(port, "/metrics")[1])}
    exported |= SOMETIMES
    for place in ("grafana/traitortrack.json", "prometheus/alerts.yml"):
        text = (Path("deploy") / place).read_text()
        named = set(re.findall(r"\btraitortrack_\w+", text))
        assert len(named) > 5
        assert named - exported == set(), place


# What has no figure on a quiet machine without replicas, errors and backups.
SOMETIMES = {
    "traitortrack_errors_total",
    "traitortrack_lock_wait_seconds",
    "traitortrack_slow_query_seconds",
    "traitortrack_replica_lag_seconds",
    "traitortrack_worker_quiet_seconds",
    "traitortrack_job_wait_seconds",
    "traitortrack_unsealed_seconds",
    "traitortrack_backup_age_hours",
    "traitortrack_cache_hit_percent",
    "traitortrack_process_cpu_seconds_total",
}
