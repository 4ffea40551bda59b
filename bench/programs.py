"""Our commands as programs of their own, for what they take of time and memory."""

import os
import subprocess
import sys
import time

from django.conf import settings

# Prints its own peak. Not getrusage's, which counts the parent's memory from before exec.
_RUN = (
    "import pathlib, sys, django; django.setup();"
    "from django.core.management import call_command; call_command(*sys.argv[1:]);"
    "print(pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
)


def start(*command: str) -> subprocess.Popen[str]:
    """`manage.py COMMAND`, running. The last word that it prints is its peak of memory in kB."""
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, *command],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "traitortrack.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def measure(*command: str) -> tuple[float, float]:
    """Runs it to its end. Seconds, with the start of the program taken off, and the peak in MB."""
    times = []
    for words in (["check"], command):
        began = time.monotonic()
        peak_mb = end(start(*words))
        times.append(time.monotonic() - began)
    return times[1] - times[0], peak_mb


def end(program: subprocess.Popen[str]) -> float:
    """Waits for its end. The peak in MB."""
    told, said = program.communicate()
    if program.returncode:
        raise RuntimeError(f"A command failed: {said[-2000:]}")
    return int(told.split()[-1]) / 1024
