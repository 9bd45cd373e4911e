# SPDX-License-Identifier: MIT
"""Compares what came back with what a case expects; says each difference in a sentence."""

import json
import re


def _shorten(value, length=300):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= length else text[:length] + "…"


def _judge_error(error, wanted):
    """Differences from one wanted error."""
    data = error.get("data") or {}
    found = []
    for key in wanted:
        have = error.get(key) if key in ("code", "state", "message") else data.get(key)
        if key == "message":
            if not re.search(wanted[key], have or "", re.S):
                found.append(f"the message is {_shorten(have)}")
        elif have != wanted[key]:
            found.append(f"{key} is {have!r}, not {wanted[key]!r}")
    return found


def _judge_end(answer, expect):
    error = answer.get("error")
    wanted = expect.get("error")
    if wanted is None:
        return [f"it ended with {error['code']}: {_shorten(error['message'])}"] if error else []
    if not error:
        return ["it ended well, with the value " + _shorten(answer.get("value"))]
    attempts = [_judge_error(error, one) for one in
                (wanted if isinstance(wanted, list) else [wanted])]
    return [] if any(not attempt for attempt in attempts) else attempts[0]


def _judge_value(answer, expect):
    if "value" not in expect or answer.get("value") == expect["value"]:
        return []
    return [f"the value is {_shorten(answer.get('value'))}, not {_shorten(expect['value'])}"]


def _judge_texts(answer, expect):
    output = answer.get("output", {})
    text = output.get("stdout", "")
    found = []
    if "output" in expect and not re.search(expect["output"], text, re.S | re.M):
        found.append(f"the output is {_shorten(text)}")
    everything = json.dumps(answer, ensure_ascii=False)
    if "absent" in expect and re.search(expect["absent"], everything):
        found.append(f"{expect['absent']!r} is in what came back")
    if "warnings" in expect and not re.search(expect["warnings"], json.dumps(output.get("warnings"))):
        found.append(f"the warnings are {_shorten(output.get('warnings'))}")
    return found


def _judge_events(answer, expect):
    output = answer.get("output", {})
    kinds = {one.get("kind") for one in output.get("violations", [])}
    found = [f"no violation {kind!r} was reported" for kind in expect.get("violations", [])
             if kind not in kinds]
    if expect.get("violations") == [] and kinds:
        found.append(f"violations were reported: {sorted(kinds)}")
    if "truncated" in expect and len(output.get("truncated", [])) != expect["truncated"]:
        found.append(f"{len(output.get('truncated', []))} truncated events")
    if "displays_at_most" in expect and len(output.get("displays", [])) > expect["displays_at_most"]:
        found.append(f"{len(output['displays'])} displays")
    if "calls" in expect and answer.get("calls") != expect["calls"]:
        found.append(f"the host's tools were called so: {_shorten(answer.get('calls'))}")
    if len(answer.get("calls", [])) > expect.get("calls_at_most", float("inf")):
        found.append(f"the host's tools were called {len(answer['calls'])} times")
    return found


def differs(answer, other):
    """Is anything the same in two answers that have to be unlike each other?"""
    def parts(one):
        value = one.get("value")
        return value if isinstance(value, list) else [value]
    same = [one for one in parts(answer) if one is None or one in parts(other)]
    return [f"the same as before: {_shorten(same)}"] if same else []


def _judge_probes(answer, explained):
    """Each line "name outcome" of the output is as the data file says, and none is missing."""
    lines = [line.split(" ", 1) for line in answer.get("output", {}).get("stdout", "").splitlines()]
    seen = {line[0]: line[1] for line in lines if re.fullmatch(r"[a-z]\w*", line[0]) and len(line) > 1}
    found = [f"probe {name} was not made" for name in explained if name not in seen]
    for name, outcome in seen.items():
        wanted = explained.get(name, {}).get("outcome", [])
        if outcome not in wanted:
            found.append(f"probe {name}: {outcome}, not {' or '.join(wanted) or 'explained'}")
    return found


def judge(answer, expect, memory="process", probes=None):
    """The differences; none: the wall held. memory is what the sandbox's statement says of it."""
    if set(expect) == {"group", "process"}:
        return judge(answer, expect[memory], memory, probes)
    if "any" in expect:
        attempts = [judge(answer, one, memory, probes) for one in expect["any"]]
        return [] if any(not one for one in attempts) else attempts[0]
    if "not_opened" in answer:
        if "not_opened" in expect and re.search(expect["not_opened"], answer["not_opened"]):
            return []
        return ["the client got no session: " + _shorten(answer["not_opened"])]
    if "not_opened" in expect:
        return ["a session was opened"]
    return (_judge_end(answer, expect) + _judge_value(answer, expect) +
            _judge_texts(answer, expect) + _judge_events(answer, expect) +
            (_judge_probes(answer, probes) if "probes" in expect else []))
