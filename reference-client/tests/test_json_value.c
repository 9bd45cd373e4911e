/* SPDX-License-Identifier: MIT */
/* Values of a server as JSON: nothing that was sent is missing in it. */
#include "json_value.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "check.h"

static const struct {
    const char *name;
    brig_span encoded;
    const char *json;
} cases[] = {
    {"a map keeps its keys",
     BYTES("\x82\xa1"
           "a\x01\xa1"
           "b\xc0"),
     "{\"a\":1,\"b\":null}"},
    {"keys that differ behind a NUL are two",
     BYTES("\x82\xa1"
           "a\x01\xa3"
           "a\x00"
           "b\x02"),
     "{\"a\":1,\"a\\u0000b\":2}"},
    {"a text keeps what is behind its NUL",
     BYTES("\xa3"
           "a\x00"
           "b"),
     "\"a\\u0000b\""},
    {"octets are base64", BYTES("\xc4\x02\x00\xff"), "{\"base64\":\"AP8=\"}"},
    {"a missing number is null", BYTES("\xd4\x02\x04"), "null"},
    {"a number that JSON does not have is its name", BYTES("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"),
     "\"Inf\""},
};

int main(void)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        brig_tree *tree = NULL;

        CHECK(brig_tree_new(cases[i].encoded, &tree) == BRIG_OK, "%s", cases[i].name);
        json_t *json = brig_json_of(brig_tree_root(tree));
        char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
        CHECK(text != NULL && strcmp(text, cases[i].json) == 0, "%s: %s", cases[i].name, text);
        free(text);
        json_decref(json);
        brig_tree_free(tree);
    }
    return EXIT_SUCCESS;
}
