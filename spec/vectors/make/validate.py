# SPDX-License-Identifier: MIT
"""What a receiver checks of a value before it rebuilds it (spec 9.8)."""
import math
import re

from .pack import FLOAT64, INT32, INT64, TEXT, Annotated, Missing, Vector
from .read import Malformed

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")


def need(condition, reason, requirement="9.5"):
    """`requirement`: the one that is broken, or the section whose table says so."""
    if not condition:
        raise Malformed(reason, requirement)


def texts(value, allow_missing=True):
    """A list of texts: a text vector or an array of texts (nil: missing)."""
    if isinstance(value, Vector) and value.type == TEXT:
        elements = value.elements
    else:
        need(isinstance(value, list), "texts are a vector or an array")
        elements = value
    for element in elements:
        need(isinstance(element, str) or (element is None and allow_missing), "not a text")
    return elements


def numbers(value, types):
    """The elements of a vector of these types, or of a scalar as one element."""
    if isinstance(value, Vector):
        need(value.type in types, "the vector has another type")
        return value.elements
    if isinstance(value, Missing):
        need(value.type in types, "the missing scalar has another type")
        return [None]
    need(isinstance(value, (int, float)) and not isinstance(value, bool), "not a number")
    need(isinstance(value, float) or INT32 in types, "not a float64")
    return [value]


def length(base):
    if isinstance(base, Vector):
        return len(base.elements)
    return len(base) if isinstance(base, (list, dict)) else 1


def check_dim(dim, count):
    if isinstance(dim, Vector):
        need(dim.type in (INT32, INT64), "dim is of integers")
        dim = dim.elements
    need(isinstance(dim, list), "dim is a vector or an array")
    for extent in dim:
        need(isinstance(extent, int) and not isinstance(extent, bool) and extent >= 0, "an extent")
    need(math.prod(dim) == count, "the product of dim is not the length", "VAL-018")
    return dim


def check_dimnames(dimnames, dim):
    entries = list(dimnames.values()) if isinstance(dimnames, dict) else dimnames
    need(isinstance(entries, list), "dimnames is an array or a map")
    need(dim is not None and len(entries) == len(dim), "dimnames has an entry for each dimension")
    for entry, extent in zip(entries, dim):
        need(entry is None or len(texts(entry)) == extent, "as many names as the dimension is long")


def check_attributes(base, attributes, count):
    for value in attributes.values():
        need(not isinstance(value, Annotated), "an attribute is annotated", "VAL-013")
    if "names" in attributes:
        need(len(texts(attributes["names"])) == count, "a name for each element")
    dim = check_dim(attributes["dim"], count) if "dim" in attributes else None
    if "dimnames" in attributes:
        check_dimnames(attributes["dimnames"], dim)


def check_column(column, rows):
    if isinstance(column, Annotated):
        need(column.kind not in ("table", "media"), "a column of this kind")
        column = column.base
    need(isinstance(column, (Vector, list)), "a column is a vector or an array")
    need(length(column) == rows, "a column has another number of rows", "VAL-014")


def check_table(base, attributes):
    need(isinstance(base, list) and "names" in attributes, "a table has columns and their names")
    need(len(texts(attributes["names"])) == len(base), "a name for each column", "VAL-015")
    rows = attributes.get("rows")
    need(isinstance(rows, int) and not isinstance(rows, bool) and rows >= 0, "rows is a count")
    for column in base:
        check_column(column, rows)
    if "row_names" in attributes:
        row_names = attributes["row_names"]
        numbered = isinstance(row_names, Vector) and row_names.type == INT32
        names = row_names.elements if numbered else texts(row_names)
        need(len(names) == rows, "a name for each row")


def check_factor(base, attributes):
    need(isinstance(base, Vector) and base.type == INT32, "codes are an int32 vector")
    levels = texts(attributes.get("levels"), allow_missing=False)
    need(len(set(levels)) == len(levels), "levels are unique", "VAL-017")
    need(isinstance(attributes.get("ordered", False), bool), "ordered is a bool")
    for code in base.elements:
        need(code is None or 0 <= code < len(levels), "a code outside the levels", "VAL-016")


def check_date(base, _attributes):
    numbers(base, (INT32, FLOAT64))


def check_datetime(base, attributes):
    numbers(base, (FLOAT64,))
    need(attributes.get("tz") is None or isinstance(attributes["tz"], str), "tz is a text or nil")


def check_duration(base, _attributes):
    numbers(base, (FLOAT64,))


def check_integer(base, _attributes):
    elements = base.elements if isinstance(base, Vector) and base.type == TEXT else [base]
    if isinstance(base, Missing):
        elements = [None] if base.type == TEXT else [base]
    for element in elements:
        need(element is None or isinstance(element, str), "a big integer is a text")
        need(element is None or INTEGER.match(element), "decimal digits without leading zeros")


def check_media(base, _attributes):
    need(isinstance(base, dict), "media is a map")
    for value in base.values():
        need(isinstance(value, (str, bytes)), "media are texts and bytes")


KINDS = {
    "plain": lambda base, attributes: None,
    "table": check_table,
    "factor": check_factor,
    "date": check_date,
    "datetime": check_datetime,
    "duration": check_duration,
    "integer": check_integer,
    "media": check_media,
}


def validate(value):
    """Raise Malformed if a value that read() accepts has no meaning."""
    if isinstance(value, list):
        for element in value:
            validate(element)
    elif isinstance(value, dict):
        for element in value.values():
            validate(element)
    elif isinstance(value, Annotated):
        validate(value.base)
        validate(value.attributes)
        if value.kind in KINDS:
            KINDS[value.kind](value.base, value.attributes)
            count = length(value.base)
            check_attributes(value.base, value.attributes, count)
