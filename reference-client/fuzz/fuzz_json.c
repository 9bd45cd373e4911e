/* SPDX-License-Identifier: MIT */
/*
 * What a server sends, as `brig run --json` prints it: one line of ASCII that another reader takes
 * back unchanged, and in which no entry of a map and no element of an array is missing.
 */
#include "json_value.h"

#include <string.h>

#include <brig/message.h>
#include <check.h>

#include "generate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    OBJECT_BYTES = 65536,
    EXACT_DIGITS = 17,
};

/* Two keys that are not the same octets may look the same: what is not UTF-8 is refused before. */
static void compare(const brig_value *value, const json_t *json)
{
    CHECK(json != NULL, "nothing for a value");
    switch (value->kind) {
    case BRIG_NIL:
    case BRIG_MISSING:
        CHECK(json_is_null(json), "null");
        break;
    case BRIG_BOOL:
        CHECK(json_is_boolean(json) && json_boolean_value(json) == value->boolean, "a truth value");
        break;
    case BRIG_INT:
        CHECK(json_is_integer(json) && json_integer_value(json) == value->integer, "an integer");
        break;
    case BRIG_TEXT:
        CHECK(json_is_string(json) &&
                  brig_span_equal((brig_span){(const uint8_t *)json_string_value(json),
                                              json_string_length(json)},
                                  value->bytes),
              "a text");
        break;
    case BRIG_ARRAY:
        CHECK(json_array_size(json) == value->array.count, "elements");
        for (size_t i = 0; i < value->array.count; i++)
            compare(&value->array.items[i], json_array_get(json, i));
        break;
    case BRIG_MAP:
        CHECK(json_object_size(json) == value->map.count, "%zu entries of %zu",
              json_object_size(json), value->map.count);
        break;
    case BRIG_VECTOR:
        CHECK(json_array_size(json) == value->vector.count, "elements");
        break;
    default:
        break;
    }
}

static void print_and_read(json_t *json)
{
    json_error_t error;
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY |
                                      JSON_REAL_PRECISION(EXACT_DIGITS));

    CHECK(text != NULL, "cannot be printed");
    for (const char *at = text; *at != '\0'; at++)
        CHECK((unsigned char)*at >= ' ' && (unsigned char)*at <= 0x7f, "octet %02x", (unsigned)*at);
    json_t *again = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    /* NUL in a key is what jansson alone does not read back. */
    if (strstr(text, "\\u0000") == NULL) {
        CHECK(again != NULL, "%s: %s", error.text, text);
        CHECK(json_equal(json, again) == 1, "another value: %s", text);
    }
    json_decref(again);
    free(text);
}

static void check_value(brig_span bytes)
{
    brig_tree *tree = NULL;

    if (brig_tree_new(bytes, &tree) != BRIG_OK)
        return;
    json_t *json = brig_json_of(brig_tree_root(tree));
    compare(brig_tree_root(tree), json);
    print_and_read(json);
    json_decref(json);
    brig_tree_free(tree);
}

/* The first octet: the rest is a value's encoding, the script of one, or a text of a stranger. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct script script = {data, len};
    size_t choice = script_below(&script, 3);
    const brig_span rest = {script.at, script.left};
    brig_buffer bytes;

    if (choice == 0) {
        check_value(rest);
        return 0;
    }
    if (choice == 2) {
        json_t *text = brig_json_text(rest);

        CHECK(json_is_string(text), "a text");
        print_and_read(text);
        json_decref(text);
        return 0;
    }
    brig_buffer_init(&bytes, OBJECT_BYTES);
    generate_object(&script, &bytes, false);
    if (bytes.fault == BRIG_OK)
        check_value(brig_buffer_span(&bytes));
    brig_buffer_done(&bytes);
    return 0;
}
