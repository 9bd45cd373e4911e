# SPDX-License-Identifier: MIT
"""Who may send which ERROR (spec 8)."""
from .faults import Broken
from .registry import REGISTRY


def judge(sender, message):
    code = message["code"]
    if code not in REGISTRY.errors:
        yield Broken("ERR-001", f"the code {code} is not in the registry", message.place("code"))
        return
    if code == "connection_lost":
        yield Broken("ERR-005", "connection_lost is never sent", message.place("code"))
    elif not REGISTRY.may_send_error(sender, code):
        yield Broken("ERR-001", f"a {sender} does not send {code}", message.place("code"))
    if message["class"] != REGISTRY.errors[code]["class"]:
        yield Broken("ERR-001", f"{code} is not of class {message['class']}", message.place("class"))
