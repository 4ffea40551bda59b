"""What is measured at the moment Prometheus asks: the health page's own figures, under their metric names."""

from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from monitoring.health.report import health_items
from monitoring.health.shape import Item

# Metric: the item and the fact it is, and what it means.
GAUGES = {
    "traitortrack_database_answer_ms": ("database", "answered_ms", "How long the database took to answer."),
    "traitortrack_database_buffer_hit_percent": (
        "database",
        "buffer_hit_percent",
        "Reads that found their page in memory.",
    ),
    "traitortrack_connections": ("pool", "in_use", "Connections to the database that are in use."),
    "traitortrack_connections_active": ("pool", "active", "Connections with a statement at work."),
    "traitortrack_connections_limit": ("pool", "limit", "Connections that the database takes."),
    "traitortrack_slow_query_seconds": ("slow_queries", "oldest_seconds", "Age of the longest statement."),
    "traitortrack_lock_waiters": ("locks", "waiting", "Statements that wait for a lock."),
    "traitortrack_lock_wait_seconds": ("locks", "longest_seconds", "How long the first of them has waited."),
    "traitortrack_replicas": ("replication", "streaming", "Replicas that follow."),
    "traitortrack_replica_lag_seconds": ("replication", "lag_seconds", "How far the last of them is behind."),
    "traitortrack_database_bytes": ("database_size", "bytes", "Size of the database."),
    "traitortrack_cache_up": ("cache", "up", "Whether Redis answers."),
    "traitortrack_cache_answer_ms": ("cache", "answered_ms", "How long Redis took to answer."),
    "traitortrack_cache_hit_percent": ("cache", "hit_percent", "Keys that Redis knew."),
    "traitortrack_cache_memory_bytes": ("cache", "memory_bytes", "Memory that Redis uses."),
    "traitortrack_memory_free_percent": ("memory", "free_percent", "Free memory of this machine."),
    "traitortrack_load_per_core": ("memory", "load_per_core", "Load of this machine, by processor."),
    "traitortrack_disk_free_percent": ("disk", "free_percent", "Free space on this machine's disk."),
    "traitortrack_workers": ("worker", "workers", "Workers that do jobs."),
    "traitortrack_worker_quiet_seconds": ("worker", "quiet_seconds", "Since a worker was heard last."),
    "traitortrack_jobs_waiting": ("worker", "waiting", "Jobs that are due and wait."),
    "traitortrack_jobs_doing": ("worker", "doing", "Jobs at work."),
    "traitortrack_job_wait_seconds": ("worker", "longest_wait_seconds", "How long the first of them waits."),
    "traitortrack_errors_last_hour": ("errors", "total", "Errors of requests and jobs in the last hour."),
    "traitortrack_sealed_entries": ("audit_seal_age", "sealed", "Audit entries that are sealed."),
    "traitortrack_unsealed_seconds": (
        "audit_seal_age",
        "unsealed_seconds",
        "Age of the oldest unsealed entry.",
    ),
    "traitortrack_backup_age_hours": ("backup_age", "age_hours", "Age of the last backup."),
    "traitortrack_devices_unsent": ("devices", "devices", "Devices on which scans wait."),
    "traitortrack_unsent_scans": ("devices", "scans", "Scans that wait on devices."),
}


def measured() -> Iterator[Metric]:
    """Every gauge that has a figure now, the level of each item, and what our processes take."""
    items = health_items()
    yield _levels(items)
    facts = {item.name: item.facts for item in items}
    for metric, (item, fact, meaning) in GAUGES.items():
        value = facts.get(item, {}).get(fact)
        if value is not None:
            yield GaugeMetricFamily(metric, meaning, value=float(value))
    yield from _processes(facts["memory"]["processes"])


def _levels(items: Iterable[Item]) -> Metric:
    family = GaugeMetricFamily("traitortrack_health", "0 is ok, 1 warn, 2 bad.", labels=["item"])
    for item in items:
        family.add_metric([item.name], item.status.number)
    return family


def _processes(processes: Iterable[dict[str, object]]) -> Iterator[Metric]:
    memory = GaugeMetricFamily(
        "traitortrack_process_memory_bytes",
        "Memory of our processes on this machine.",
        labels=["does", "pid"],
    )
    cpu = CounterMetricFamily(
        "traitortrack_process_cpu_seconds", "CPU they have used.", labels=["does", "pid"]
    )
    for process in processes:
        labels = [str(process["does"]), str(process["pid"])]
        memory.add_metric(labels, float(str(process["memory_bytes"])))
        cpu.add_metric(labels, float(str(process["cpu_seconds"])))
    yield memory
    yield cpu
