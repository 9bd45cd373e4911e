/* SPDX-License-Identifier: MIT */
/*
 * brig_conformance_codec: what libproto makes of octets. Reads requests on standard input and
 * answers each on standard output: a length of 4 octets, big-endian, and that much JSON.
 */
#include "codec.h"

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

enum { REQUEST_BYTES = 256 * 1024 * 1024, LENGTH_BYTES = 4 };

static const struct {
    const char *name;
    json_t *(*answer)(const json_t *request);
} requests[] = {
    {"stream", codec_stream}, {"key", codec_key},   {"message", codec_message},
    {"value", codec_value},   {"tool", codec_tool}, {"arguments", codec_arguments},
    {"call", codec_call},
};

bool codec_octets(const json_t *text, brig_room *ret_octets)
{
    const char *hex = json_string_value(text);
    size_t digits = json_string_length(text);
    size_t len = 0;
    uint8_t *data;

    if (hex == NULL || digits % 2 != 0)
        return false;
    data = malloc(digits == 0 ? 1 : digits / 2);
    if (data == NULL || sodium_hex2bin(data, digits / 2, hex, digits, NULL, &len, NULL) != 0 ||
        len != digits / 2) {
        free(data);
        return false;
    }
    *ret_octets = (brig_room){data, len};
    return true;
}

brig_span codec_span(brig_room octets)
{
    return (brig_span){octets.data, octets.len};
}

json_t *codec_hex(brig_span octets)
{
    char *hex = malloc(2 * octets.len + 1);
    json_t *text;

    if (hex == NULL)
        return NULL;
    (void)sodium_bin2hex(hex, 2 * octets.len + 1, octets.data, octets.len);
    text = json_string(hex);
    free(hex);
    return text;
}

const char *codec_status(brig_status status)
{
    switch (status) {
    case BRIG_OK:
        return "ok";
    case BRIG_MALFORMED:
        return "malformed";
    case BRIG_TOO_LARGE:
        return "too_large";
    default:
        return brig_status_name(status);
    }
}

static json_t *answer_to(const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "do"));
    json_t *answer = NULL;

    for (size_t i = 0; name != NULL && i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (strcmp(name, requests[i].name) != 0)
            continue;
        answer = requests[i].answer(request);
        return answer == NULL ? json_pack("{s:s}", "error", "not a request of this kind") : answer;
    }
    return json_pack("{s:b}", "unsupported", 1);
}

static size_t length_of(const uint8_t octets[LENGTH_BYTES])
{
    return (size_t)octets[0] << 24 | (size_t)octets[1] << 16 | (size_t)octets[2] << 8 | octets[3];
}

/* False at the end of the input, or when it is no request; then *ret_ok says which. */
static bool read_request(json_t **ret_request, bool *ret_ok)
{
    uint8_t prefix[LENGTH_BYTES];
    size_t got = fread(prefix, 1, sizeof(prefix), stdin);
    size_t len = got == sizeof(prefix) ? length_of(prefix) : 0;
    char *text = len > 0 && len <= REQUEST_BYTES ? malloc(len) : NULL;

    *ret_request = NULL;
    *ret_ok = got == 0;
    if (text != NULL && fread(text, 1, len, stdin) == len)
        *ret_request = json_loadb(text, len, 0, NULL);
    free(text);
    return *ret_request != NULL;
}

static bool write_answer(const json_t *answer)
{
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    size_t len = text == NULL ? 0 : strlen(text);
    const uint8_t prefix[LENGTH_BYTES] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16),
                                          (uint8_t)(len >> 8), (uint8_t)len};
    bool ok = text != NULL && fwrite(prefix, 1, sizeof(prefix), stdout) == sizeof(prefix) &&
              fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0;

    free(text);
    return ok;
}

int main(void)
{
    json_t *request;
    bool ok = sodium_init() >= 0;

    while (ok && read_request(&request, &ok)) {
        json_t *answer = answer_to(request);

        ok = write_answer(answer);
        json_decref(answer);
        json_decref(request);
    }
    if (!ok)
        (void)fputs("brig_conformance_codec: not a request, or its answer cannot be written\n",
                    stderr);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
