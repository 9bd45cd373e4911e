# SPDX-License-Identifier: MIT
"""Values, records, tools and arguments from the tables of the registry, all of them right."""
import struct

from .registry import REGISTRY, pack

INTS = [0, 1, 31, 32, 127, 128, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1,
        2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -1, -32, -33, -128, -129, -32768, -32769, -(2**31),
        -(2**31) - 1, -(2**53), -(2**53) - 1, -(2**63)]  # fmt: skip
FLOATS = [0.0, -0.0, 1.0, -1.5, 1e300, float("inf"), float("-inf"), float("nan"), float(2**53)]
TEXTS = ["", "a", "name", "Ålesund", "\0", "x" * 31, "x" * 32, "\U0010ffff", "~/", "brig.eval"]
LENGTHS = [0, 1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 257]
NAMES = ["add", "weather", "a", "Z9_.-", "n" * 64, "brigade", "lookup"]
CODES = ["1 + 1", "", "add(1, 2)"]
BOUNDS = {"minimum": [-5, 0, 0.5, -(2.0**63)], "maximum": [10, 2**63 - 1, 2.0**63, 2**64 - 1]}
MIMES = ["text/plain", "image/png", "text/html"]


def chance(rng, share):
    return rng.random() < share


def text(rng):
    return "t" * rng.choice(LENGTHS) if chance(rng, 0.2) else rng.choice(TEXTS)


def element(rng, type_):
    """An element of a vector; None is missing."""
    if chance(rng, 0.15):
        return None
    if type_ == pack.LOGICAL:
        return chance(rng, 0.5)
    if type_ in (pack.INT32, pack.INT64):
        return rng.randrange(-1000, 1000)
    if type_ == pack.TEXT:
        return rng.choice(TEXTS)
    if type_ == pack.COMPLEX:
        return complex(rng.choice(FLOATS[:5]), 1.0)
    return rng.choice(FLOATS)


def vector(rng, type_=None, length=None):
    type_ = type_ or rng.choice(list(pack.TYPE_NAMES))
    length = rng.choice([0, 2, 3, 5, 16]) if length is None else length
    return pack.Vector(type_, [element(rng, type_) for _ in range(length)])


def texts(count):
    return [f"n{i}" for i in range(count)]


def annotated(rng):
    kind, count = rng.choice(list(ANNOTATED)), rng.choice([0, 2, 3])
    return pack.Annotated(kind, *ANNOTATED[kind](rng, count))


def plain(rng, count):
    attributes = {"names": texts(count)} if chance(rng, 0.7) else {}
    if chance(rng, 0.3):
        attributes |= {"dim": pack.int32(1, count), "dimnames": [None, pack.text(*texts(count))]}
    return vector(rng, length=count), attributes


def table(rng, count):
    columns = [vector(rng, length=count), list(range(count)), pack.Annotated("factor", *factor(rng, count))]
    return columns, {"names": pack.text("a", "b", "a"), "rows": count}


def factor(rng, count):
    return pack.int32(*[rng.choice([0, 1, None]) for _ in range(count)]), {"levels": ["low", "high"]}


ANNOTATED = {
    "plain": plain,
    "table": table,
    "factor": factor,
    "date": lambda rng, count: (vector(rng, pack.FLOAT64, count), {}),
    "datetime": lambda rng, count: (rng.choice([1.5, vector(rng, pack.FLOAT64, count)]), {"tz": rng.choice([None, "UTC"])}),
    "duration": lambda rng, count: (pack.Missing(pack.FLOAT64), {}),
    "integer": lambda rng, count: (pack.text("-12", None, "9" * 30), {}),
    "media": lambda rng, count: (displayed(rng), {}),
    "later": lambda rng, count: (vector(rng), {"any": [1, {"a": None}]}),
}  # fmt: skip


def displayed(rng):
    return {mime: rng.choice(["text", b"\x89PNG"]) for mime in rng.sample(MIMES, rng.randrange(1, 3))}


def scalar(rng):
    match rng.randrange(8):
        case 0:
            return None
        case 1:
            return chance(rng, 0.5)
        case 2 | 3:
            return rng.choice(INTS)
        case 4:
            return rng.choice(FLOATS)
        case 5:
            return bytes(rng.choice(LENGTHS))
        case _:
            return text(rng)


def value(rng, depth=0):
    """Anything of chapter 9."""
    roll = rng.random()
    if depth > 3 or roll < 0.5:
        return scalar(rng)
    if roll < 0.62:
        return [value(rng, depth + 1) for _ in range(rng.choice([0, 1, 2, 3, 15, 16]) if depth < 2 else 1)]
    if roll < 0.74:
        return {f"k{i}": value(rng, depth + 1) for i in range(rng.choice([0, 1, 2, 3, 15, 16]) if depth < 2 else 1)}
    if roll < 0.84:
        return vector(rng)
    if roll < 0.9:
        return pack.Missing(rng.choice(list(pack.TYPE_NAMES)))
    if roll < 0.96:
        return annotated(rng)
    if roll < 0.98:
        return pack.Opaque(["function", "lm"][: rng.randrange(3)], text(rng))
    return pack.Ext(rng.choice([5, 77, 127, -1, -128]), bytes(rng.choice(LENGTHS)))


# Records of the registry


def record(rng, name):
    """Required keys, and some others, in any order."""
    if name == "tool":
        return tool(rng)
    if name == "require":
        effects = rng.sample(list(REGISTRY.effects), rng.randrange(3))
        return {effect: rng.choice(REGISTRY.effects[effect]) for effect in effects}
    rules = REGISTRY.records[name]["keys"]
    chosen = [rule for rule in rules if rule.get("required") or chance(rng, 0.3)]
    rng.shuffle(chosen)
    return {rule["key"]: by_rule(rng, rule) for rule in chosen}


def by_rule(rng, rule):
    if "enum" in rule:
        return rng.choice(rule["enum"])
    of = rule.get("of")
    if rule["type"] == "array":
        items = [by_rule(rng, {"type": of}) if of not in REGISTRY.records else record(rng, of)
                 for _ in range(rng.randrange(3))]  # fmt: skip
        return list({item["name"]: item for item in items}.values()) if of == "tool" else items
    if rule["type"] == "map":
        if of in REGISTRY.records:
            return record(rng, of)
        return {name: by_rule(rng, {"type": of or "any"}) for name in rng.sample(NAMES, rng.randrange(3))}
    return by_type(rng, rule["type"], rule.get("min", 0))


def by_type(rng, type_, least=0):
    match type_:
        case "uint" | "id":
            least = max(least, type_ == "id")
            return rng.choice([least, least + 1, 5000, 2**32, 2**53 - 1])
        case "int":
            return rng.choice([i for i in INTS if -(2**63) <= i < 2**63])
        case "float":
            return rng.choice(FLOATS)
        case "bool":
            return chance(rng, 0.5)
        case "text":
            return text(rng)
        case "bin":
            return struct.pack(">I", rng.randrange(2**32))
        case "array":
            return [value(rng, 2)]
        case "map":
            return {"k": value(rng, 2)}
        case _:
            return value(rng, 2)


# Tools


def tool(rng):
    made = {"name": rng.choice(NAMES)}
    if chance(rng, 0.8):
        made["params"] = {"type": "object", **object_keywords(rng, 1)}
    if chance(rng, 0.3):
        made["where"] = rng.choice(["client", "sandbox"])
        if made["where"] == "sandbox":
            made["code"] = "function(...) 1"
    if chance(rng, 0.2):
        made |= {"description": text(rng), "simplify": chance(rng, 0.5)}
    return made


def object_keywords(rng, depth):
    names = rng.sample(["x", "y", "city", "~/"], rng.randrange(3))
    keywords = {"properties": {name: schema(rng, depth + 1) for name in names}}
    if chance(rng, 0.4):
        keywords["required"] = [name for name in names if chance(rng, 0.6)]
    if chance(rng, 0.3):
        keywords["additionalProperties"] = rng.choice([True, False]) if depth > 3 or chance(rng, 0.6) \
            else schema(rng, depth + 1)
    return keywords


def schema(rng, depth):
    roll = rng.random()
    if depth < 4 and roll < 0.15:
        return {"type": "object", **object_keywords(rng, depth)}
    if depth < 4 and roll < 0.3:
        return {"type": "array", "items": schema(rng, depth + 1), "minItems": rng.randrange(2), "maxItems": 3}
    if roll < 0.5:
        bounds = {key: rng.choice(BOUNDS[key]) for key in BOUNDS}
        return {"type": rng.choice(["integer", "number", "value"])} | {k: v for k, v in bounds.items() if chance(rng, 0.6)}
    if roll < 0.6:
        return {"type": "string", "minLength": rng.randrange(2), "maxLength": 5}
    if roll < 0.7:
        return {"enum": [plain_value(rng) for _ in range(2)]}
    if roll < 0.75:
        return {"const": plain_value(rng)}
    if roll < 0.85:
        return {"type": rng.sample(["null", "boolean", "string", "number", "value", "integer"], 2)}
    return {"type": "value"} if roll < 0.95 else {}


def plain_value(rng):
    return rng.choice([None, True, 1, 1.0, 2**53, -(2**53), 2**53 + 1, 2**63 - 1, 2.0**63, 0.5,
                       "a", "", "Åle", [], [1, 2.0], {}, {"a": 1}, b"x"])  # fmt: skip


def argument(rng, rule):
    """Something that often passes this schema."""
    if chance(rng, 0.15):
        return rng.choice([plain_value(rng), value(rng, 2)])
    if "const" in rule:
        return rule["const"]
    if "enum" in rule:
        return rng.choice(rule["enum"])
    types = rule.get("type", "string")
    match types if isinstance(types, str) else rng.choice(types):
        case "object":
            return arguments(rng, rule)
        case "array":
            return [argument(rng, rule.get("items", {})) for _ in range(rng.randrange(4))]
        case "integer" | "number":
            return rng.choice([0, 1, 10, 11, -5, 1.0, 0.5, 10.5, 2**53, -(2**53), 2**53 + 1, 2**63, 2.0**63, float("nan")])
        case "string":
            return rng.choice(["", "a", "Åleså", "toolong"])
        case "null":
            return None
        case "boolean":
            return chance(rng, 0.5)
        case _:
            return value(rng, 1)


def arguments(rng, rule):
    args = {name: argument(rng, below) for name, below in rule.get("properties", {}).items() if chance(rng, 0.8)}
    if chance(rng, 0.15):
        further = rule.get("additionalProperties")
        args["other"] = argument(rng, further if isinstance(further, dict) else {})
    return args
