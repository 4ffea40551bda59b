"""Redis: whether it answers, how quickly, and how often it knew what it was asked."""

import time
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from monitoring.health.shape import Item, Level, judge


def cache_items() -> list[Item]:
    """The item `cache`. Redis is asked through the breaker: nobody waits here for one that is away."""
    try:
        client: Any = cache.client.get_client()  # type: ignore[attr-defined]
        ping_ms = _ping(client)
        told = client.info()
    except (RedisError, ConnectionInterrupted, OSError) as error:
        text = _("Redis does not answer: tries are not counted, everything else goes on.")
        return [Item("cache", Level.BAD, text, {"up": False, "error": type(error).__name__})]
    hits, misses = told.get("keyspace_hits", 0), told.get("keyspace_misses", 0)
    hit_percent = round(100 * hits / (hits + misses), 1) if hits + misses else None
    text = _("Answers in {ms} ms.").format(ms=f"{ping_ms:.1f}")
    facts = {
        "up": True,
        "answered_ms": round(ping_ms, 2),
        "hits": hits,
        "misses": misses,
        "hit_percent": hit_percent,
        "memory_bytes": told.get("used_memory"),
        "evicted": told.get("evicted_keys"),
        "connections": told.get("connected_clients"),
    }
    return [Item("cache", judge("cache_ms", ping_ms), text, facts)]


def _ping(client: Any) -> float:
    began = time.perf_counter()
    client.ping()
    return (time.perf_counter() - began) * 1000
