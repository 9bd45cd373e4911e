# SPDX-License-Identifier: MIT
"""Tools, their arguments, and args of procedures against the registry (spec 7.3 and 7.4)."""
import math
import re
import tomllib

from .pack import Annotated, Ext, Missing, Opaque, Vector, encode

TOOL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")
EXT = (Vector, Missing, Annotated, Opaque, Ext)


class Problem(Exception):
    def __init__(self, code, path, why):
        super().__init__(why)
        self.code, self.path = code, path


def below(path, key):
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return is_int(value) or isinstance(value, float)


TYPES = {
    "nil": lambda v: v is None,
    "bool": lambda v: isinstance(v, bool),
    "int": is_int,
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
        rules = self.procedures[procedure]
        self.check_record(rules["args"], args, "")
        self.check_record(rules.get("options", "nothing"), options, "/options")

    def check_record(self, name, value, path):
        record = self.records[name]
        if not isinstance(value, dict):
            raise Problem("bad_arguments", path, "not a map")
        rules = {rule["key"]: rule for rule in record["keys"]}
        for key, element in value.items():
            if key in rules:
                self.check_key(rules[key], element, below(path, key))
            elif not record.get("open"):
                raise Problem("unsupported", below(path, key), "unknown key")
        for key, rule in rules.items():
            if rule.get("required") and key not in value:
                raise Problem("bad_arguments", below(path, key), "a required key")
        if name == "tool":
            self.check_tool(value, path)

    def check_key(self, rule, value, path):
        if not TYPES[rule["type"]](value) or ("min" in rule and value < rule["min"]):
            raise Problem("bad_arguments", path, "wrong type or too small")
        if "enum" in rule and value not in rule["enum"]:
            raise Problem("bad_arguments", path, "none of the values")
        of = rule.get("of")
        if of == "schema":
            self.check_schema(value, path, 1)
        elif of in self.records and rule["type"] == "map":
            self.check_record(of, value, path)
        elif of:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, element in pairs:
                self.check_element(of, element, below(path, key))

    def check_element(self, of, element, path):
        if of in self.records:
            self.check_record(of, element, path)
        elif not TYPES[of](element):
            raise Problem("bad_arguments", path, "wrong type")

    # Declarations of tools

    def check_tool(self, tool, path=""):
        if not TOOL_NAME.match(tool["name"]) or tool["name"].startswith("brig."):
            raise Problem("bad_arguments", below(path, "name"), "not a tool's name")
        if ("code" in tool) != (tool.get("where") == "sandbox"):
            raise Problem("bad_arguments", below(path, "code"), "code is for sandbox tools")
        if tool.get("params", {}).get("type", "object") != "object":
            raise Problem("bad_arguments", f"{path}/params/type", "an object")
        if len(encode(tool)) > self.limits["tool_bytes"]:
            raise Problem("too_large", path, "the declaration is too long")

    def check_schema(self, schema, path, depth):
        if not isinstance(schema, dict):
            raise Problem("bad_arguments", path, "a schema is a map")
        if depth > self.limits["tool_depth"]:
            raise Problem("too_large", path, "schemas are too deep")
        rules = {rule["key"]: rule for rule in self.records["schema"]["keys"]}
        for key, value in schema.items():
            if key not in rules:
                raise Problem("unsupported", below(path, key), "unknown keyword")
            if not TYPES[rules[key]["type"]](value):
                raise Problem("bad_arguments", below(path, key), "wrong type")
            self.check_keyword(key, value, below(path, key), depth)
        for i, name in enumerate(schema.get("required", [])):
            if name not in schema.get("properties", {}):
                raise Problem("bad_arguments", below(below(path, "required"), i), "not a property")
        for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
            for bound in (low, high):
                if schema.get(bound, 0) != schema.get(bound, 0):
                    raise Problem("bad_arguments", below(path, bound), "not a number")
            if low in schema and high in schema and schema[low] > schema[high]:
                raise Problem("bad_arguments", below(path, high), "below the minimum")

    def check_keyword(self, key, value, path, depth):
        if key == "type":
            check_type(value, path)
        elif key == "properties":
            for name, schema in value.items():
                self.check_schema(schema, below(path, name), depth + 1)
        elif key == "items" or (key == "additionalProperties" and not isinstance(value, bool)):
            self.check_schema(value, path, depth + 1)
        elif key == "enum" and not value:
            raise Problem("bad_arguments", path, "nothing passes")
        elif key == "required":
            for i, name in enumerate(value):
                if not isinstance(name, str):
                    raise Problem("bad_arguments", below(path, i), "not a text")


def check_type(value, path):
    names = value if isinstance(value, list) else [value]
    if not names:
        raise Problem("bad_arguments", path, "no type")
    for i, name in enumerate(names):
        place = below(path, i) if isinstance(value, list) else path
        if not isinstance(name, str) or name not in SCHEMA_TYPES:
            raise Problem("bad_arguments", place, "not a type")
        if name in names[:i]:
            raise Problem("bad_arguments", place, "a type twice")


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


def check_plain(value, path):
    """No ext at any depth."""
    if isinstance(value, EXT):
        raise Problem("bad_arguments", path, "an ext")
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, element in pairs:
        check_plain(element, below(path, key))


def check_arguments(schema, args):
    check_value({"type": "object", **(schema or {})}, args, "")


def check_value(schema, value, path):
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if isinstance(value, EXT):
        if "value" not in types:
            raise Problem("bad_arguments", path, "an ext")
        return
    if types and not any(SCHEMA_TYPES[name](value) for name in types):
        raise Problem("bad_arguments", path, "another type")
    if "enum" in schema and not any(same(value, choice) for choice in schema["enum"]):
        raise Problem("bad_arguments", path, "none of the values")
    if "const" in schema and not same(value, schema["const"]):
        raise Problem("bad_arguments", path, "not the value")
    check_bounds(schema, value, path)
    if isinstance(value, list):
        check_items(schema, value, path, "value" in types)
    elif isinstance(value, dict):
        check_object(schema, value, path, "value" in types)


def check_bounds(schema, value, path):
    sized = [("minimum", "maximum", value)] if is_number(value) else []
    sized += [("minLength", "maxLength", len(value))] if isinstance(value, str) else []
    sized += [("minItems", "maxItems", len(value))] if isinstance(value, list) else []
    for low, high, size in sized:
        if not schema.get(low, size) <= size <= schema.get(high, size):
            raise Problem("bad_arguments", path, "out of bounds")


def check_items(schema, value, path, any_value):
    for i, element in enumerate(value):
        if "items" in schema:
            check_value(schema["items"], element, below(path, i))
        elif not any_value:
            check_plain(element, below(path, i))


def check_object(schema, value, path, any_value):
    if any_value and "properties" not in schema:
        return
    for key in schema.get("required", []):
        if key not in value:
            raise Problem("bad_arguments", below(path, key), "a required argument")
    for key, element in value.items():
        rule = schema.get("properties", {}).get(key, schema.get("additionalProperties", False))
        if rule is False:
            raise Problem("bad_arguments", below(path, key), "an unknown argument")
        if rule is True:
            check_plain(element, below(path, key))
        else:
            check_value(rule, element, below(path, key))
