# SPDX-License-Identifier: MIT
"""One attack after another: drive it, judge it, and look whether the host felt anything."""

import json
import re
import threading
import time

from suite.attack import cases, report
from suite.attack.client import Actor
from suite.attack.judge import differs, judge

PLACE = re.compile(r"@([A-Z_]+)@")


def _quoted(text):
    """An R string; JSON's escapes are R's."""
    return json.dumps(text, ensure_ascii=False)


def _as_r(case, code):
    """A shell script becomes what R code would do with it."""
    if case.language != "sh":
        return code
    return (f"writeLines({_quoted(code)}, '/tmp/attack.sh')\n"
            "lines <- suppressWarnings(system('sh /tmp/attack.sh 2>&1', intern = TRUE))\n"
            "cat(lines, sep = '\\n')\n")


class Run:
    """What cases share: the server, its witness, the bait."""

    def __init__(self, client, server, bait, places, directory):
        self.client = client
        self.server = server
        self.bait = bait
        self.places = places
        self.probes = cases.load_probes(directory / "probes.yaml")
        self.prelude = self._placed((directory / "prelude.R").read_text())
        self._lock = threading.Lock()
        # Another session: whatever the attacks do, its variables stay and its sums are right.
        self.witness = Actor(client, {"profile": "standard"})
        if not self.witness.opened.get("value"):
            raise RuntimeError(f"no session: {self.witness.opened}\n{server.log()}")
        self.witness.ask({"do": "eval", "code": "kept <- 20"})
        opened = self.witness.opened["value"]
        self.facts = {"sandbox": opened["sandbox"], "engine": opened["engine"],
                      "server": opened.get("server")}
        # Every template is up, and with it what it holds for good.
        tools = Actor(client, {"profile": "tools"})
        tools.close()
        self.baseline = server.settled()

    def _placed(self, text):
        return PLACE.sub(lambda match: self.places[match.group(1)], text)

    def attack(self, case):
        """One case, start to end."""
        started = time.monotonic()
        code = case.code or json.dumps(case.steps, indent=1)
        outcome = report.Outcome(case.group, case.name, case.title, report.HELD, code=code)
        if case.not_applicable:
            outcome.verdict, outcome.reasons = report.NOT_APPLICABLE, [case.not_applicable]
            return outcome
        answers, reasons = self._drive(case)
        outcome.came_back = json.dumps(answers, indent=1, ensure_ascii=False)[:20000]
        reasons += self._look(case, answers)
        outcome.seconds = time.monotonic() - started
        if reasons:
            outcome.verdict, outcome.reasons = report.FAILED, reasons
        return outcome

    def _drive(self, case):
        try:
            if case.code and not case.tools and not case.env and not case.stdin:
                return self._once(case)
            return self._lead(case)
        except Exception as failure:  # whatever it was, it is this case's
            return [], [f"the client broke: {failure!r}"]

    def _judge(self, answer, expect):
        memory = self.facts["sandbox"]["memory"]
        return judge(answer, expect, memory if memory == "group" else "process", self.probes)

    def _once(self, case):
        """Through the ordinary client; as often as the case says, until it fails."""
        for _ in range(case.times):
            answer = self.client.run(case, [self.prelude, self._placed(_as_r(case, case.code))])
            reasons = self._judge(answer, case.expect)
            if reasons:
                break
        return [answer], reasons

    def _lead(self, case):
        """A dialogue; code alone is a dialogue of one step."""
        steps = case.steps or [{"do": "eval", "code": case.code, "expect": case.expect}]
        opening = {"profile": case.profile, "limits": case.limits, "env": case.env,
                   "tools": case.tools}
        if case.stdin:
            opening["stdin"] = case.stdin
        actors = {}
        answers, reasons = [], []
        try:
            for number, step in enumerate(steps, 1):
                for _ in range(step.get("times", 1)):
                    answer = self._take(case, step, opening, actors)
                    found = self._judge_step(answer, step, answers)
                    reasons += [f"step {number}: {one}" for one in found]
                    if found:
                        break
                answers.append(answer)
        finally:
            for actor in actors.values():
                actor.close()
        return answers, reasons

    def _judge_step(self, answer, step, answers):
        expect = step.get("expect")
        if expect is None:
            return []
        found = self._judge(answer, expect)
        if "differs_from" in expect:
            found += differs(answer, answers[expect["differs_from"] - 1])
        return found

    def _take(self, case, step, opening, actors):
        name = step.get("session", "a")
        do = step.get("do", "eval")
        if do == "close":
            return {"closed": actors.pop(name).close()}
        if name not in actors:
            actors[name] = Actor(self.client, opening)
            if actors[name].opened.get("error") or "not_opened" in actors[name].opened:
                return actors[name].opened
            actors[name].ask({"do": "eval", "code": self.prelude})
        if do == "open":
            return actors[name].opened
        sent = {key: self._placed(value) if isinstance(value, str) else value
                for key, value in step.items() if key not in ("expect", "session", "times")}
        if "code" in sent:
            sent["code"] = _as_r(case, sent["code"])
        return actors[name].ask(sent | {"do": do})

    def _look(self, case, answers):
        """After every case: is the host untouched, and the server well?"""
        reasons = []
        if self.bait.secret in json.dumps(answers):
            reasons.append("a secret of the host came back")
        if self.server.process.poll() is not None:
            return reasons + ["brigd has ended"]
        with self._lock:
            reasons += self.bait.touched()
            answer = self.witness.ask({"do": "eval", "code": "kept + 1"})
        if answer.get("value") != 21:
            reasons.append(f"another session was disturbed: {answer}")
        return reasons

    def aftermath(self, group):
        """When a group is over: no more is held than before (SBX-006), no log line forged (SEC-002)."""
        started = time.monotonic()
        reasons = self.server.grown(self.baseline) + self.bait.touched()
        reasons += [f"in the server's log: {line!r}" for line in self.server.log().split("\n")
                    if line and (not line.startswith("brigd: ") or not line.isprintable()
                                 or self.bait.secret in line)]
        return report.Outcome(
            group, f"{group}.aftermath",
            "no process, descriptor, mount, cgroup or file is left, and no line in the log is forged",
            report.FAILED if reasons else report.HELD, reasons, time.monotonic() - started)

    def end(self):
        """The witness takes leave."""
        self.witness.close()
