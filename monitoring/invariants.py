"""The questions of domain.md that must find nothing, whatever went wrong. One statement each.

A row found is a broken promise; each row says what to look at. Question 14 reads the audit chain again and
takes as long as that. Question 6 asks of the record what the record can know: whether a key stands in it
twice. Whether an acknowledged key is absent, only the device can tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from audit.database import database_now
from audit.sealing import oldest_unsealed
from audit.verifying import AnchorsUnreadable, verify
from bags.devices.reading import SEQUENCE_BREAKS
from monitoring.statistics import folding

ROWS_SHOWN = 20
CHAIN_MAY_LAG = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Question:
    number: int
    text: str
    sql: str = ""
    find: Callable[[], list[tuple[Any, ...]]] | None = None
    params: Mapping[str, Any] | None = None


def _chain_broken() -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    oldest = oldest_unsealed()
    if oldest and database_now() - oldest > CHAIN_MAY_LAG:
        rows.append(("behind", oldest))
    try:
        report = verify()
    except AnchorsUnreadable as error:
        return [*rows, ("anchors_unreadable", str(error))]
    return rows + [(found.code, found.position, found.entry, found.text) for found in report.findings]


QUESTIONS = [
    Question(
        1,
        "parents with more open links than their limit",
        """SELECT bag.qr_id, bag.child_limit, count(*) FROM bags_bag bag
             JOIN bags_link link ON link.parent_id = bag.id AND link.unlinked_at IS NULL
            GROUP BY bag.id HAVING count(*) > bag.child_limit""",
    ),
    Question(
        2,
        "children with two open links",
        """SELECT child_id, count(*) FROM bags_link
            WHERE unlinked_at IS NULL GROUP BY child_id HAVING count(*) > 1""",
    ),
    Question(
        3,
        "parents whose counter differs from their open links, and bags that are wrongly taken for loose",
        """SELECT bag.qr_id, bag.child_count, count(link.id) FROM bags_bag bag
             LEFT JOIN bags_link link ON link.parent_id = bag.id AND link.unlinked_at IS NULL
            GROUP BY bag.id HAVING bag.child_count <> count(link.id)
            UNION ALL
           SELECT bag.qr_id, bag.is_loose::int, (linked.id IS NOT NULL)::int FROM bags_bag bag
             LEFT JOIN (SELECT parent_id AS id FROM bags_link WHERE unlinked_at IS NULL
                        UNION
                        SELECT child_id FROM bags_link WHERE unlinked_at IS NULL) AS linked
                    ON linked.id = bag.id
            WHERE bag.is_loose = (linked.id IS NOT NULL)""",
    ),
    Question(
        4,
        "links of the wrong kinds",
        """SELECT link.id, parent.qr_id, child.qr_id FROM bags_link link
             JOIN bags_bag parent ON parent.id = link.parent_id
             JOIN bags_bag child ON child.id = link.child_id
            WHERE parent.kind <> 'parent' OR child.kind <> 'child'""",
    ),
    Question(
        5,
        "codes equal after cleaning",
        "SELECT upper(btrim(qr_id)), count(*) FROM bags_bag GROUP BY 1 HAVING count(*) > 1",
    ),
    Question(
        6, "keys in the record twice", "SELECT key, count(*) FROM bags_scan GROUP BY key HAVING count(*) > 1"
    ),
    Question(
        7,
        "refused scans with an effect",
        """SELECT 'link', link.id, scan.code FROM bags_link link JOIN bags_scan scan ON scan.id = link.scan_id
            WHERE scan.code NOT IN ('linked', 'linked_last', 'moved')
            UNION ALL
           SELECT 'bill line', line.id, scan.code
             FROM billing_billbag line JOIN bags_scan scan ON scan.id = line.scan_id
            WHERE scan.code <> 'billed'
            UNION ALL
           SELECT 'return line', line.id, scan.code
             FROM billing_returnline line JOIN bags_scan scan ON scan.id = line.scan_id
            WHERE scan.code <> 'returned'
            UNION ALL
           SELECT 'line of a recount', line.id, scan.code
             FROM bags_recountline line JOIN bags_scan scan ON scan.id = line.scan_id
            WHERE scan.code <> 'counted'
            UNION ALL
           SELECT 'undo', undone.id, undo.code
             FROM bags_scan undone JOIN bags_scan undo ON undo.id = undone.undone_by_id
            WHERE undo.code <> 'undone'
            UNION ALL
           SELECT 'closed', bag.id, scan.code
             FROM bags_bag bag JOIN bags_scan scan ON scan.id = bag.closed_by_scan
            WHERE scan.code NOT IN ('closed', 'linked_last', 'moved', 'billed', 'undone')""",
    ),
    Question(
        8,
        "open links without exactly one accepted, not undone scan or import",
        """SELECT link.id, link.child_id, scan.code, scan.undone_at FROM bags_link link
             LEFT JOIN bags_scan scan ON scan.id = link.scan_id
             LEFT JOIN bags_importbatch import ON import.id = link.import_batch_id
            WHERE link.unlinked_at IS NULL
              AND CASE WHEN import.id IS NULL
                       THEN scan.id IS NULL OR scan.undone_at IS NOT NULL OR scan.bag_id <> link.child_id
                            OR scan.parent_id <> link.parent_id
                       ELSE scan.id IS NOT NULL OR import.state NOT IN ('done', 'returning') END""",
    ),
    Question(
        9,
        "undone scans whose link is still open, or whose packet is still counted",
        """SELECT scan.id, link.id FROM bags_scan scan JOIN bags_link link ON link.scan_id = scan.id
            WHERE scan.undone_at IS NOT NULL AND link.unlinked_at IS NULL
            UNION ALL
           SELECT scan.id, line.id FROM bags_recountline line JOIN bags_scan scan ON scan.id = line.scan_id
            WHERE (scan.undone_at IS NULL) <> (line.taken_back_at IS NULL)""",
    ),
    Question(
        10,
        "parents on two live bills",
        """SELECT bag_id, count(*) FROM billing_billbag
            WHERE removed_at IS NULL AND returned_at IS NULL GROUP BY bag_id HAVING count(*) > 1""",
    ),
    Question(
        11,
        "completed bills whose frozen weight differs from their lines",
        """SELECT bill.number, bill.actual_kg, sum(line.weight_kg) FROM billing_bill bill
             LEFT JOIN billing_billbag line ON line.bill_id = bill.id AND line.removed_at IS NULL
            WHERE bill.state = 'completed' GROUP BY bill.id
           HAVING bill.actual_kg IS DISTINCT FROM sum(line.weight_kg) OR count(*) <> count(line.weight_kg)""",
    ),
    Question(
        12,
        "links changed after their bill was completed",
        """SELECT bill.number, link.id FROM billing_bill bill
             JOIN billing_billbag line ON line.bill_id = bill.id AND line.removed_at IS NULL
             JOIN bags_link link ON link.parent_id = line.bag_id
            CROSS JOIN LATERAL (VALUES (link.linked_at), (link.unlinked_at)) AS change(at)
            WHERE bill.state = 'completed' AND change.at > bill.completed_at
              AND change.at < coalesce(line.returned_at, 'infinity')""",
    ),
    Question(
        13,
        "changes of state without exactly one audit row",
        """WITH happened AS (
               SELECT action, target_id, at, count(*) AS times FROM (
                   SELECT 'child_linked', child_id::text, linked_at FROM bags_link
                    UNION ALL
                   SELECT 'child_unlinked', child_id::text, unlinked_at FROM bags_link
                    WHERE unlinked_at IS NOT NULL
                    UNION ALL
                   SELECT 'parent_created', id::text, created_at FROM bags_bag WHERE kind = 'parent'
                    UNION ALL
                   SELECT 'parent_billed', bill_id::text, added_at FROM billing_billbag
                    UNION ALL
                   SELECT 'parent_unbilled', bill_id::text, removed_at FROM billing_billbag
                    WHERE removed_at IS NOT NULL
                    UNION ALL
                   SELECT 'return_line_added', return_id::text, added_at FROM billing_returnline
                    UNION ALL
                   SELECT 'return_line_removed', return_id::text, removed_at FROM billing_returnline
                    WHERE removed_at IS NOT NULL
                    UNION ALL
                   SELECT 'conflict_decided', scan_id::text, decided_at FROM bags_conflictdecision
                    UNION ALL
                   SELECT 'conflict_reopened', scan_id::text, undone_at FROM bags_conflictdecision
                    WHERE undone_at IS NOT NULL
                    UNION ALL
                   SELECT 'labels_reserved', id::text, reserved_at FROM bags_labelrange
                    UNION ALL
                   SELECT CASE WHEN is_reprint THEN 'labels_reprinted' ELSE 'labels_printed' END,
                          range_id::text, printed_at FROM bags_labelprint
                    UNION ALL
                   SELECT 'recount_started', id::text, started_at FROM bags_recount
                    UNION ALL
                   SELECT 'recount_' || state, id::text, ended_at FROM bags_recount WHERE ended_at IS NOT NULL
                    UNION ALL
                   SELECT CASE decision WHEN 'apply' THEN 'correction_applied'
                          ELSE 'correction_dismissed' END, line.recount_id::text, decided_at
                     FROM bags_recountdecision made JOIN bags_recountline line ON line.id = made.line_id
                    UNION ALL
                   SELECT 'correction_reopened', line.recount_id::text, undone_at
                     FROM bags_recountdecision made JOIN bags_recountline line ON line.id = made.line_id
                    WHERE undone_at IS NOT NULL
                    UNION ALL
                   SELECT 'parked_decided', scan_id::text, decided_at FROM bags_parkeddecision
                    UNION ALL
                   SELECT 'parked_reopened', scan_id::text, undone_at FROM bags_parkeddecision
                    WHERE undone_at IS NOT NULL
               ) AS change(action, target_id, at) GROUP BY 1, 2, 3
           ), recorded AS (
               SELECT action, target_id, at, count(*) AS times FROM audit_auditlog
                WHERE action IN ('child_linked', 'child_unlinked', 'parent_created', 'parent_billed',
                                 'parent_unbilled', 'return_line_added', 'return_line_removed',
                                 'conflict_decided', 'conflict_reopened', 'labels_reserved', 'labels_printed',
                                 'labels_reprinted', 'parked_decided', 'parked_reopened', 'recount_started',
                                 'recount_finished', 'recount_dropped', 'correction_applied',
                                 'correction_dismissed', 'correction_reopened')
                GROUP BY 1, 2, 3
           ), once(action, target_id) AS (
               SELECT 'bill_created', id::text FROM billing_bill
                UNION ALL
               SELECT 'bill_cancelled', id::text FROM billing_bill WHERE state = 'cancelled'
                UNION ALL
               SELECT 'return_created', id::text FROM billing_return
                UNION ALL
               SELECT 'return_committed', id::text FROM billing_return WHERE committed_at IS NOT NULL
                UNION ALL
               SELECT 'return_cancelled', id::text FROM billing_return WHERE state = 'cancelled'
                UNION ALL
               SELECT 'promotion_asked', id::text FROM accounts_promotionrequest
                UNION ALL
               SELECT 'promotion_' || state, id::text FROM accounts_promotionrequest WHERE state <> 'pending'
                UNION ALL
               SELECT 'day_mail_sent', id::text FROM monitoring_daymail WHERE sent_at IS NOT NULL
           ), recorded_once AS (
               SELECT action, target_id, count(*) AS times FROM audit_auditlog
                WHERE action IN ('bill_created', 'bill_cancelled', 'return_created', 'return_committed',
                                 'return_cancelled', 'promotion_asked', 'promotion_approved',
                                 'promotion_rejected', 'day_mail_sent')
                GROUP BY 1, 2
           ), turns AS (
               SELECT target_type, target_id,
                      count(*) FILTER (WHERE action IN ('parent_closed', 'bill_completed'))
                      - count(*) FILTER (WHERE action IN ('parent_reopened', 'bill_reopened')) AS done,
                      count(*) FILTER (WHERE action = 'parent_returned')
                      - count(*) FILTER (WHERE action = 'parent_return_cancelled') AS returned,
                      count(*) FILTER (WHERE action = 'recount_needed')
                      - count(*) FILTER (WHERE action = 'recounted') AS doubted
                 FROM audit_auditlog GROUP BY 1, 2
           )
           SELECT action, target_id, coalesce(happened.times, 0), coalesce(recorded.times, 0)
             FROM happened FULL JOIN recorded USING (action, target_id, at)
            WHERE happened.times IS DISTINCT FROM recorded.times
            UNION ALL
           SELECT action, target_id, (once.action IS NOT NULL)::int, coalesce(recorded_once.times, 0)
             FROM once FULL JOIN recorded_once USING (action, target_id)
               -- Requests and mails go by their age, or with their person; their entries stay.
            WHERE once.action IS NULL
                  AND action NOT IN ('promotion_asked', 'promotion_approved', 'promotion_rejected',
                                     'day_mail_sent')
               OR recorded_once.times IS DISTINCT FROM 1
            UNION ALL
           SELECT 'parent closed', bag.id::text, (bag.state = 'closed')::int, coalesce(turns.done, 0)
             FROM bags_bag bag LEFT JOIN turns ON turns.target_type = 'bag' AND turns.target_id = bag.id::text
            WHERE bag.kind = 'parent' AND (bag.state = 'closed')::int <> coalesce(turns.done, 0)
            UNION ALL
           SELECT 'recount needed', bag.id::text, bag.needs_recount::int, coalesce(turns.doubted, 0)
             FROM bags_bag bag LEFT JOIN turns ON turns.target_type = 'bag' AND turns.target_id = bag.id::text
            WHERE bag.kind = 'parent' AND bag.needs_recount::int <> coalesce(turns.doubted, 0)
            UNION ALL
           SELECT 'conflict settled', scan.id::text, (scan.settled_at IS NOT NULL)::int, count(made.id)
             FROM bags_scan scan
             LEFT JOIN bags_conflictdecision made ON made.scan_id = scan.id AND made.undone_at IS NULL
            WHERE scan.code = 'conflict' GROUP BY scan.id
           HAVING (scan.settled_at IS NOT NULL)::int <> count(made.id)
            UNION ALL
           SELECT 'parked settled', scan.id::text, 1, count(made.id)
             FROM bags_scan scan
             LEFT JOIN (bags_parkeddecision made JOIN bags_scan named ON named.id = made.scan_id)
                    ON made.undone_at IS NULL AND made.decided_at = scan.settled_at
                   AND md5(named.raw) = md5(scan.raw) AND scan.id <= named.id
            WHERE scan.code IN ('unknown', 'unreadable') AND scan.settled_at IS NOT NULL
            GROUP BY scan.id HAVING count(made.id) <> 1
            UNION ALL
           SELECT 'parked decided', scan.id::text, 0, 1
             FROM bags_parkeddecision made JOIN bags_scan scan ON scan.id = made.scan_id
            WHERE made.undone_at IS NULL AND scan.settled_at IS DISTINCT FROM made.decided_at
            UNION ALL
           SELECT 'differences undecided', recount.id::text, recount.undecided, count(line.id)
             FROM bags_recount recount
             LEFT JOIN bags_recountline line
                    ON line.recount_id = recount.id AND line.outcome IN ('missing', 'unexpected')
                   AND NOT EXISTS (SELECT FROM bags_recountdecision made
                                    WHERE made.line_id = line.id AND made.undone_at IS NULL)
            GROUP BY recount.id HAVING recount.undecided <> count(line.id)
            UNION ALL
           SELECT 'bill completed', bill.id::text, (bill.state = 'completed')::int, coalesce(turns.done, 0)
             FROM billing_bill bill
             LEFT JOIN turns ON turns.target_type = 'bill' AND turns.target_id = bill.id::text
            WHERE (bill.state = 'completed')::int <> coalesce(turns.done, 0)
            UNION ALL
           SELECT 'parents returned', bill.id::text,
                  (SELECT count(*) FROM billing_billbag line
                    WHERE line.bill_id = bill.id AND line.returned_at IS NOT NULL), turns.returned
             FROM billing_bill bill
             JOIN turns ON turns.target_type = 'bill' AND turns.target_id = bill.id::text
            WHERE turns.returned <> (SELECT count(*) FROM billing_billbag line
                                      WHERE line.bill_id = bill.id AND line.returned_at IS NOT NULL)""",
    ),
    Question(14, "audit chain broken or behind by more than two minutes", find=_chain_broken),
    Question(
        15,
        "StatisticsCache different from the truth after ten quiet seconds",
        folding.DIFFERENCES,
        params=folding.zone(),
    ),
    Question(
        16,
        "device sequence numbers missing or doubled",
        SEQUENCE_BREAKS.format(scans="seq IS NOT NULL"),
    ),
]


def broken() -> dict[int, list[tuple[Any, ...]]]:
    """By question number, up to ROWS_SHOWN rows that break the promise; empty when all hold."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for question in QUESTIONS:
            if rows := question.find() if question.find else _rows(cursor, question):
                found[question.number] = rows[:ROWS_SHOWN]
    return found


def _rows(cursor: CursorWrapper, question: Question) -> list[tuple[Any, ...]]:
    cursor.execute(question.sql, question.params)
    return cursor.fetchmany(ROWS_SHOWN)
