"""django-migration-linter over our own migrations: old code lives on beside each new table shape."""

import pytest
from django.conf import settings
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import PostgresqlAnalyser, analyse_sql_statements

# Not in a transaction, for some migrations cannot be in one.
pytestmark = pytest.mark.django_db(transaction=True)
APPS = ["accounts", "audit", "bags", "billing", "monitoring"]
# What keeps a table locked while people scan counts like what breaks old code.
LOCKS = ["CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE", "DROP_INDEX", "REINDEX"]
UNRELEASED = "made before the first release: no database was in use yet"
IGNORED = {
    "0005_recount": UNRELEASED,
    "0006_conflict_desk": UNRELEASED,
    "0003_returns": UNRELEASED,
    "0002_scans_by_day": UNRELEASED,
    "0006_mails_of_more_reports": "what its unique constraint forbids, the one that it replaces forbade too",
}


def test_no_migration_breaks_old_code_or_keeps_a_table_locked(capsys):
    linter = MigrationLinter(
        path=str(settings.BASE_DIR),
        include_apps=APPS,
        ignore_name=list(IGNORED),
        warnings_as_errors_tests=LOCKS,
        no_cache=True,
        analyser_string="postgresql",  # our backend is Django's, under another name
    )
    linter.lint_all_migrations()
    told = capsys.readouterr().out
    assert linter.nb_valid + linter.nb_warnings > 10
    assert linter.nb_erroneous == 0, told[told.find("ERR") - 100 :]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("ALTER TABLE bags_bag DROP COLUMN lot CASCADE;", "DROP_COLUMN"),
        ("ALTER TABLE bags_bag ADD COLUMN colour varchar(9) NOT NULL;", "NOT_NULL"),
        ("ALTER TABLE bags_bag RENAME COLUMN lot TO batch;", "RENAME_COLUMN"),
        ("CREATE INDEX bag_lots ON bags_bag (lot);", "CREATE_INDEX"),
    ],
)
def test_what_would_is_found(statement, code):
    """The twin."""
    errors, _ignored, warnings = analyse_sql_statements(PostgresqlAnalyser, [statement])
    assert code in {issue.code for issue in [*errors, *warnings]}
