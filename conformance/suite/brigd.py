# SPDX-License-Identifier: MIT
"""A brigd of our own: start, end, and what it holds while it idles."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

CGROUP = re.compile(r"/sys/fs/cgroup/(.*/)?brigd-[0-9a-f]+")
SETTLE_SECONDS = 30


def await_true(condition, seconds=SETTLE_SECONDS):
    """Ask until it holds; only what fails takes long."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Brigd:
    """A running brigd in a directory of its own, where its configuration and its socket are."""

    def __init__(self, program, directory, config, environment=None):
        self.directory = Path(directory)
        self.log_path = self.directory / "brigd.log"
        self.cgroups = set()
        (self.directory / "config.yaml").write_text(config)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [program, "--config", "config.yaml"], cwd=self.directory, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={"PATH": "/usr/sbin:/usr/bin:/bin", "LANG": "C.UTF-8",
                                             **(environment or {})})
        if not await_true(lambda: "listening on" in self.log() or self.process.poll() is not None):
            raise RuntimeError("brigd does not listen")
        if self.process.poll() is not None:
            raise RuntimeError(f"brigd has ended: {self.log()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self):
        """All that it has logged."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def descendants(self):
        """The processes below brigd: {pid: name}."""
        children = {}
        names = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                stat = Path(f"/proc/{entry}/stat").read_text(errors="replace")
            except OSError:
                continue  # it has just ended
            rest = stat.rsplit(")", 1)[1].split()
            names[int(entry)] = stat.split("(", 1)[1].rsplit(")", 1)[0]
            children.setdefault(int(rest[1]), []).append(int(entry))
        found, queue = {}, [self.process.pid]
        while queue:
            for child in children.get(queue.pop(), []):
                found[child] = names[child]
                queue.append(child)
        return found

    def holdings(self):
        """Counts that must not grow: processes, descriptors, mounts, cgroups, files."""
        pid = self.process.pid
        return {
            "processes": len(self.descendants()),
            "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
            "mounts": len(Path(f"/proc/{pid}/mountinfo").read_text().splitlines())
                      if self._owns_mounts() else 0,
            "cgroups": len(self._cgroups()),
            "files": len(os.listdir(self.directory)),
        }

    def _owns_mounts(self):
        """The host's mounts change without us; those of a namespace of brigd's own do not."""
        return (os.readlink(f"/proc/{self.process.pid}/ns/mnt") !=
                os.readlink(f"/proc/{os.getpid()}/ns/mnt"))

    def _cgroups(self):
        """Leaves of the control groups that brigd holds open, one for each session."""
        groups = set()
        for fd in os.listdir(f"/proc/{self.process.pid}/fd"):
            try:
                match = CGROUP.match(os.readlink(f"/proc/{self.process.pid}/fd/{fd}"))
            except OSError:
                continue  # it has just been closed
            if match:
                groups.add(match.group(0))
        self.cgroups |= groups
        return [leaf for group in groups for _, leaves, _ in os.walk(group) for leaf in leaves]

    def settled(self):
        """Holdings once nothing moves any more: templates are up, spares are ready."""
        seen = [self.holdings()]
        def is_quiet():
            seen.append(self.holdings())
            return len(seen) > 20 and all(one == seen[-1] for one in seen[-20:])
        await_true(is_quiet)
        return seen[-1]

    def grown(self, before):
        """What is above the baseline and stays there, as sentences."""
        def excess():
            now = self.holdings()
            return {key: (before[key], now[key]) for key in before if now[key] > before[key]}
        if await_true(lambda: not excess()):
            return []
        return [f"{key}: {old} before, {new} after" for key, (old, new) in excess().items()]

    def stop(self):
        """End it and say what it left behind."""
        left = []
        below = self.descendants()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(SETTLE_SECONDS)
            if status != 0:
                left.append(f"brigd ended with status {status}")
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            left.append("brigd did not end")
        alive = [pid for pid in below if Path(f"/proc/{pid}").exists()]
        if not await_true(lambda: not any(Path(f"/proc/{pid}").exists() for pid in alive)):
            left.append("processes outlived brigd")
        left += [f"{group} is still there" for group in self.cgroups if Path(group).exists()]
        if (self.directory / "socket").exists():
            left.append("the socket's file is still there")
        return left
