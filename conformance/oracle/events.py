# SPDX-License-Identifier: MIT
"""What a server tells of a running code call (spec 7.6)."""
from .faults import Broken
from .registry import REGISTRY, check_tools

CONSOLE = {"stdout", "stderr"}


class Events:
    """Per code call, in its notes: `late_over`, `truncated`, `octets` of the console, `displays`."""

    def __init__(self, session):
        self.session = session

    def judge(self, call, message):
        meta, kind, payload = message["meta"], message["kind"], message["payload"]
        try:
            REGISTRY.check("event_meta", meta, message.place("meta"))
        except check_tools.Problem as problem:
            yield Broken("EVT-008", str(problem), problem.path)
            return
        if kind not in REGISTRY.events:
            return  # EVT-001: of a later version
        if not check_tools.TYPES[REGISTRY.events[kind]["payload"]](payload):
            yield Broken("7.6", f"the payload of {kind}", message.place("payload"))
            return
        yield from self.judge_late(call, meta)
        if kind in CONSOLE:
            yield from self.judge_console(call, meta, payload)
        elif kind == "display":
            yield from self.judge_display(call, message)
        elif kind == "truncated":
            if call.notes.get("truncated"):
                yield Broken("EVT-005", "a second `truncated`")
            call.notes["truncated"] = True

    def judge_late(self, call, meta):
        if meta.get("late") and call.notes.get("late_over"):
            yield Broken("EVT-004", "late output after that of the call")
        if not meta.get("late"):
            call.notes["late_over"] = True

    def judge_console(self, call, meta, payload):
        if call.notes.get("truncated"):
            yield Broken("EVT-005", "output after `truncated`")
        if meta.get("late"):
            return
        octets = call.notes["octets"] = call.notes.get("octets", 0) + len(payload)
        most = self.session.limit("output_bytes")
        if most is not None and octets > most:
            yield Broken("EVT-005", f"more than {most} octets of output")

    def judge_display(self, call, message):
        for mime, data in message["payload"].items():
            if not isinstance(data, (str, bytes)):
                yield Broken("7.6", "neither text nor octets", f"{message.place('payload')}/{mime}")
        count = call.notes["displays"] = call.notes.get("displays", 0) + 1
        most = self.session.limit("displays")
        if most is not None and count > most:
            yield Broken("EVT-006", f"more than {most} displays")

    def judge_dropped(self, call, told, place):
        if call.notes.get("truncated") and not told.get("dropped"):
            yield Broken("EVT-005", "`truncated`, and nothing counted in `dropped`", place)
