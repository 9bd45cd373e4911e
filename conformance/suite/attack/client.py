# SPDX-License-Identifier: MIT
"""How cases reach the server: the program brig for one piece of code, the actor for dialogues."""

import json
import os
import pty
import subprocess

# Beyond the server's own deadline and grace: a client that hangs is a failure, not a long test.
PATIENCE_SECONDS = 60


class Client:
    """Where the programs and the server are."""

    def __init__(self, brig, actor, directory):
        self.brig = brig
        self.actor = actor
        self.directory = directory

    def run(self, case, snippets):
        """brig run --json; returns its object, or {'not_opened': text}."""
        command = [self.brig, "run", *(["--json"] if case.through == "json" else []), "--connect", "unix:socket", "--key-file", "key",
                   "--profile", case.profile, "--deadline", str(case.deadline)]
        for name, value in case.limits.items():
            command += ["--limit", f"{name}={value}"]
        for snippet in snippets:
            command += ["-e", snippet]
        if case.through == "terminal":
            return self._on_terminal(command)
        done = subprocess.run(command, cwd=self.directory, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=case.deadline + PATIENCE_SECONDS,
                              check=False)
        if not done.stdout:
            return {"not_opened": done.stderr.decode("utf-8", "replace")}
        answer = json.loads(done.stdout)
        answer["exit"] = done.returncode
        return answer

    def _on_terminal(self, command):
        """What a person at a terminal gets to see; the line discipline's own CR is not the code's."""
        ours, its = pty.openpty()
        process = subprocess.Popen(command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=its,
                                   stderr=its)
        os.close(its)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:
            pass  # how Linux says that the other end is closed
        os.close(ours)
        process.wait(PATIENCE_SECONDS)
        return {"output": {"stdout": shown.decode("utf-8", "replace").replace("\r\n", "\n")},
                "error": None}


class Actor:
    """A session that is led step by step: a line of JSON in, a line of JSON out."""

    def __init__(self, client, opening):
        self.process = subprocess.Popen(
            [client.actor, "socket", "key"], cwd=client.directory, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.opened = self.ask(opening | {"do": "open"})

    def ask(self, step):
        """One step; the actor's answer, or what it said when it ended."""
        try:
            self.process.stdin.write(json.dumps(step).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            return {"not_opened": self.process.stderr.read().decode("utf-8", "replace")}
        return json.loads(line)

    def close(self):
        """Take leave; the actor's exit status."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        status = self.process.wait(PATIENCE_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        return status
