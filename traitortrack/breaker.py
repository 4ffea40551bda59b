"""Redis speeds and counts; nobody waits for it."""

import logging
import time
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TooSlow

PAUSE_SECONDS = 5.0
log = logging.getLogger(__name__)


class BreakingRedis(Redis):
    """A client that leaves Redis alone for some seconds after it gave no answer, so that a call waits for one
    time-out and the next ones for none. One call then tries again, while the others go on without."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        pool: Any = self.connection_pool  # one for all clients of an address in this process
        away_until, now = getattr(pool, "away_until", 0.0), time.monotonic()
        if now < away_until:
            raise Unreachable("left alone since it gave no answer")
        if away_until:
            pool.away_until = now + PAUSE_SECONDS
        try:
            answer = super().execute_command(*args, **options)
        except (Unreachable, TooSlow) as error:
            if not away_until:
                log.warning("Redis gives no answer and is left alone for now: limits do not count. %s", error)
            pool.away_until = now + PAUSE_SECONDS
            raise
        pool.away_until = 0.0
        return answer
