"""People as in the tapes, hands that scan, and the questions that must find nothing."""

import uuid

import pytest
from django.core.management import call_command
from django.db.backends.postgresql.operations import DatabaseOperations

from accounts.areas import forget_areas
from accounts.models import Area, Role, User
from accounts.operators import Operator
from audit.sealing import seal
from bags.models import Product
from bags.products import forget_products
from bags.scanning.rules import Pull
from bags.scanning.service import process
from monitoring.invariants import broken
from monitoring.statistics.folding import fold
from tests.owner import APP, OWNER, flush_as_owner, log_in_as

PASSWORD = "Sacks-of-mustard-24"
PEOPLE = {
    "ravi": (Role.DISPATCHER, "lucknow"),
    "meena": (Role.DISPATCHER, "lucknow"),
    "arjun": (Role.DISPATCHER, "indore"),
    "nobody": (Role.DISPATCHER, None),
    "kavya": (Role.BILLER, None),
    "asha": (Role.ADMIN, None),
}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """The tests' database is made and migrated by the owner of its tables …"""
    log_in_as(OWNER)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """… and everything runs as the role of the app."""
    with django_db_blocker.unblock():
        log_in_as(APP)
    # For every connection: in the browser's event loop Django has another one than before.
    DatabaseOperations.execute_sql_flush = staticmethod(flush_as_owner)
    yield
    with django_db_blocker.unblock():
        log_in_as(OWNER)


@pytest.fixture(autouse=True)
def _fresh_shelves():
    forget_products()
    forget_areas()


@pytest.fixture(autouse=True)
def _a_trial(settings, tmp_path):
    """The second factor is offered, as on a trial, and nobody is held back, for counters in Redis outlive a
    test. What is so elsewhere has tests of its own."""
    settings.SECOND_FACTOR = "offered"
    settings.SIGN_IN_RATE_LIMIT = settings.RESET_RATE_LIMIT = settings.RESET_ADDRESS_RATE_LIMIT = "off"
    settings.AUDIT_ANCHORS = tmp_path / "audit-anchors"


@pytest.fixture
def people(db, settings):
    """User by name. A test that commits for real leaves emptied tables: what ships as data comes back."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not Area.objects.exists():
        for slug in ("lucknow", "indore"):  # the two that tapes and tests use
            Area.objects.create(slug=slug, name=slug.title())
    if not Product.objects.exists():
        sizes = {"mustard": ("SB", 30), "moong": ("M444-", 15)}
        for name, (prefix, limit) in sizes.items():
            Product.objects.create(
                name=name, prefix=prefix, digits=5, children_per_parent=limit, kg_per_child=1
            )
    return {
        name: User.objects.create_user(name, PASSWORD, role=role, area_id=area)
        for name, (role, area) in PEOPLE.items()
    }


@pytest.fixture
def scan(people):
    """scan("ravi", "SB00001", parent=…, mode=…) -> the answer, by a fresh key unless one is given."""
    device = uuid.uuid4()

    def one(name, raw="", *, mode="pack", **rest):
        pull = Pull(key=rest.pop("key", None) or uuid.uuid4(), mode=mode, raw=raw, **rest)
        return process(pulls=[pull], operator=Operator.of(people[name]), device=device)[0]

    return one


@pytest.fixture
def operator(people):
    return lambda name: Operator.of(people[name])


@pytest.fixture
def fill(scan):
    """fill("ravi", "SB00001", 3, start=1) opens the parent and puts children in; returns the last answer."""

    def pack(name, parent, children, start=1):
        answer = scan(name, parent)
        for number in range(start, start + children):
            answer = scan(name, f"{parent[-5:]}{number:05}", parent=parent)
        return answer

    return pack


@pytest.fixture
def holds():
    """Asserts that every question of domain.md finds nothing."""

    def check():
        seal()  # as the worker does
        fold()
        assert broken() == {}

    return check


@pytest.fixture
def signed_in(client, people):
    """signed_in("ravi") -> Django's test client with that person's session."""

    def sign_in(name):
        client.force_login(people[name], backend="accounts.backends.PasswordBackend")
        return client

    return sign_in


@pytest.fixture
def plain_statics(settings, tmp_path):
    """Static files have their tests in the browser; elsewhere pages only name them."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def demo(people):
    call_command("demo")
