# SPDX-License-Identifier: MIT
"""Values with one defect each (spec 9), for values.json."""
from .pack import (Annotated, Raw, datetime, factor, float64, int32, int64, pack_ext, plain, table,
                   text)  # fmt: skip


def bad_ext():
    """Refused by the check of the encoding already."""
    exts = [
        ("vector without a type", 1, ""),
        ("vector of type 0", 1, "00"),
        ("vector of type 7", 1, "0700"),
        ("logical with the octet 3", 1, "010003"),
        ("logical with the octet ff", 1, "01ff"),
        ("int32 of 3 octets", 1, "02000000"),
        ("int32 of 5 octets", 1, "020000000000"),
        ("int64 of 4 octets", 1, "0300000000"),
        ("float64 of 7 octets", 1, "0400000000000000"),
        ("complex of 8 octets", 1, "050000000000000000"),
        ("text without a count", 1, "06"),
        ("text with half a count", 1, "060100"),
        ("text with more elements than octets", 1, "06ffffffff"),
        ("text with a length missing", 1, "060200000000000000"),
        ("text longer than its octets", 1, "06010000000200000061"),
        ("text shorter than its octets", 1, "060100000001000000616263"),
        ("text with the length fffffffe", 1, "0601000000feffffff"),
        ("text that is not UTF-8", 1, "060100000001000000ff"),
        ("text with a code point cut by an element's end", 1, "06020000000100000001000000c3a9"),
        ("missing without a type", 2, ""),
        ("missing of type 0", 2, "00"),
        ("missing of type 7", 2, "07"),
        ("missing with two octets", 2, "0404"),
        ("annotated without an inside", 3, ""),
        ("annotated around a map", 3, "80"),
        ("annotated around its parts without an array", 3, "c0a5706c61696e0180"),
        ("annotated of three objects that say they are two", 3, "92a5706c61696e0180"),
        ("annotated of three objects that say they are four", 3, "94a5706c61696e0180"),
        ("annotated of two elements", 3, "92a5706c61696e01"),
        ("annotated of four elements", 3, "94a5706c61696e018001"),
        ("annotated with a kind that is not a text", 3, "93010180"),
        ("annotated with attributes that are not a map", 3, "93a5706c61696e0190"),
        ("annotated with an octet left over", 3, "93a5706c61696e0180c0"),
        ("annotated with float32 inside", 3, "93a5706c61696eca3fc0000080"),
        ("annotated with a key twice", 3, "93a5706c61696e0182a161c0a161c0"),
        ("opaque without an inside", 4, ""),
        ("opaque around an array", 4, "90"),
        ("opaque of four objects in an array", 4, "92a5636c61737390a474657874a161"),
        ("opaque of two entries that say they are one", 4, "81a5636c61737390a474657874a161"),
        ("opaque of two entries that say they are three", 4, "83a5636c61737390a474657874a161"),
        ("opaque with a key that is bytes", 4, "82c405636c61737390a474657874a161"),
        ("opaque without class", 4, "81a474657874a161"),
        ("opaque without text", 4, "81a5636c61737390"),
        ("opaque with a class that is a text", 4, "82a5636c617373a161a474657874a161"),
        ("opaque with a class name that is nil", 4, "82a5636c61737391c0a474657874a161"),
        ("opaque with a text that is bytes", 4, "82a5636c61737390a474657874c40161"),
        ("opaque with a third key", 4, "83a5636c61737390a474657874a161a16bc0"),
        ("opaque with an octet left over", 4, "82a5636c61737390a474657874a161c0"),
    ]
    for name, type_, data in exts:
        yield name, Raw(pack_ext(type_, bytes.fromhex(data)))
    inside = bytes.fromhex("93a5706c61696e0181a16101")
    yield "annotated whose inside runs beyond its end", [Raw(pack_ext(3, inside[:-1])), 1]
    yield "annotated with the next element in its end", Raw(b"\x92" + pack_ext(3, inside + b"\x01"))
    yield "annotated around annotated", Annotated("plain", Annotated("date", int32(1)))


def bad_meaning():
    """Well encoded, but a receiver cannot rebuild it."""
    levels = text("a", "b")
    yield "more names than elements", plain(int32(1), names=levels)
    yield "fewer names than elements", plain(int32(1, 2, 3), names=levels)
    yield "names that are numbers", plain(int32(1), names=int32(1))
    yield "names that are one scalar", plain(int32(1), names="a")
    yield "names that are a map", plain(int32(1), names={"a": "b"})
    yield "names that are an array of nothing", plain(int32(1), names=[])
    yield "an array of names with a number", plain([1, 2], names=["a", 1])
    yield "dim whose product is too small", plain(int32(1, 2, 3), dim=int32(1, 2))
    yield "dim whose product is too large", plain(int32(1, 2, 3), dim=int32(2, 2))
    yield "dim whose product overflows", plain(int32(), dim=int64(2**32, 2**32))
    yield "dim with a negative extent", plain(int32(1), dim=int32(-1, -1))
    yield "dim with a missing extent", plain(int32(1), dim=int32(None))
    yield "dim as an array with a negative extent", plain(int32(1), dim=[-1, -1])
    yield "dim as an array of doubles", plain(int32(1), dim=[1.0])
    yield "dim that is a map", plain(int32(1), dim={"a": 1})
    yield "dim that is a scalar", plain(int32(1), dim=1)
    yield "dim of texts", plain(int32(1), dim=text("1"))
    yield "dim of doubles", plain(int32(1), dim=float64(1.0))
    yield "dimnames without dim", plain(int32(1), dimnames=[text("a")])
    yield (
        "dimnames for another number of dimensions",
        plain(int32(1), dim=int32(1, 1), dimnames=[text("a")])
    )
    yield "dimnames with too many names", plain(int32(1), dim=int32(1), dimnames=[levels])
    yield "dimnames that are a text", plain(int32(1), dim=int32(1), dimnames="a")
    yield (
        "table whose columns are a map",
        Annotated("table", {"a": int32(1)}, {"names": text("a"), "rows": 1})
    )
    yield "table without rows attribute", Annotated("table", [int32(1)], {"names": text("a")})
    yield "table without names", Annotated("table", [int32(1)], {"rows": 1})
    yield "table with rows below 0", table([], text(), -1)
    yield "table with rows as a double", table([int32(1)], text("a"), 1.0)
    yield "table with a short column", table([int32(1, 2), int32(1)], levels, 2)
    yield "table with a scalar column", table([1], text("a"), 1)
    yield "table with a text column that is no vector", table(["a"], text("a"), 1)
    yield "table with a table as column", table([table([int32(1)], text("a"), 1)], text("t"), 1)
    yield "table with media as column", table([Annotated("media", {})], text("t"), 0)
    yield (
        "table with a factor column of another length",
        table([factor(int32(0, 1), levels)], text("f"), 1)
    )
    yield "table with too few names", table([int32(1), int32(2)], text("a"), 1)
    yield "table with too few row names", table([int32(1, 2)], text("a"), 2, row_names=text("r"))
    yield "a table's column with a bad code", table([factor(int32(2), levels)], text("f"), 1)
    yield "factor with a code beyond its levels", factor(int32(0, 2), levels)
    yield "factor with a negative code", factor(int32(-1), levels)
    yield "factor without levels attribute", Annotated("factor", int32(0), {})
    yield "factor with a level twice", factor(int32(0), text("a", "a"))
    yield "factor with a level twice in an array", factor(int32(0), ["a", "b", "a"])
    yield "factor with a level that is nil", factor(int32(0), ["a", None])
    yield "factor with levels that are a map", factor(int32(0), {"a": "b"})
    yield "factor with a missing level", factor(int32(0), text("a", None))
    yield "factor with levels that are numbers", factor(int32(0), int32(1))
    yield "factor with codes as doubles", factor(float64(0.0), levels)
    yield "factor with a scalar code", factor(0, levels)
    yield "factor with `ordered` as a number", factor(int32(0), levels, ordered=1)
    yield "date that is a text", Annotated("date", "2023-01-01")
    yield "dates that are texts", Annotated("date", text("2023-01-01"))
    yield "datetime that is a text", datetime("now", "UTC")
    yield "datetimes in int32", datetime(int32(1), "UTC")
    yield "datetime with tz as a number", datetime(float64(0.0), 3600)
    yield "duration that is a text", Annotated("duration", "1h")
    yield "big integer with a leading zero", Annotated("integer", "007")
    yield "big integer with a plus sign", Annotated("integer", "+1")
    yield "big integer with a point", Annotated("integer", "1.5")
    yield "big integer without digits", Annotated("integer", "-")
    yield "big integer that is empty", Annotated("integer", "")
    yield "big integer that is a number", Annotated("integer", 1)
    yield "media that is a text", Annotated("media", "image/png")
    yield "media with a number in it", Annotated("media", {"image/png": 1})
    yield "an attribute that is annotated", plain(int32(1), novel=Annotated("date", int32(1)))
    yield "a defect deep inside a list", {"a": [factor(int32(9), levels)]}
