"""What happened, event by event."""

import pytest

from billing.services import complete_bill, create_bill

pytestmark = pytest.mark.django_db
BAG, BILL = "urn:traitortrack:bag:", "urn:traitortrack:bill:"


def told(event):
    """Minute, type, action, step and what it is about, in one line."""
    minute = event["recordTime"][11:16]
    about = event.get("epcList") or [event["parentID"], *event["childEPCs"]]
    codes = " ".join(uri.removeprefix(BAG) for uri in about)
    error = " did not occur" if "errorDeclaration" in event else ""
    step = event.get("bizStep", "-")
    return f"{minute} {event['type'].removesuffix('Event')} {event['action']} {step} {codes}{error}"


def test_each_change_is_one_event_in_the_order_of_time(day, events):
    assert [told(event) for event in events()] == [
        "09:00 Object ADD commissioning SB00001",
        "09:01 Object ADD commissioning 0000001",
        "09:01 Object ADD commissioning 1000002",
        "09:01 Aggregation ADD packing SB00001 0000001",
        "09:01 Aggregation ADD packing SB00001 1000002",
        "09:03 Object OBSERVE packing SB00001",
        "09:04 Object OBSERVE packing SB00001 did not occur",
        "09:05 Object ADD commissioning 1000003",
        "09:05 Aggregation ADD packing SB00001 1000003",
        "09:06 Aggregation ADD packing SB00001 1000003 did not occur",
        "09:07 Object OBSERVE packing SB00001",
        "09:10 Object ADD commissioning SB00002",
        "09:11 Aggregation ADD packing SB00002 1000002",
        "09:11 Aggregation DELETE unpacking SB00001 1000002",
        "09:11 Object OBSERVE unpacking SB00001",
        "09:12 Aggregation DELETE unpacking SB00002 1000002",
        "09:15 Object ADD commissioning SB00003",
        "09:15 Object ADD commissioning 1000004",
        "09:15 Aggregation ADD packing SB00003 1000004",
        "09:20 Object OBSERVE packing SB00001",
        "09:20 Transaction ADD staging_outbound SB00001",
        "09:21 Transaction ADD staging_outbound SB00001 did not occur",
        "09:22 Transaction ADD staging_outbound SB00001",
        "09:23 Object OBSERVE packing SB00003",
        "09:23 Transaction ADD staging_outbound SB00003",
        "09:24 Transaction DELETE - SB00003",
        "09:30 Object OBSERVE shipping SB00001",
        "09:31 Object OBSERVE void_shipping SB00001",
        "09:32 Object OBSERVE shipping SB00001",
        "09:40 Object OBSERVE receiving SB00001",
        "09:41 Object OBSERVE receiving SB00001 did not occur",
        "09:50 Transaction ADD staging_outbound SB00003",
        "09:51 Transaction DELETE - SB00003",
    ]


def test_packing_in_full(day, events):
    [packed] = [event for event in events() if event.get("childEPCs") == [f"{BAG}1000003"]][:1]
    event_id = packed.pop("eventID")
    assert event_id.startswith("urn:uuid:")
    assert packed == {
        "type": "AggregationEvent",
        "eventTime": "2026-11-24T09:05:00.000000+05:30",
        "eventTimeZoneOffset": "+05:30",
        "recordTime": "2026-11-24T09:05:00.000000+05:30",
        "action": "ADD",
        "parentID": f"{BAG}SB00001",
        "childEPCs": [f"{BAG}1000003"],
        "bizStep": "packing",
        "disposition": "in_progress",
        "readPoint": {"id": "urn:traitortrack:area:lucknow"},
        "bizLocation": {"id": "urn:traitortrack:area:lucknow"},
    }


def test_what_was_undone_is_the_original_with_an_error_declaration(day, events):
    found = events()
    declared = [event for event in found if "errorDeclaration" in event]
    assert len(declared) == 4
    for event in declared:
        [original] = [
            one for one in found if one["eventID"] == event["eventID"] and "errorDeclaration" not in one
        ]
        at = event.pop("recordTime")
        assert event.pop("errorDeclaration") == {"declarationTime": at, "reason": "did_not_occur"}
        assert original.pop("recordTime") < at
        assert event == original


def test_ids_tell_events_apart(day, events):
    ids = [event["eventID"] for event in events() if "errorDeclaration" not in event]
    assert len(set(ids)) == len(ids) == 29


def test_the_lot_and_the_papers(day, events):
    found = events()
    [first] = [event for event in found if event.get("epcList") == [f"{BAG}0000001"]]
    assert first["ilmd"] == {"cbvmda:lotNumber": "MST-24-118"}
    shipped = [event for event in found if event.get("bizStep") == "shipping"]
    assert [event["bizTransactionList"] for event in shipped] == [
        [{"type": "bol", "bizTransaction": f"{BILL}B%2F1"}]
    ] * 2
    assert shipped[0]["disposition"] == "in_transit"
    back = next(event for event in found if event.get("bizStep") == "receiving")
    assert back["bizTransactionList"] == [
        {"type": "rma", "bizTransaction": f"urn:traitortrack:return:{day}"},
        {"type": "bol", "bizTransaction": f"{BILL}B%2F1"},
    ]


def test_nobody_is_named(day, export, people):
    text = export()[0]
    assert [name for name in people if name in text] == []


def test_the_names_are_ours(day, events, settings):
    before = {event["eventID"] for event in events()}
    settings.EPCIS_NAMESPACE = "https://id.example.com/8901234/"
    found = events()
    assert found[0]["epcList"] == ["https://id.example.com/8901234/bag/SB00001"]
    assert before.isdisjoint(event["eventID"] for event in found)


def test_sacks_of_two_areas_leave_from_no_single_place(people, operator, fill, scan, events):
    create_bill(number="B-9", by=operator("kavya"))
    for name, parent in (("ravi", "SB00001"), ("arjun", "SB00002")):
        fill(name, parent, 1)
        scan("kavya", parent, mode="bill", bill="B-9")
    complete_bill(number="B-9", by=operator("kavya"))
    [shipped] = [event for event in events() if event.get("bizStep") == "shipping"]
    assert shipped["epcList"] == [f"{BAG}SB00001", f"{BAG}SB00002"]
    assert "readPoint" not in shipped
