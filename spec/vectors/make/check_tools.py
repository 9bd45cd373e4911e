# SPDX-License-Identifier: MIT
"""Tools, their arguments, and args of procedures against the registry (spec 7.3 and 7.4).

What is named problems yields every Problem that a receiver may find, since no rule says what is looked at first; behind a wrong
type nothing is looked at. What is named check raises the first.
"""
import math
import re
import tomllib

from .pack import Annotated, Ext, Missing, Opaque, Vector, encode

TOOL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")
EXT = (Vector, Missing, Annotated, Opaque, Ext)


REQUIREMENTS = {"unsupported": "MSG-008", "bad_arguments": "PRC-001", "too_large": "TOL-003"}


class Problem(Exception):
    """What is wrong with a request, and where; `code` is that of the ERROR that it gets."""

    def __init__(self, code, path, why, requirement=None):
        super().__init__(why)
        self.code, self.path = code, path
        self.requirement = requirement or REQUIREMENTS[code]


def raise_first(problems):
    for problem in problems:
        raise problem


def below(path, key):
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return is_int(value) or isinstance(value, float)


TYPES = {
    "nil": lambda v: v is None,
    "bool": lambda v: isinstance(v, bool),
    "int": lambda v: is_int(v) and -(2**63) <= v < 2**63,
    "uint": lambda v: is_int(v) and 0 <= v < 2**53,
    "id": lambda v: is_int(v) and 1 <= v < 2**53,
    "float": lambda v: isinstance(v, float),
    "number": is_number,
    "text": lambda v: isinstance(v, str),
    "bin": lambda v: isinstance(v, bytes),
    "map": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "value": lambda v: True,
    "any": lambda v: True,
}

SCHEMA_TYPES = {
    "null": lambda v: v is None,
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: is_int(v) and abs(v) <= 2**53,
    "number": lambda v: (is_int(v) and abs(v) <= 2**53) or (isinstance(v, float) and math.isfinite(v)),
    "string": lambda v: isinstance(v, str),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
    "value": lambda v: True,
}


class Registry:
    """The records and procedures of protocol.toml."""

    def __init__(self, path):
        spec = tomllib.loads(path.read_text())
        self.records = {r["name"]: r for r in spec["record"]}
        self.procedures = {p["name"]: p for p in spec["procedure"]}
        self.limits = {limit["name"]: limit["value"] for limit in spec["limit"]}

    def check_procedure(self, procedure, args, options):
        raise_first(self.call_problems(procedure, args, options))

    def check_record(self, name, value, path):
        raise_first(self.record_problems(name, value, path))

    def call_problems(self, procedure, args, options):
        rules = self.procedures[procedure]
        yield from self.record_problems(rules["args"], args, "")
        yield from self.record_problems(rules.get("options", "nothing"), options, "/options")

    def record_problems(self, name, value, path):
        if not isinstance(value, dict):
            yield Problem("bad_arguments", path, "not a map")
            return
        found = list(self.keys_problems(self.records[name], value, path))
        yield from found
        if name == "tool" and not found:
            yield from self.tool_problems(value, path)

    def keys_problems(self, record, value, path):
        rules = {rule["key"]: rule for rule in record["keys"]}
        for key, element in value.items():
            if key in rules:
                yield from self.key_problems(rules[key], element, below(path, key))
            elif not record.get("open"):
                yield Problem("unsupported", below(path, key), "unknown key")
        for key, rule in rules.items():
            if rule.get("required") and key not in value:
                yield Problem("bad_arguments", below(path, key), "a required key")

    def key_problems(self, rule, value, path):
        if not TYPES[rule["type"]](value) or ("min" in rule and value < rule["min"]):
            yield Problem("bad_arguments", path, "wrong type or too small")
            return
        if "enum" in rule and value not in rule["enum"]:
            yield Problem("bad_arguments", path, "none of the values")
        of = rule.get("of")
        if of == "schema":
            yield from self.schema_problems(value, path, 1)
        elif of in self.records and rule["type"] == "map":
            yield from self.record_problems(of, value, path)
        elif of:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, element in pairs:
                yield from self.element_problems(of, element, below(path, key))
        if of == "tool":
            yield from self.list_problems(value, path)

    def element_problems(self, of, element, path):
        if of in self.records:
            yield from self.record_problems(of, element, path)
        elif not TYPES[of](element):
            yield Problem("bad_arguments", path, "wrong type")

    # Declarations of tools

    def list_problems(self, tools, path):
        """Too many tools, or two of one name."""
        if len(tools) > self.limits["max_tools"]:
            yield Problem("too_large", path, "too many tools")
        names = [tool.get("name") if isinstance(tool, dict) else None for tool in tools]
        for i, name in enumerate(names):
            if isinstance(name, str) and name in names[:i]:
                yield Problem("bad_arguments", below(below(path, i), "name"), "a tool twice", "TOL-002")

    def tool_problems(self, tool, path=""):
        if not TOOL_NAME.match(tool["name"]) or tool["name"].startswith("brig."):
            yield Problem("bad_arguments", below(path, "name"), "not a tool's name", "TOL-001")
        if ("code" in tool) != (tool.get("where") == "sandbox"):
            yield Problem("bad_arguments", below(path, "code"), "code is for sandbox tools", "TOL-001")
        if tool.get("params", {}).get("type", "object") != "object":
            yield Problem("bad_arguments", f"{path}/params/type", "an object", "TOL-016")
        if len(encode(tool)) > self.limits["tool_bytes"]:
            yield Problem("too_large", path, "the declaration is too long")

    def schema_problems(self, schema, path, depth):
        if not isinstance(schema, dict):
            yield Problem("bad_arguments", path, "a schema is a map")
            return
        if depth > self.limits["tool_depth"]:
            yield Problem("too_large", path, "schemas are too deep")
            return
        rules = {rule["key"]: rule for rule in self.records["schema"]["keys"]}
        found = []
        for key, value in schema.items():
            if key not in rules:
                found.append(Problem("unsupported", below(path, key), "unknown keyword", "TOL-004"))
            elif not TYPES[rules[key]["type"]](value):
                found.append(Problem("bad_arguments", below(path, key), "wrong type"))
            else:
                found += self.keyword_problems(key, value, below(path, key), depth)
        yield from found
        if not found:
            yield from required_problems(schema, path)
            yield from bound_problems(schema, path)

    def keyword_problems(self, key, value, path, depth):
        if key == "type":
            yield from type_problems(value, path)
        elif key == "properties":
            for name, schema in value.items():
                yield from self.schema_problems(schema, below(path, name), depth + 1)
        elif key == "items" or (key == "additionalProperties" and not isinstance(value, bool)):
            yield from self.schema_problems(value, path, depth + 1)
        elif key == "enum" and not value:
            yield Problem("bad_arguments", path, "nothing passes", "TOL-016")
        elif key == "required":
            for i, name in enumerate(value):
                if not isinstance(name, str):
                    yield Problem("bad_arguments", below(path, i), "not a text")


def required_problems(schema, path):
    for i, name in enumerate(schema.get("required", [])):
        if name not in schema.get("properties", {}):
            yield Problem("bad_arguments", below(below(path, "required"), i), "not a property", "TOL-016")


def bound_problems(schema, path):
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        for bound in (low, high):
            if not math.isfinite(schema.get(bound, 0)):
                yield Problem("bad_arguments", below(path, bound), "not finite", "TOL-016")
        if low in schema and high in schema and schema[low] > schema[high]:
            yield Problem("bad_arguments", below(path, high), "below the minimum", "TOL-016")


def type_problems(value, path):
    names = value if isinstance(value, list) else [value]
    if not names:
        yield Problem("bad_arguments", path, "no type", "TOL-016")
    for i, name in enumerate(names):
        place = below(path, i) if isinstance(value, list) else path
        if not isinstance(name, str) or name not in SCHEMA_TYPES:
            yield Problem("bad_arguments", place, "not a type")
        elif name in names[:i]:
            yield Problem("bad_arguments", place, "a type twice", "TOL-016")


# Arguments


def same(a, b):
    """Equality of JSON Schema: numbers by value, everything else by kind and content."""
    if is_number(a) and is_number(b):
        return a == b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and a == b


def plain_problems(value, path):
    """No ext at any depth."""
    if isinstance(value, EXT):
        yield Problem("bad_arguments", path, "an ext")
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, element in pairs:
        yield from plain_problems(element, below(path, key))


def check_arguments(schema, args):
    raise_first(argument_problems(schema, args))


def argument_problems(schema, args):
    yield from value_problems({"type": "object", **(schema or {})}, args, "")


def value_problems(schema, value, path):
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if isinstance(value, EXT):
        if "value" not in types:
            yield Problem("bad_arguments", path, "an ext")
        return
    if types and not any(SCHEMA_TYPES[name](value) for name in types):
        yield Problem("bad_arguments", path, "another type")
        return
    if "enum" in schema and not any(same(value, choice) for choice in schema["enum"]):
        yield Problem("bad_arguments", path, "none of the values")
    if "const" in schema and not same(value, schema["const"]):
        yield Problem("bad_arguments", path, "not the value")
    yield from size_problems(schema, value, path)
    if isinstance(value, list):
        yield from items_problems(schema, value, path, "value" in types)
    elif isinstance(value, dict):
        yield from object_problems(schema, value, path, "value" in types)


def size_problems(schema, value, path):
    sized = [("minimum", "maximum", value)] if is_number(value) else []
    sized += [("minLength", "maxLength", len(value))] if isinstance(value, str) else []
    sized += [("minItems", "maxItems", len(value))] if isinstance(value, list) else []
    for low, high, size in sized:
        if (low in schema and not schema[low] <= size) or (high in schema and not size <= schema[high]):
            yield Problem("bad_arguments", path, "out of bounds")


def items_problems(schema, value, path, any_value):
    for i, element in enumerate(value):
        if "items" in schema:
            yield from value_problems(schema["items"], element, below(path, i))
        elif not any_value:
            yield from plain_problems(element, below(path, i))


def object_problems(schema, value, path, any_value):
    if any_value and "properties" not in schema:
        return
    for key in schema.get("required", []):
        if key not in value:
            yield Problem("bad_arguments", below(path, key), "a required argument")
    for key, element in value.items():
        rule = schema.get("properties", {}).get(key, schema.get("additionalProperties", False))
        if rule is False:
            yield Problem("bad_arguments", below(path, key), "an unknown argument")
        elif rule is True:
            yield from plain_problems(element, below(path, key))
        else:
            yield from value_problems(rule, element, below(path, key))
