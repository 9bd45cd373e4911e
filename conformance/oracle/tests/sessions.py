# SPDX-License-Identifier: MIT
"""Pieces of sessions for the tables of the tests: (sender, message) pairs that are right one by one."""
from oracle.registry import REGISTRY, pack

LIMITS = {key: 2**40 for key in REGISTRY.keys_of("limits")} | {
    "deadline_ms": 60000, "grace_ms": 1000, "code_bytes": 100, "output_bytes": 10, "displays": 1,
    "tool_calls": 3, "tool_calls_open": 2,
}  # fmt: skip
SANDBOX = {name: order[0] for name, order in REGISTRY.effects.items()} | {"mechanisms": {}}
OPENED = {"session": "s", "generation": 1, "engine": {"name": "conf", "version": "1"},
          "sandbox": SANDBOX, "limits": LIMITS}  # fmt: skip
USAGE = {"wall_ms": 3, "cpu_ms": 1, "memory_bytes": 4096, "tool_calls": 0}
META = {"generation": 1, "usage": USAGE}
KEPT, LOST = META | {"state": "kept"}, META | {"state": "lost"}
ADD = {"name": "add", "params": {"properties": {"a": {"type": "number"}}, "required": ["a"]}}
INFO = {"session": "s", "generation": 1, "state": "idle", "tools": [], "engine": OPENED["engine"],
        "sandbox": SANDBOX, "limits": LIMITS}  # fmt: skip


def client(*message):
    return "client", list(message)


def server(*message):
    return "server", list(message)


def call(id_, procedure="brig.eval", args=None, options=None):
    args = {"code": "1"} if args is None and procedure == "brig.eval" else args or {}
    return client(2, id_, procedure, args, options or {})


def done(id_, value=None, meta=None):
    """RESULT of a code call."""
    return server(4, id_, value, META if meta is None else meta)


def failed(id_, code, data=None, class_=None):
    """ERROR of the server."""
    return server(6, id_, code, class_ or REGISTRY.errors[code]["class"], "", data or {})


def tool(id_, name="add", args=None, parent=2, deadline_ms=100):
    args = {"a": 1} if args is None else args
    return server(2, id_, name, args, {"parent": parent, "deadline_ms": deadline_ms})


HELLOS = [client(0, {"software": "c"}), server(0, {"software": "s"})]
OPEN = call(1, "brig.open", {"tools": [ADD]})
READY = [*HELLOS, OPEN, server(4, 1, OPENED, {})]
RUNNING = [*READY, call(2)]


def encoded(message):
    return message if isinstance(message, bytes) else pack.encode(message)


def faults(judge, steps):
    """What a judge finds in a whole session."""
    return [fault for sender, message in steps for fault in judge.feed(sender, encoded(message))]
