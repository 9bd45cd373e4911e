# SPDX-License-Identifier: MIT
"""Values as senders may send them (spec 9), beyond the form that every receiver checks."""
from .faults import Broken
from .registry import check_tools, pack, read, validate

DEFINED_EXT = range(1, 5)


def exts_in(value):
    """Every ext object in a value, at any depth."""
    match value:
        case list():
            inside = value
        case dict():
            inside = value.values()
        case pack.Annotated():
            yield value
            inside = [value.base, value.attributes]
        case _ if isinstance(value, check_tools.EXT):
            yield value
            return
        case _:
            return
    for element in inside:
        yield from exts_in(element)


def has_scalar(vector):
    """Is this vector of length 1 without attributes one that travels as its scalar (VAL-003)?"""
    return isinstance(vector, pack.Vector) and vector.type != pack.COMPLEX and len(vector.elements) == 1


def check_scalars(value, place, is_free=True):
    """VAL-003. is_free: nothing around the value asks for a vector, as a column or an attribute does."""
    match value:
        case list():
            for i, element in enumerate(value):
                yield from check_scalars(element, f"{place}/{i}")
        case dict():
            for key, element in value.items():
                yield from check_scalars(element, check_tools.below(place, key))
        case _ if is_free and has_scalar(value):
            yield Broken("VAL-003", "a vector of length 1 without attributes", place)


def judge(value, place):
    """Whatever is wrong with a value that is well-formed."""
    for ext in exts_in(value):
        if isinstance(ext, pack.Ext) and ext.type not in DEFINED_EXT:
            yield Broken("VER-005", f"an ext of type {ext.type}", place)
    try:
        validate.validate(value)
    except read.Malformed as malformed:
        yield Broken(malformed.requirement, str(malformed), place)
    yield from check_scalars(value, place)
