/* SPDX-License-Identifier: MIT */
/* Plain and printed forms of values (spec 7.2, 14.1). */
#include "plain.h"

#include <stdio.h>

#include <check.h>

#include "argument.h"
#include "json.h"
#include "printed.h"

enum { BUFFER_BYTES = 4096 };

typedef struct form_case {
    const char *name;
    const char *value; /* MessagePack as hexadecimal digits */
    const char *plain; /* JSON */
} form_case;

static const form_case cases[] = {
    {"nil", "c0", "null"},
    {"a float64", "cb3ff8000000000000", "1.5"},
    {"a missing scalar", "d40204", "null"},
    {"a logical vector", "d60101000102", "[false, true, null]"},
    {"an int32 vector", "c7090102 01000000 00000080", "[1, null]"},
    {"a vector of one element", "c7050102 01000000", "1"},
    {"an empty vector", "d40102", "[]"},
    {"an int64 vector", "c7110103 0100000000000000 0000000000000080", "[1, null]"},
    {"a float64 vector", "c7110104 000000000000f83f a20700000000f07f", "[1.5, null]"},
    {"text, one missing", "c70e01060200000001000000ffffffff61", "[\"a\", null]"},
    {"a complex number", "c7110105 000000000000f83f 0000000000000000",
     "\"=c7110105000000000000f83f0000000000000000\""},
    {"a vector with names", "c71f0393a5706c61696ec7090102010000000200000081a56e616d657392a161a162",
     "{\"a\": 1, \"b\": 2}"},
    {"a vector with a name twice",
     "c71f0393a5706c61696ec7090102010000000200000081a56e616d657392a161a161", "[1, 2]"},
    {"a matrix is its rows", "c7140393a5706c61696e940102030481a364696d920202", "[[1, 3], [2, 4]]"},
    {"a factor", "c7210393a6666163746f72c7090102010000000000008081a66c6576656c7392a161a162",
     "[\"b\", null]"},
    {"a date", "c70a0393a464617465cd4e9680", "\"2025-01-30\""},
    {"a date before 1970", "d70393a464617465ff80", "\"1969-12-31\""},
    {"a leap day", "c70a0393a464617465cd2b0880", "\"2000-02-29\""},
    {"a datetime", "c7140393a86461746574696d65cb3ff800000000000080",
     "\"1970-01-01T00:00:01.500000Z\""},
    {"a duration", "c7140393a86475726174696f6ecb3ff800000000000080", "1.5"},
    {"a big integer", "c70d0393a7696e7465676572a2393980", "\"99\""},
    {"a table of one row",
     "c7240393a57461626c65929101c70501020000008082a56e616d657392a161a162a4726f777301",
     "{\"a\": [1], \"b\": [null]}"},
    {"a table with a name twice",
     "c7290393a57461626c6592c7090102010000000200000092030482a56e616d657392a161a161a4726f777302",
     "[[1, 2], [3, 4]]"},
    {"a map with a vector", "81a161c70901020100000000000080", "{\"a\": [1, null]}"},
    {"an unknown kind is its base", "c7050393a1780780", "7"},
    {"what has no form is its text", "c7110482a5636c61737391a166a474657874a178", "\"x\""},
    {"an unknown ext", "d40901", "\"=d40901\""},
};

/* Written as a program would: `=` and digits, or JSON. */
static brig_span read_value(conf_arena *arena, const char *prefix, const char *text)
{
    static const conf_parameter value = {CONF_VALUE, NULL};
    char written[BUFFER_BYTES];
    conf_argument argument = {0};

    (void)snprintf(written, sizeof(written), "%s%s", prefix, text);
    const brig_span kept = conf_arena_copy(arena, brig_span_text(written));
    CHECK(conf_argument_read(arena, &value, kept, &argument), "%s", written);
    return argument.octets;
}

static void check_case(const form_case *of)
{
    conf_arena arena = {NULL};
    brig_buffer plain;
    brig_buffer shown;

    brig_buffer_init(&plain, BUFFER_BYTES);
    brig_buffer_init(&shown, BUFFER_BYTES);
    conf_plain_pack(read_value(&arena, "=", of->value), &plain);
    conf_printed_append(brig_buffer_span(&plain), BUFFER_BYTES, &shown);
    CHECK(brig_span_equal(brig_buffer_span(&plain), read_value(&arena, "", of->plain)), "%s: %.*s",
          of->name, (int)shown.len, (const char *)shown.data);
    brig_buffer_done(&shown);
    brig_buffer_done(&plain);
    conf_arena_done(&arena);
}

static void test_printed(void)
{
    const struct {
        const char *value;
        size_t most;
        const char *printed;
    } printed[] = {
        {"a3616263", 9, "abc"}, {"a3616263", 2, "ab"}, {"a361c3a4", 2, "a"}, {"9101", 9, "=9101"},
        {"9101", 4, "=91"},     {"c1", 9, "=c1"},      {"c1", 0, ""},
    };

    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
        conf_arena arena = {NULL};
        brig_buffer text;

        brig_buffer_init(&text, BUFFER_BYTES);
        conf_printed_append(read_value(&arena, "=", printed[i].value), printed[i].most, &text);
        CHECK(brig_span_is(brig_buffer_span(&text), printed[i].printed), "%s", printed[i].value);
        brig_buffer_done(&text);
        conf_arena_done(&arena);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
    test_printed();
    return 0;
}
