# SPDX-License-Identifier: MIT
"""protocol.toml as the oracle looks things up in it, and the codec of spec/vectors/make."""
import pathlib
import sys
import tomllib

# In the tree of the project, or beside a copy of the suite.
HOME = pathlib.Path(__file__).resolve().parent.parent
SPEC = next(place for place in (HOME.parent / "spec", HOME / "spec") if place.is_dir())
if str(SPEC / "vectors") not in sys.path:
    sys.path.append(str(SPEC / "vectors"))

from make import check_tools, pack, read, validate  # noqa: E402

__all__ = ["REGISTRY", "Registry", "check_tools", "pack", "read", "validate"]


class Registry(check_tools.Registry):
    """All tables, by name or by number."""

    def __init__(self, path=SPEC / "protocol.toml"):
        super().__init__(path)
        spec = tomllib.loads(path.read_text())
        self.messages = {m["id"]: m for m in spec["message"]}
        self.message_ids = {m["name"]: m["id"] for m in spec["message"]}
        self.layouts = {m["id"]: [e.split(":") for e in m["layout"]] for m in spec["message"]}
        self.receives = {s["name"]: set(s["receives"]) for s in spec["state"]}
        self.errors = {e["name"]: e for e in spec["error"]}
        self.events = {e["name"]: e for e in spec["event"]}
        self.effects = {e["name"]: e["order"] for e in spec["effect"]}
        self.close_codes = {c["name"] for c in spec["close_code"]}
        self.record_flags = {f["name"]: 1 << f["bit"] for f in spec["record_flag"]}
        self.worker_link = spec["worker_link"]

    def keys_of(self, record):
        return [key["key"] for key in self.records[record]["keys"]]

    def is_code(self, procedure):
        return self.procedures.get(procedure, {}).get("code", False)

    def is_control(self, procedure):
        return self.procedures.get(procedure, {}).get("control", False)

    def may_call(self, side, procedure):
        return side in self.procedures.get(procedure, {}).get("from", ())

    def may_send_error(self, side, code):
        """A server speaks for its worker, too (ERR-001)."""
        senders = self.errors[code]["from"]
        return side in senders or (side == "server" and "worker" in senders)

    def check(self, record, value, place=""):
        """A check_tools.Problem if the value is not such a record."""
        self.check_record(record, value, place)


REGISTRY = Registry()
