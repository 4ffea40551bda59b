"""What Prometheus and Grafana are given reads as what they expect, and names only what is there."""

import json
import re
from pathlib import Path

import yaml

from monitoring.health.incidents import TITLES

ALERTS = yaml.safe_load(Path("deploy/prometheus/alerts.yml").read_text())
BOARD = json.loads(Path("deploy/grafana/traitortrack.json").read_text())
RUNBOOK = Path("docs/operations.md").read_text()


def balanced(expression):
    """Brackets and quotes are closed: half of what promtool would find."""
    bare = re.sub(r'"[^"]*"', "", expression)
    assert '"' not in bare, expression
    for opening, closing in ("()", "[]", "{}"):
        assert bare.count(opening) == bare.count(closing), expression


def test_the_alert_rules():
    names = []
    for group in ALERTS["groups"]:
        assert set(group) == {"name", "rules"}
        for rule in group["rules"]:
            assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
            assert set(rule["annotations"]) == {"summary", "description"}
            assert rule["labels"]["severity"] in ("page", "ticket")
            assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
            balanced(rule["expr"])
            names.append(rule["alert"])
    assert len(names) == len(set(names)) >= 10


def test_the_dashboard():
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids)) >= 15
    for panel in BOARD["panels"]:
        assert {"title", "type", "gridPos", "datasource", "targets"} <= set(panel)
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        for target in panel["targets"]:
            balanced(target["expr"])


def test_every_item_has_its_place_in_the_runbook():
    heads = re.findall(r"^### `(\w+)`", RUNBOOK, re.MULTILINE)
    assert sorted(heads) == sorted(TITLES)
