"""A sign of life."""

from datetime import datetime
from uuid import UUID

import orjson

from accounts.operators import Operator
from audit.database import database_now, execute
from bags.scanning import sighting
from bags.scanning.sighting import Beat


def note_beat(*, device: UUID, clock: datetime, beat: Beat, operator: Operator) -> datetime:
    """Keep what the device tells of itself; returns the server's time. A sign of life, no change of state:
    it writes no audit entry."""
    now = database_now()
    seen = sighting.sighting(device=device, at=now, operator_id=operator.id, clock=clock, beat=beat)
    execute(sighting.INSERT, [orjson.dumps([sighting.row(seen)]).decode()])
    return now
