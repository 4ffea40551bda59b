"""What stands in deploy/ is true: files that it names exist, variables are those that the settings read, its
commands start a server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from tests.gunicorn import wait_for
from tests.house.conftest import free_port
from tests.house.test_checks import app, at, owner  # noqa: F401 - fixtures

DEPLOY = settings.BASE_DIR / "deploy"
APPS = ["traitortrack", "monitoring", "billing", "bags", "accounts", "audit"]
COMPOSE = ["compose.yml", "patroni/compose.yml"]


def variables(path):
    return re.findall(r"^#?([A-Z][A-Z_]+)=", path.read_text(), re.MULTILINE)


def test_env_example_tells_the_defaults_that_the_settings_have():
    rooms = (settings.BASE_DIR / "traitortrack" / "settings").glob("*.py")
    read = "\n".join(room.read_text() for room in rooms)
    told = dict(re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", (settings.BASE_DIR / ".env.example").read_text(), re.M))
    plain = re.findall(r'env\.(?:str|int|bool)\("([A-Z_]+)", default=("[^"]*"|\d+|True|False)\)', read)
    assert len(plain) > 15
    for name, default in plain:
        value = default.strip('"')
        if value:  # what has none shows an example
            assert told[name].lower() == value.lower(), name


def test_production_env_names_only_what_is_read():
    known = set(variables(settings.BASE_DIR / ".env.example"))
    assert set(variables(DEPLOY / "production.env")) <= known


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_names_what_is_there(name):
    place = (DEPLOY / name).parent
    compose = yaml.safe_load((DEPLOY / name).read_text())
    assert len(compose["services"]) >= 7
    for service in compose["services"].values():
        build = service.get("build")
        context, file = (build["context"], build["dockerfile"]) if isinstance(build, dict) else (build, None)
        assert context is None or (place / context / (file or "Dockerfile")).is_file()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (place / source).exists() if source.startswith(".") else source in compose["volumes"]
        needed = service.get("depends_on", [])
        assert set(needed) <= set(compose["services"])


def test_compose_gives_the_app_what_it_reads():
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    told = compose["services"]["web"]["environment"]
    assert set(told) <= set(variables(settings.BASE_DIR / ".env.example"))
    assert told["DATABASE_POOLER"] == "transaction"
    assert told == compose["services"]["worker"]["environment"]


def test_the_image_holds_the_whole_project():
    copied = re.findall(r"^COPY (\S+) (\S+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for source, _ in copied}
    assert {*APPS, "templates", "static", "manage.py", "requirements.txt", "deploy/entrypoint"} == sources
    allowed = re.findall(r"^!(.*)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert set(allowed) == sources
    assert "\nUSER traitortrack\n" in (DEPLOY / "Dockerfile").read_text()


@pytest.mark.parametrize("unit", sorted(path.name for path in (DEPLOY / "systemd").glob("*.service")))
def test_units_run_commands_that_exist(unit):
    text = (DEPLOY / "systemd" / unit).read_text()
    for command in re.findall(r"manage\.py (\w+)", text):
        assert (settings.BASE_DIR / "traitortrack" / "management" / "commands" / f"{command}.py").is_file()
    assert "User=traitortrack" in text
    assert "NoNewPrivileges=true" in text


def procfile(line):
    return dict(row.split(": ", 1) for row in (DEPLOY / "Procfile").read_text().splitlines())[line]


def environment(**more):
    """As a platform gives it: our programs on the path, a port, the servers."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "DEBUG": "1", "PORT": str(free_port()), **more}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["entrypoint", "Procfile"])
def test_its_command_serves(how, database_url, direct_url):
    told = environment(DATABASE_URL=database_url, DATABASE_DIRECT_URL=direct_url)
    command = [DEPLOY / "entrypoint"] if how == "entrypoint" else ["sh", "-c", f"exec {procfile('web')}"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=told, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(int(told["PORT"]))
        finally:
            process.terminate()


def test_where_the_migration_fails_nothing_is_served():
    away = "postgresql://nobody@127.0.0.1:1/none"
    told = environment(DATABASE_URL=away, DATABASE_DIRECT_URL=away)
    where = {"cwd": settings.BASE_DIR, "env": told}
    done = subprocess.run(
        [DEPLOY / "entrypoint"], **where, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, "could not be migrated" in done.stderr) == (1, True)


def test_check_is_content_with_production_env(app):  # noqa: F811
    """Once the servers are there and each CHANGE was changed."""
    told = {}
    for line in (DEPLOY / "production.env").read_text().splitlines():
        if line and not line.startswith("#"):
            name, value = line.split("=", 1)
            told[name] = value.replace("CHANGE", "0a1b2c3d4e5f6")
    database = settings.DATABASES["default"]["NAME"]
    told |= {"DATABASE_URL": at(app, database), "DATABASE_DIRECT_URL": settings.DATABASE_DIRECT_URL}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    told |= {"REDIS_URL": settings.REDIS_URL}
    environment = {**os.environ, **told}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own, where they ran before
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_scripts_are_sound():
    for script in ("entrypoint", "systemd/release", "pgbouncer/entrypoint", "postgresql/init.sh"):
        assert os.access(DEPLOY / script, os.X_OK)
        assert subprocess.run([shutil.which("sh"), "-n", DEPLOY / script], check=False).returncode == 0


def test_the_readme_names_each_file():
    text = (DEPLOY / "README.md").read_text()
    for path in DEPLOY.iterdir():
        assert path.name == "README.md" or path.name.removesuffix(".dockerignore") in text, path.name


def test_the_proxies_hold_back_what_is_not_whole():
    """A form or a scan reaches gunicorn when it is here; what is larger, gunicorn refuses without reading."""
    caddy = (DEPLOY / "Caddyfile").read_text()
    (held,) = re.findall(r"^\s+request_buffers (\d+)MiB$", caddy, re.MULTILINE)
    assert int(held) << 20 >= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert re.search(r"timeouts \{\s+read_header \d+s\s.*?read_body \d+m\s", caddy, re.DOTALL)
    nginx = (DEPLOY / "nginx" / "traitortrack.conf").read_text()
    assert "proxy_request_buffering on;" in nginx


def test_the_proxies_log_no_query():
    """The wallboard's token stands in it, and in the address that its page names as the referring one."""
    nginx = (DEPLOY / "nginx" / "traitortrack.conf").read_text()
    (line,) = re.findall(r"^log_format traitortrack '(.*)';$", nginx, re.MULTILINE)
    assert not re.search(r"\$(request|request_uri|args|query_string|arg_\w+|http_referer)\b", line)
    servers = nginx.count("\nserver {")
    assert re.findall(r"access_log \S+ (\S+);", nginx) == ["traitortrack"] * servers
    assert not re.search(r"^\s*log\b", (DEPLOY / "Caddyfile").read_text(), re.MULTILINE)
