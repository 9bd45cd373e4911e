# SPDX-License-Identifier: MIT
"""schema.json: tools, arguments of tools and args of procedures, accepted or refused (spec 7)."""
from .check_tools import Problem, check_arguments
from .pack import Missing, Opaque, encode, float64, int32, notation


def nested_items(depth):
    schema = {"type": "string"}
    for _ in range(depth - 2):
        schema = {"type": "array", "items": schema}
    return {"type": "object", "properties": {"deep": schema}}


def tool(params=None, **more):
    declaration = {"name": "t", **more}
    return declaration if params is None else {**declaration, "params": params}


def params(**properties):
    return {"type": "object", "properties": properties}


def one(**schema):
    return tool(params(x=schema))


def good_tools():
    yield "a name alone", tool()
    yield (
        "every key of a client tool",
        tool(params(), description="d", where="client", simplify=False)
    )
    yield (
        "a sandbox tool", tool(params(x={"type": "number"}), where="sandbox", code="function(x) x")
    )
    yield "a name of 64 octets", {"name": "n" * 64}
    yield "a name with every kind of character", {"name": "aZ09_.-"}
    yield "a name that begins like the reserved ones", {"name": "brigade"}
    yield "params without type", tool({"properties": {"x": {}}})
    yield "every checked keyword", tool({"type": "object", "required": ["a"],
        "additionalProperties": {"type": "null"},
        "properties": {"a": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9},
                             "minItems": 1, "maxItems": 3},
                       "b": {"type": "string", "minLength": 1, "maxLength": 5, "enum": ["x", "yy"]},
                       "c": {"const": {"k": [1, None]}}}})  # fmt: skip
    yield "every carried keyword", one(title="X", description="d", default=1, examples=[1, "2"],
                                       format="date", deprecated=True)  # fmt: skip
    yield "a list of types", one(type=["string", "null", "value"])
    yield "schemas nested 8 deep", tool(nested_items(8))
    yield "a property with a slash in its name", tool({"properties": {"a/b": {}, "~": {}}})


def bad_tools():
    yield "no name", {}, "bad_arguments", "/name"
    for name, text in (("empty", ""), ("begins with a digit", "1a"), ("begins with a dot", ".a"),
                       ("has a space", "a b"), ("has a letter that is not ASCII", "é"),
                       ("has 65 octets", "n" * 65), ("is reserved", "brig.eval"),
                       ("ends with a line feed", "a\n")):  # fmt: skip
        yield (
            f"a name that {name}" if name != "empty" else "an empty name", {"name": text},
            "bad_arguments", "/name"
        )
    yield "a name that is bytes", {"name": b"t"}, "bad_arguments", "/name"
    yield "an unknown key", tool(novel=True), "unsupported", "/novel"
    yield "an unknown place", tool(where="moon"), "bad_arguments", "/where"
    yield "a sandbox tool without code", tool(where="sandbox"), "bad_arguments", "/code"
    yield "a client tool with code", tool(code="1"), "bad_arguments", "/code"
    yield "params that are an array", tool([]), "bad_arguments", "/params"
    yield (
        "params of another type than object", tool({"type": "array"}), "bad_arguments",
        "/params/type"
    )
    x = "/params/properties/x"
    for keyword in ("$ref", "anyOf", "pattern", "exclusiveMinimum", "multipleOf", "uniqueItems", "not", "if"):
        yield f"the keyword {keyword}", one(**{keyword: 1}), "unsupported", f"{x}/{keyword}"
    yield (
        "an unknown keyword at the top", tool({"patternProperties": {}}), "unsupported",
        "/params/patternProperties"
    )
    yield (
        "an unknown keyword within items", one(items={"$ref": "#"}), "unsupported",
        f"{x}/items/$ref"
    )
    yield (
        "an unknown keyword within additionalProperties", one(additionalProperties={"oneOf": []}),
        "unsupported", f"{x}/additionalProperties/oneOf"
    )
    yield "an unknown keyword with a slash", one(**{"a/b~": 1}), "unsupported", f"{x}/a~1b~0"
    yield "an unknown type", one(type="float"), "bad_arguments", f"{x}/type"
    yield "an unknown type in a list", one(type=["string", "date"]), "bad_arguments", f"{x}/type/1"
    yield "no type in a list", one(type=[]), "bad_arguments", f"{x}/type"
    yield "a type that is a number", one(type=1), "bad_arguments", f"{x}/type"
    yield "a property that is no schema", tool(params(x=True)), "bad_arguments", x
    yield (
        "properties that are an array", tool({"properties": []}), "bad_arguments",
        "/params/properties"
    )
    yield "items that are a list of schemas", one(items=[{}]), "bad_arguments", f"{x}/items"
    yield "required that is a text", tool({"required": "x"}), "bad_arguments", "/params/required"
    yield "required with a number", tool({"required": [1]}), "bad_arguments", "/params/required/0"
    yield (
        "required of what is no property", tool({"properties": {"x": {}}, "required": ["x", "y"]}),
        "bad_arguments", "/params/required/1"
    )
    yield (
        "additionalProperties that is a text", tool({"additionalProperties": "no"}),
        "bad_arguments", "/params/additionalProperties"
    )
    yield "minimum that is a text", one(minimum="1"), "bad_arguments", f"{x}/minimum"
    yield "minLength below 0", one(minLength=-1), "bad_arguments", f"{x}/minLength"
    yield "maxItems that is a double", one(maxItems=1.0), "bad_arguments", f"{x}/maxItems"
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        yield f"{high} below {low}", one(**{low: 2, high: 1}), "bad_arguments", f"{x}/{high}"
        yield f"{low} alone that is nil", one(**{low: None}), "bad_arguments", f"{x}/{low}"
    nan = float("nan")
    yield "minimum that is not a number", one(minimum=nan), "bad_arguments", f"{x}/minimum"
    yield "maximum that is not a number", one(maximum=nan), "bad_arguments", f"{x}/maximum"
    yield "minimum that is not finite", one(minimum=float("-inf")), "bad_arguments", f"{x}/minimum"
    yield "maximum that is not finite", one(maximum=float("inf")), "bad_arguments", f"{x}/maximum"
    yield "a type twice", one(type=["null", "string", "null"]), "bad_arguments", f"{x}/type/2"
    yield "an empty enum", one(enum=[]), "bad_arguments", f"{x}/enum"
    yield "required without properties", tool({"required": ["y"]}), "bad_arguments", "/params/required/0"
    yield "enum that is a map", one(enum={}), "bad_arguments", f"{x}/enum"
    yield (
        "schemas nested 9 deep", tool(nested_items(9)), "too_large",
        "/params/properties/deep" + "/items" * 7
    )
    yield "a declaration above 64 KiB", tool(description="d" * 65536), "too_large", ""


def arguments():
    """name, params, args, None or the path of the refusal."""
    yield "no arguments where none are declared", None, {}, None
    yield "an argument where none are declared", None, {"x": 1}, "/x"
    yield "args of an empty schema", {}, {}, None
    yield "an argument of an empty schema", {}, {"x": 1}, "/x"
    yield "args that are an array", params(), [], ""
    yield "args that are an array where no type is given", {"properties": {}}, [], ""
    need = {**params(city={"type": "string"}, days={"type": "integer"}), "required": ["city"]}
    yield "all arguments", need, {"city": "Oslo", "days": 3}, None
    yield "an optional argument is left out", need, {"city": "Oslo"}, None
    yield "a required argument is left out", need, {"days": 3}, "/city"
    yield "an argument that is not declared", need, {"city": "Oslo", "hours": 3}, "/hours"
    yield "an argument whose name has a slash", need, {"city": "Oslo", "a/b~c": 3}, "/a~1b~0c"
    types = {
        "null": ([None], [False, 0, ""]),
        "boolean": ([True, False], [None, 0, "true"]),
        "integer": ([0, -1, 2**53, -(2**53)], [2**53 + 1, -(2**53) - 1, 2**64 - 1, 1.0, True, "1", None]),
        "number": ([0, 1.5, -0.0, 2**53], [float("nan"), float("inf"), float("-inf"), 2**53 + 1, True, "1"]),
        "string": (["", "é", "a\0b"], [None, 1, b"a", ["a"]]),
        "array": ([[], [1, "a", None]], [{}, "a", None]),
        "object": ([{}], [[], "a", None]),
        "value": ([None, 1.5, b"\0", float64(1.0), Missing(4), {"m": int32(1)}, Opaque(["f"], "f")], []),
    }  # fmt: skip
    for name, (fits, does_not) in types.items():
        for value in fits:
            yield (
                f"{notation(value)} is of type {name}", params(x={"type": name}), {"x": value}, None
            )
        for value in does_not:
            yield (
                f"{notation(value)} is not of type {name}", params(x={"type": name}), {"x": value},
                "/x"
            )
    union = params(x={"type": ["integer", "null"]})
    yield "the first of two types", union, {"x": 1}, None
    yield "the second of two types", union, {"x": None}, None
    yield "none of two types", union, {"x": "1"}, "/x"
    yield from plain_forms()
    yield from keywords()
    yield from equality()


def union_of(*types):
    return params(x={"type": list(types)})


def plain_forms():
    silent = params(x={})
    yield "a schema that is silent takes a scalar", silent, {"x": 1.5}, None
    yield "a schema that is silent takes bytes", silent, {"x": b"\0"}, None
    exts = {"a vector": float64(1.0), "a missing scalar": Missing(1), "an opaque": Opaque([], "")}
    for name, value in exts.items():
        yield f"a schema that is silent does not take {name}", silent, {"x": value}, "/x"
    either = params(x={"type": ["string", "value"]})
    yield "a vector where one of two types is value", either, {"x": int32(1)}, None
    yield "a vector where none of two types is value", union_of("string", "null"), {"x": int32(1)}, "/x"
    yield "a vector inside an array that may hold anything", params(x={"type": "value"}), {"x": [int32(1)]}, None
    deep = {"x": {"k": [1, {"l": int32(1)}]}}
    yield "a vector deep inside what is not described", {"additionalProperties": True}, deep, "/x/k/1/l"
    yield "a vector inside an array", silent, {"x": [1, int32(1)]}, "/x/1"
    yield (
        "a vector inside a map", params(x={"type": "object", "additionalProperties": True}),
        {"x": {"k": int32(1)}}, "/x/k"
    )
    yield (
        "a vector inside an array whose schema says so",
        params(x={"type": "array", "items": {"type": "value"}}), {"x": [int32(1)]}, None
    )


def equality():
    """What const compares: numbers by value, across int and float64; the rest by kind and content."""
    pairs = [
        ("2^64 - 1", 2**64 - 1, 2**64 - 1, True),
        ("2^64 - 1 and 2^64 - 2", 2**64 - 1, 2**64 - 2, False),
        ("2^63 and its double", 2**63, 2.0**63, True),
        ("2^63 - 1 and the double 2^63", 2**63 - 1, 2.0**63, False),
        ("-2^63 and its double", -(2**63), -(2.0**63), True),
        ("-2^63 and a double below it", -(2**63), -(2.0**64), False),
        ("2^64 - 1 and the double 2^64", 2**64 - 1, 2.0**64, False),
        ("2^53 + 1 and the double 2^53", 2**53 + 1, 2.0**53, False),
        ("0 and -0.0", 0, -0.0, True),
        ("1 and 1.5", 1, 1.5, False),
        ("two arrays", [1, "a"], [1.0, "a"], True),
        ("arrays of different lengths", [1, 2], [1], False),
        ("arrays with an element more", [1], [1, 2], False),
        ("arrays with another element", [1, 2], [1, 3], False),
        ("arrays in another order", [1, 2], [2, 1], False),
        ("an array and a text", ["a"], "a", False),
        ("nil and false", None, False, False),
        ("true and false", True, False, False),
        ("bytes", b"a", b"a", True),
        ("bytes and others", b"a", b"b", False),
    ]
    for name, constant, value, equal in pairs:
        yield f"const: {name}", params(x={"const": constant}), {"x": value}, None if equal else "/x"
    free = {"additionalProperties": True}
    yield "const: a map with a key less", params(x={"const": {"a": 1, "b": 2}, **free}), {"x": {"a": 1}}, "/x"
    yield "const: a map with a key more", params(x={"const": {"a": 1}, **free}), {"x": {"a": 1, "b": 2}}, "/x"


def keywords():
    yield "enum, a text of it", params(x={"enum": ["a", 1]}), {"x": "a"}, None
    yield "enum, an integer of it as a double", params(x={"enum": ["a", 1]}), {"x": 1.0}, None
    yield "enum, another text", params(x={"enum": ["a", 1]}), {"x": "b"}, "/x"
    yield "enum, true is not 1", params(x={"enum": [1]}), {"x": True}, "/x"
    yield "enum, a text is not its bytes", params(x={"enum": ["a"]}), {"x": b"a"}, "/x"
    yield (
        "const, a map in another order",
        params(x={"const": {"a": 1, "b": [None]}, "additionalProperties": True}),
        {"x": {"b": [None], "a": 1}}, None
    )
    yield (
        "const, a map with another value",
        params(x={"const": {"a": 1}, "additionalProperties": True}), {"x": {"a": 2}}, "/x"
    )
    yield "const, null", params(x={"const": None}), {"x": None}, None
    yield "const, not null", params(x={"const": None}), {"x": 0}, "/x"
    between = params(x={"type": "number", "minimum": -1, "maximum": 2.5})
    for value in (-1, 2.5, 0):
        yield f"{notation(value)} is between -1 and 2.5", between, {"x": value}, None
    for value in (-2, -1.0000000000000002, 3):
        yield f"{notation(value)} is not between -1 and 2.5", between, {"x": value}, "/x"
    nan = float("nan")
    yield "what is not a number passes where nothing bounds it", params(x={"type": "value"}), {"x": nan}, None
    yield "what is not a number is not above a minimum", params(x={"minimum": 0}), {"x": nan}, "/x"
    yield "what is not a number is not below a maximum", params(x={"maximum": 0}), {"x": nan}, "/x"
    for number in (1, 2**64 - 1):
        yield f"{number} is below 1e300", params(x={"maximum": 1e300}), {"x": number}, None
        yield f"{number} is not above 1e300", params(x={"minimum": 1e300}), {"x": number}, "/x"
        yield f"{number} is above -1e300", params(x={"minimum": -1e300}), {"x": number}, None
        yield f"{number} is not below -1e300", params(x={"maximum": -1e300}), {"x": number}, "/x"
    yield "minimum says nothing about a text", params(x={"minimum": 5}), {"x": "a"}, None
    length = params(x={"type": "string", "minLength": 2, "maxLength": 3})
    yield "two code points in eight octets", length, {"x": "🚀🚀"}, None
    yield "one code point in four octets is too short", length, {"x": "🚀"}, "/x"
    yield "four code points are too long", length, {"x": "abcd"}, "/x"
    items = params(x={"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2})
    yield "an array within its bounds", items, {"x": [1, 2]}, None
    yield "an array that is too short", items, {"x": []}, "/x"
    yield "an array that is too long", items, {"x": [1, 2, 3]}, "/x"
    yield "an array with an item of another type", items, {"x": [1, "2"]}, "/x/1"
    inner = params(x={"type": "object", "properties": {"k": {"type": "boolean"}}, "required": ["k"]})
    yield "an inner object", inner, {"x": {"k": True}}, None
    yield "an inner object lacks a key", inner, {"x": {}}, "/x/k"
    yield "an inner object has a key too many", inner, {"x": {"k": True, "l": 1}}, "/x/l"
    yield "an inner object has a key of another type", inner, {"x": {"k": 1}}, "/x/k"
    yield "further properties are allowed", {"additionalProperties": True}, {"x": 1, "y": "z"}, None
    yield (
        "further properties pass their schema", {"additionalProperties": {"type": "string"}},
        {"x": "a"}, None
    )
    yield (
        "further properties fail their schema", {"additionalProperties": {"type": "string"}},
        {"x": "a", "y": 1}, "/y"
    )
    yield "further properties are forbidden", {"additionalProperties": False}, {"x": 1}, "/x"
    yield "the largest integer as a bound", params(x={"maximum": 2**64 - 1}), {"x": 2**64 - 1}, None


def calls():
    """name, procedure, args, options, None or (code, path)."""
    yield "brig.ping takes nothing", "brig.ping", {}, {}, None
    yield "an unknown argument of brig.ping", "brig.ping", {"x": 1}, {}, ("unsupported", "/x")
    yield (
        "an unknown option of brig.ping", "brig.ping", {}, {"deadline_ms": 1},
        ("unsupported", "/options/deadline_ms")
    )
    yield (
        "brig.eval with everything", "brig.eval",
        {"code": "x", "args": {"x": float64(1.0), "y": Opaque([], "")}, "value": "plain", "value_bytes": 0},
        {"deadline_ms": 1}, None
    )
    yield "brig.eval without code", "brig.eval", {}, {}, ("bad_arguments", "/code")
    yield (
        "brig.eval with code as bytes", "brig.eval", {"code": b"1"}, {}, ("bad_arguments", "/code")
    )
    yield (
        "brig.eval with another form of value", "brig.eval", {"code": "1", "value": "json"}, {},
        ("bad_arguments", "/value")
    )
    yield (
        "brig.eval with a deadline of 0", "brig.eval", {"code": "1"}, {"deadline_ms": 0},
        ("bad_arguments", "/options/deadline_ms")
    )
    yield (
        "brig.eval with a deadline of -1", "brig.eval", {"code": "1"}, {"deadline_ms": -1},
        ("bad_arguments", "/options/deadline_ms")
    )
    yield (
        "brig.eval with a deadline of 2^53", "brig.eval", {"code": "1"}, {"deadline_ms": 2**53},
        ("bad_arguments", "/options/deadline_ms")
    )
    yield "brig.open with nothing", "brig.open", {}, {}, None
    yield (
        "brig.open with an unknown restriction", "brig.open", {"no_network": True}, {},
        ("unsupported", "/no_network")
    )
    yield (
        "brig.open with an unknown limit", "brig.open", {"limits": {"threads": 1}}, {},
        ("unsupported", "/limits/threads")
    )
    yield (
        "brig.open with an unknown requirement", "brig.open", {"require": {"gpu": "none"}}, {},
        ("unsupported", "/require/gpu")
    )
    yield (
        "brig.open with a schema keyword that is not known", "brig.open",
        {"tools": [{"name": "a"}, {"name": "b", "params": {"properties": {"x": {"pattern": "^a"}}}}]},
        {}, ("unsupported", "/tools/1/params/properties/x/pattern")
    )
    yield "brig.open with an environment of texts", "brig.open", {"env": {"LANG": "C"}}, {}, None
    yield (
        "brig.open with a number in its environment", "brig.open", {"env": {"N": 1}}, {},
        ("bad_arguments", "/env/N")
    )
    yield (
        "brig.open with tools as a map", "brig.open", {"tools": {}}, {}, ("bad_arguments", "/tools")
    )
    yield (
        "brig.open with a tool twice", "brig.open", {"tools": [{"name": "a"}, {"name": "a"}]}, {},
        ("bad_arguments", "/tools/1/name")
    )
    yield (
        "brig.put with everything", "brig.put",
        {"path": "a/b.csv", "offset": 0, "data": b"x", "last": True}, {}, None
    )
    yield (
        "brig.put without data", "brig.put", {"path": "a", "offset": 0}, {},
        ("bad_arguments", "/data")
    )
    yield "brig.open with the largest seed", "brig.open", {"seed": 2**63 - 1}, {}, None
    yield "brig.open with a seed of 2^63", "brig.open", {"seed": 2**63}, {}, ("bad_arguments", "/seed")
    yield "brig.cancel of id 0", "brig.cancel", {"id": 0}, {}, ("bad_arguments", "/id")
    yield "brig.cancel of the largest id", "brig.cancel", {"id": 2**53 - 1}, {}, None


def problem_of(check, *args):
    try:
        check(*args)
    except Problem as problem:
        return problem.code, problem.path
    return None


def shortened(value, limit=2000):
    line = notation(value)
    return line if len(line) <= limit else line[:limit] + "…"


def tool_rows(registry):
    expected = [(*row, "ok", "") for row in good_tools()] + list(bad_tools())
    for name, declaration, code, path in expected:
        found = problem_of(registry.check_record, "tool", declaration, "")
        assert found == (None if code == "ok" else (code, path)), (name, found)
        yield {"name": name, "tool": encode(declaration), "notation": shortened(declaration),
               "code": code, "path": path}  # fmt: skip


def argument_rows(registry):
    for name, schema, args, path in arguments():
        declaration = tool(schema)
        assert problem_of(registry.check_record, "tool", declaration, "") is None, name
        found = problem_of(check_arguments, schema, args)
        assert found == (None if path is None else ("bad_arguments", path)), (name, found)
        yield {"name": name, "tool": encode(declaration), "args": encode(args),
               "notation": f"{notation(declaration.get('params'))} ← {notation(args)}",
               "code": "ok" if path is None else "bad_arguments", "path": path or ""}  # fmt: skip


def call_rows(registry):
    for name, procedure, args, options, problem in calls():
        found = problem_of(registry.check_procedure, procedure, args, options)
        assert found == problem, (name, found)
        code, path = problem or ("ok", "")
        yield {"name": name, "procedure": procedure, "args": encode(args), "options": encode(options),
               "notation": f"{shortened(args)} {notation(options)}", "code": code, "path": path}  # fmt: skip


def build(registry):
    return {
        "tools": list(tool_rows(registry)),
        "arguments": list(argument_rows(registry)),
        "calls": list(call_rows(registry)),
    }
