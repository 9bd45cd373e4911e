# SPDX-License-Identifier: MIT
"""values.json: every row of the value mapping (spec 9); the values with defects are values_bad."""
from .pack import (COMPLEX, FLOAT64, INT32, INT64, LOGICAL, TEXT, Annotated, Ext, Missing, Opaque,
                   complex128, datetime, encode, factor, float64, int32, int64, logical, notation,
                   plain, table, text)  # fmt: skip
from .read import Malformed, read
from .validate import validate
from .values_bad import bad_ext, bad_meaning

NAN = float("nan")
INF = float("inf")


def scalars():
    """name, value, R, Python."""
    yield "nil", None, "NULL", "None"
    yield "true", True, "TRUE", "True"
    yield "false", False, "FALSE", "False"
    yield "a small integer", 42, "42L", "42"
    yield "a negative integer", -7, "-7L", "-7"
    yield "the largest int32", 2**31 - 1, "2147483647L", "2147483647"
    yield "an integer that R holds as a double", 2**31, "2147483648", "2147483648"
    yield (
        "the largest integer that a double holds with all below", 2**53, "9007199254740992", "2**53"
    )
    yield "the smallest int64", -(2**63), '"-9223372036854775808" of class integer', "-(2**63)"
    yield "the largest uint64", 2**64 - 1, '"18446744073709551615" of class integer', "2**64 - 1"
    yield "a double", 1.5, "1.5", "1.5"
    yield "a double with an integral value stays a double", 2.0, "2", "2.0"
    yield "a tenth", 0.1, "0.1", "0.1"
    yield "negative zero", -0.0, "-0", "-0.0"
    yield "infinity", INF, "Inf", "math.inf"
    yield "negative infinity", -INF, "-Inf", "-math.inf"
    yield "not a number", NAN, "NaN", "math.nan"
    yield "text", "naïve café", '"naïve café"', '"naïve café"'
    yield "empty text", "", '""', '""'
    yield "text with U+0000, which R cannot hold", "a\0b", "bad_arguments", '"a\\0b"'
    yield "text beyond the basic plane", "🚀", '"\\U1F680"', '"🚀"'
    yield "bytes", b"\x00\xff", "as.raw(c(0, 255))", 'b"\\x00\\xff"'
    yield "no bytes", b"", "raw(0)", 'b""'
    for name, type_, r in (("logical", LOGICAL, "NA"), ("int32", INT32, "NA_integer_"), ("int64", INT64,
                           "NA (bit64 or text)"), ("float64", FLOAT64, "NA_real_"), ("complex",
                           COMPLEX, "NA_complex_"), ("text", TEXT, "NA_character_")):  # fmt: skip
        yield (
            f"a missing {name}", Missing(type_), r,
            "brig.MISSING, or None where types do not matter"
        )


def vectors():
    yield "logical", logical(True, False, None), "c(TRUE, FALSE, NA)", "[True, False, None]"
    yield "empty logical", logical(), "logical(0)", "[]"
    yield (
        "int32", int32(1, -2, None, 2**31 - 1), "c(1L, -2L, NA, .Machine$integer.max)",
        "[1, -2, None, 2147483647]"
    )
    yield "empty int32", int32(), "integer(0)", "[]"
    yield (
        "int64", int64(2**40, None, -1), 'bit64::as.integer64(c("1099511627776", NA, "-1"))',
        "[2**40, None, -1]"
    )
    yield "empty int64", int64(), "bit64::integer64(0)", "[]"
    yield (
        "float64", float64(0.5, None, NAN, INF, -INF, -0.0), "c(0.5, NA, NaN, Inf, -Inf, -0)",
        "[0.5, None, nan, inf, -inf, -0.0]"
    )
    yield "empty float64", float64(), "numeric(0)", "[]"
    yield "float64 of length 1 stays a vector", float64(1.0), "1", "[1.0]"
    yield (
        "float64 missing in its quiet form", float64(bytes.fromhex("a20700000000f87f")), "NA_real_",
        "[None]"
    )
    yield (
        "float64 missing with a sign", float64(bytes.fromhex("a20700000000f8ff")), "NA_real_",
        "[None]"
    )
    yield (
        "float64 not a number with another payload", float64(bytes.fromhex("a30700000000f87f")),
        "NaN", "[nan]"
    )
    yield (
        "complex", complex128(1 + 2j, None, complex(0.0, -1.5)), "c(1+2i, NA, 0-1.5i)",
        "[(1+2j), None, -1.5j]"
    )
    yield "empty complex", complex128(), "complex(0)", "[]"
    yield "text", text("a", None, "", "żółć"), 'c("a", NA, "", "żółć")', '["a", None, "", "żółć"]'
    yield "text, all missing", text(None, None), "c(NA_character_, NA)", "[None, None]"
    yield "text of one element", text("only"), '"only"', '["only"]'
    yield "empty text", text(), "character(0)", "[]"


def containers():
    yield "empty list", [], "list()", "[]"
    yield (
        "list", [1, "two", None, [True]], 'list(1L, "two", NULL, list(TRUE))',
        '[1, "two", None, [True]]'
    )
    yield "empty map", {}, "setNames(list(), character(0))", "{}"
    yield "named list keeps its order", {"b": 1, "a": 2}, "list(b = 1L, a = 2L)", '{"b": 1, "a": 2}'
    yield (
        "named list of vectors", {"x": float64(1.0, 2.0), "y": text("u", "v")},
        'list(x = c(1, 2), y = c("u", "v"))', '{"x": [1.0, 2.0], "y": ["u", "v"]}'
    )
    yield (
        "list with a factor in it", [factor(int32(0), text("a"))], 'list(factor("a"))',
        "[Categorical]"
    )
    yield (
        "nested lists", {"a": {"b": [{"c": None}]}}, "list(a = list(b = list(list(c = NULL))))",
        '{"a": {"b": [{"c": None}]}}'
    )


def shaped():
    yield (
        "named vector", plain(float64(1.0, 2.0), names=text("a", "b")), "c(a = 1, b = 2)",
        "pandas.Series"
    )
    yield (
        "named vector with a missing name", plain(int32(1, 2), names=text("a", None)),
        'setNames(1:2, c("a", NA))', "pandas.Series"
    )
    yield (
        "names as an array", plain(int32(1, 2), names=["a", "b"]), "c(a = 1L, b = 2L)",
        "pandas.Series"
    )
    yield (
        "list with a name twice", plain([1, 2], names=text("a", "a")), "list(a = 1L, a = 2L)",
        "[('a', 1), ('a', 2)]"
    )
    yield (
        "list with some names", plain([1, 2], names=text("a", "")), "list(a = 1L, 2L)",
        "[('a', 1), ('', 2)]"
    )
    yield (
        "matrix, column by column", plain(int32(1, 2, 3, 4, 5, 6), dim=int32(2, 3)),
        "matrix(1:6, 2)", "numpy array of shape (2, 3), order F"
    )
    yield (
        "matrix with dimnames",
        plain(float64(1.0, 2.0, 3.0, 4.0), dim=int32(2, 2), dimnames=[text("r1", "r2"), text("c1", "c2")]),
        'matrix(c(1, 2, 3, 4), 2, dimnames = list(c("r1", "r2"), c("c1", "c2")))',
        "numpy array and its names"
    )
    yield (
        "matrix with names for its columns only",
        plain(logical(True, None), dim=int32(1, 2), dimnames=[None, text("x", "y")]),
        'matrix(c(TRUE, NA), 1, dimnames = list(NULL, c("x", "y")))', "numpy array and its names"
    )
    yield (
        "matrix with named dimensions",
        plain(int32(3, 1, 0, 2), dim=int32(2, 2), dimnames={"sex": text("f", "m"), "won": text("no", "yes")}),
        "a contingency table's counts", "numpy array and its names"
    )
    yield (
        "array of three dimensions", plain(text(*"abcdefgh"), dim=int32(2, 2, 2)),
        "array(letters[1:8], c(2, 2, 2))", "numpy array of shape (2, 2, 2), order F"
    )
    yield (
        "matrix without rows", plain(float64(), dim=int32(0, 3)), "matrix(0, 0, 3)",
        "numpy array of shape (0, 3)"
    )
    yield (
        "list with dimensions", plain([1, "a"], dim=int32(1, 2)), 'matrix(list(1L, "a"), 1)',
        "nested list"
    )
    yield (
        "dim as an array", plain(int32(1, 2), dim=[2, 1]), "matrix(1:2, 2)",
        "numpy array of shape (2, 1)"
    )


def tables():
    yield (
        "table", table([int32(1, 2), text("a", None)], text("id", "name"), 2),
        'data.frame(id = 1:2, name = c("a", NA))', "pandas.DataFrame"
    )
    yield (
        "table without columns", table([], text(), 3), "data.frame(row.names = 1:3)",
        "pandas.DataFrame of 3 rows"
    )
    yield (
        "table without rows", table([float64(), text()], text("x", "y"), 0),
        "data.frame(x = numeric(0), y = character(0))", "empty pandas.DataFrame"
    )
    yield (
        "table with a column name twice", table([int32(1), int32(2)], text("a", "a"), 1),
        "data.frame(a = 1L, a = 2L, check.names = FALSE)", "pandas.DataFrame"
    )
    yield (
        "table with row names",
        table([float64(21.0, 22.8)], text("mpg"), 2, row_names=text("Mazda", "Datsun")),
        'data.frame(mpg = c(21, 22.8), row.names = c("Mazda", "Datsun"))',
        "pandas.DataFrame with an index"
    )
    yield (
        "table with numbered rows",
        table([logical(True, False)], text("ok"), 2, row_names=int32(10, 20)),
        "data.frame(ok = c(TRUE, FALSE), row.names = c(10L, 20L))", "pandas.DataFrame with an index"
    )
    yield "table with a factor, a date and a time", table(
        [factor(int32(1, 0), text("lo", "hi"), ordered=True), Annotated("date", float64(19000.0, None)),
         datetime(float64(0.0, 1.5), "UTC")], text("grade", "day", "at"), 2), (
        "data.frame with columns of these classes"), "pandas.DataFrame"  # fmt: skip
    yield (
        "table with a list column", table([[1, "two"]], text("any"), 2),
        'data.frame(any = I(list(1L, "two")))', "pandas.DataFrame with an object column"
    )
    yield (
        "table with a column of named elements",
        table([plain(int32(1, 2), names=text("p", "q"))], text("x"), 2),
        "data.frame(x = c(p = 1L, q = 2L))", "pandas.DataFrame"
    )


def annotated():
    levels = text("no", "yes")
    yield (
        "factor", factor(int32(1, 0, None), levels, ordered=False),
        'factor(c("yes", "no", NA), levels = c("no", "yes"))', "pandas.Categorical"
    )
    yield (
        "factor without `ordered`", factor(int32(0), levels),
        'factor("no", levels = c("no", "yes"))', "pandas.Categorical"
    )
    yield (
        "factor with its levels in an array", factor(int32(1), ["no", "yes"]),
        'factor("yes", levels = c("no", "yes"))', "pandas.Categorical"
    )
    yield (
        "ordered factor", factor(int32(0, 1), levels, ordered=True), 'ordered(c("no", "yes"))',
        "pandas.Categorical(ordered=True)"
    )
    yield "factor without levels", factor(int32(None), text()), "factor(NA)", "pandas.Categorical"
    yield (
        "factor without elements", factor(int32(), levels),
        'factor(character(0), levels = c("no", "yes"))', "pandas.Categorical"
    )
    yield (
        "factor with names", factor(int32(1), levels, names=text("a")), 'factor with names "a"',
        "pandas.Series"
    )
    yield (
        "date", Annotated("date", float64(0.0)), 'as.Date("1970-01-01")',
        "[datetime.date(1970, 1, 1)]"
    )
    yield (
        "date as a scalar", Annotated("date", 19358), 'as.Date("2023-01-01")',
        "datetime.date(2023, 1, 1)"
    )
    yield (
        "dates in int32", Annotated("date", int32(-1, None)), 'as.Date(c("1969-12-31", NA))',
        "[date(1969, 12, 31), None]"
    )
    yield "missing date", Annotated("date", Missing(FLOAT64)), "as.Date(NA)", "None"
    yield (
        "datetime in UTC", datetime(float64(1700000000.25), "UTC"),
        'as.POSIXct(1700000000.25, tz = "UTC")', "[datetime(…, tzinfo=UTC)]"
    )
    yield (
        "datetime in a zone", datetime(float64(1700000000.0, None), "Europe/Oslo"),
        'as.POSIXct(c(1700000000, NA), tz = "Europe/Oslo")',
        '[datetime(…, tzinfo=ZoneInfo("Europe/Oslo")), None]'
    )
    yield (
        "datetime without a zone", datetime(float64(0.0), None), "as.POSIXct(0)",
        "[datetime(…) in local time]"
    )
    yield (
        "datetime as a scalar", datetime(-0.5, "UTC"), 'as.POSIXct(-0.5, tz = "UTC")',
        "datetime(1969, 12, 31, 23, 59, 59, 500000, UTC)"
    )
    yield (
        "duration", Annotated("duration", float64(90.0, None)),
        'as.difftime(c(90, NA), units = "secs")', "[timedelta(seconds=90), None]"
    )
    yield (
        "duration as a scalar", Annotated("duration", -1.5), 'as.difftime(-1.5, units = "secs")',
        "timedelta(seconds=-1.5)"
    )
    yield (
        "big integer", Annotated("integer", "123456789012345678901234567890"),
        "text of class integer", "123456789012345678901234567890"
    )
    yield (
        "big negative integer", Annotated("integer", "-18446744073709551616"),
        "text of class integer", "-(2**64)"
    )
    yield (
        "big integers", Annotated("integer", text("0", None, "-1")), "text vector of class integer",
        "[0, None, -1]"
    )
    yield (
        "media", Annotated("media", {"image/png": b"\x89PNG\r\n", "text/plain": "a plot"}),
        "list of MIME types", "brig.Media"
    )
    yield "opaque", Opaque(["function"], "function (x) x + 1"), "a function", "brig.Opaque"
    yield "opaque without class", Opaque([], "<pointer>"), "an external pointer", "brig.Opaque"
    yield (
        "opaque in a list", {"model": Opaque(["lm"], "Call: lm(y ~ x)")}, "list(model = lm(y ~ x))",
        '{"model": brig.Opaque}'
    )
    yield (
        "a kind of a later version is data", Annotated("novel", int32(1), {"any": True}),
        "list(kind, base, attributes)", "brig.Annotated"
    )
    yield "an attribute of a later version is data", plain(int32(1), novel="x"), "1L", "[1]"
    yield "an ext of a later version is data", Ext(77, b"\x01\x02\x03"), "opaque", "brig.Ext"


def is_well_encoded(data):
    try:
        read(data)
    except Malformed:
        return False
    return True


def accepted_row(group, name, value, r, python):
    data = encode(value)
    back = read(data)
    validate(back)
    return {"name": name, "group": group, "bytes": data, "notation": notation(back), "r": r, "python": python}


def refused_row(name, value):
    """layer: `encoding` is seen without looking at meaning, `meaning` only by who rebuilds it."""
    data = encode(value)
    layer = "meaning" if is_well_encoded(data) else "encoding"
    if layer == "meaning":
        try:
            validate(read(data))
            raise AssertionError(f"{name}: not refused")
        except Malformed:
            pass
    return {"name": name, "bytes": data, "layer": layer, "status": "malformed"}


def build():
    groups = (scalars, vectors, containers, shaped, tables, annotated)
    accepted = [accepted_row(g.__name__, *row) for g in groups for row in g()]
    encoding = [refused_row(*row) for row in bad_ext()]
    meaning = [refused_row(*row) for row in bad_meaning()]
    assert {row["layer"] for row in encoding} == {"encoding"}
    assert {row["layer"] for row in meaning} == {"meaning"}
    return {"accepted": accepted, "refused": encoding + meaning}
