# SPDX-License-Identifier: MIT
"""A recorded worker link in, its faults out (spec 11). What a worker breaks is fatal for the worker."""
from . import message as messages
from .connection import check_hello
from .faults import Broken, Fault
from .registry import REGISTRY, check_tools
from .way import Way

PEER = {"server": "worker", "worker": "server"}
RESULT_META = {"value": lambda v: v == "omitted", "visible": lambda v: isinstance(v, bool)}
DISPLAY_META = {"id": lambda v: isinstance(v, str), "update": lambda v: isinstance(v, bool)}
SENDS = {"server": {"call", "result", "error"}, "worker": {"hello", "event", "call", "result", "error"}}


def check_keys(given, allowed, message, field):
    for key, value in given.items():
        if key not in allowed or not allowed[key](value):
            raise Broken("WRK-006", f"the key {key}", f"{message.place(field)}/{key}")


class WorkerJudge:
    """Judges the messages of a link, without their lengths, in the order in which they were seen."""

    def __init__(self, max_message=None):
        self.ways = {side: Way(side) for side in PEER}
        self.max_message = max_message or REGISTRY.limits["max_message_bytes"]
        self.steps, self.faults, self.open_args = 0, [], {}
        self.tools = {}

    @property
    def verdict(self):
        return self.faults[0] if self.faults else None

    def feed(self, sender, octets, at=None):
        """Faults that this message shows."""
        way, found = self.ways[sender], []
        if not way.is_over:
            way.index = way.messages
            way.messages += 1
            try:
                self.judge(sender, octets, at)
            except Broken as broken:
                way.is_over = sender == "worker"
                found = [Fault(sender, broken.requirement, str(broken), self.steps, way.index,
                               broken.place, way.is_over, ())]  # fmt: skip
        self.faults += found
        self.steps += 1
        return found

    def end(self, _sender):
        """A link ends with its stream; either side may end it."""
        return []

    def judge(self, sender, octets, at):
        if not octets:
            raise Broken("WRK-002", "a message of 0 octets")
        if len(octets) > self.max_message:
            raise Broken("WRK-017" if sender == "worker" else "11.1", f"a message of {len(octets)} octets")
        message = messages.parse(octets)
        if not message.type:
            raise Broken("WRK-006", f"a message of the unknown type {message.number}", "/0")
        way, back = self.ways[sender], self.ways[PEER[sender]]
        if sender == "worker" and not way.has_hello:
            self.judge_hello(message, len(octets))
            way.has_hello = True
            return
        if message.type not in SENDS[sender] or message.type == "hello":
            raise Broken("WRK-005", f"{message.type.upper()} from the {sender}", "/0")
        if message.trailing:
            raise Broken("WRK-006", "elements behind the layout")
        call = self.call_of(message, way, back, at)
        getattr(self, f"judge_{sender}_{message.type}")(message, call)

    def judge_hello(self, message, length):
        if message.type != "hello":
            raise Broken("WRK-001", f"{message.type.upper()} before HELLO", "/0")
        if length > REGISTRY.limits["hello_bytes"]:
            raise Broken("WRK-001", "HELLO is too long")
        check_hello(message["about"])

    def call_of(self, message, way, back, at):
        """The call that a message makes, ends or tells of."""
        if message.type == "call":
            return way.add_call(message, at, REGISTRY.limits["max_calls"])
        try:
            call = back.answered(message)
        except Broken as broken:
            if way.sender == "worker":
                broken.requirement = "WRK-007"
            raise
        if message.type != "event":
            back.end_call(call)
        return call

    # What the server says

    def judge_server_call(self, message, call):
        if call.procedure not in REGISTRY.worker_link["procedures"]:
            raise Broken("11.3", f"a worker has no {call.procedure}", message.place("procedure"))
        if not self.ways["worker"].has_hello:
            raise Broken("11.1", "a CALL before the worker's HELLO")
        if len(self.ways["server"].open_calls()) > 1:
            raise Broken("COD-007", "a second call at once")
        is_open = call.procedure == "brig.open"
        record = "worker_open" if is_open else REGISTRY.procedures[call.procedure]["args"]
        try:
            REGISTRY.check(record, message["args"], message.place("args"))
        except check_tools.Problem as problem:
            raise Broken("11.3", str(problem), problem.path) from problem
        if message["options"]:
            raise Broken("11.3", "options", message.place("options"))
        if is_open:
            self.open_args = message["args"]
            self.max_message = min(self.max_message, self.open_args.get("message_bytes", self.max_message))
        for tool in message["args"].get("tools", []) if call.procedure != "brig.call" else []:
            self.tools.setdefault(tool["name"], []).append(tool)

    def judge_server_result(self, _message, call):
        self.judge_fit(call, None)

    def judge_server_error(self, message, call):
        self.judge_fit(call, message)

    def judge_fit(self, call, error):
        """TOL-009: args that do not fit are answered by the server itself."""
        problem = call.notes.get("problem")
        if problem and (error is None or error["code"] != "bad_arguments"):
            raise Broken("TOL-009", f"args that do not fit reach the client: {problem}")

    # What the worker says

    def judge_worker_result(self, message, call):
        check_keys(message["meta"], RESULT_META, message, "meta")
        if call.procedure in ("brig.open", "brig.define") and message["value"] != {}:
            raise Broken("11.3", f"{call.procedure} answers {{}}", message.place("value"))

    def judge_worker_error(self, message, _call):
        if message["code"] not in REGISTRY.worker_link["errors"]:
            raise Broken("WRK-005", f"ERROR {message['code']}", message.place("code"))
        allowed = REGISTRY.errors[message["code"]].get("data", [])
        check_keys(message["data"], {key: lambda _: True for key in allowed}, message, "data")

    def judge_worker_event(self, message, _call):
        if message["kind"] not in REGISTRY.worker_link["events"]:
            raise Broken("WRK-005", f"EVENT {message['kind']}", message.place("kind"))
        is_display = message["kind"] == "display"
        check_keys(message["meta"], DISPLAY_META if is_display else {}, message, "meta")
        payload = REGISTRY.events[message["kind"]]["payload"]
        if not check_tools.TYPES[payload](message["payload"]):
            raise Broken("WRK-005", f"the payload of {message['kind']}", message.place("payload"))

    def judge_worker_call(self, message, call):
        if message["options"]:
            raise Broken("WRK-006", "options", message.place("options"))
        if call.procedure == "brig.input":
            self.judge_input(message)
            return
        declared = [t for t in self.tools.get(call.procedure, []) if t.get("where", "client") == "client"]
        if not declared:
            raise Broken("WRK-005", f"the session has no tool {call.procedure}", message.place("procedure"))
        try:
            check_tools.check_arguments(declared[-1].get("params"), message["args"])
        except check_tools.Problem as problem:
            if len(declared) == 1:
                call.notes["problem"] = problem

    def judge_input(self, message):
        if self.open_args.get("stdin") is not True:
            raise Broken("WRK-005", "brig.input in a session without stdin", message.place("procedure"))
        try:
            REGISTRY.check("input", message["args"], message.place("args"))
        except check_tools.Problem as problem:
            raise Broken("WRK-006", str(problem), problem.path) from problem
