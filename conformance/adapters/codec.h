/* SPDX-License-Identifier: MIT */
/* The requests of conformance/README.md, "A codec", answered by libproto. */
#ifndef BRIG_CONFORMANCE_CODEC_H
#define BRIG_CONFORMANCE_CODEC_H

#include <brig/span.h>
#include <brig/status.h>

#include <jansson.h>

/*
 * Each gives the answer, the caller's reference, or NULL if the request is not one: a key is
 * missing or of another type, or memory is short.
 */
json_t *codec_stream(const json_t *request);
json_t *codec_key(const json_t *request);
json_t *codec_message(const json_t *request);
json_t *codec_value(const json_t *request);
json_t *codec_tool(const json_t *request);
json_t *codec_arguments(const json_t *request);
json_t *codec_call(const json_t *request);

/*
 * The octets of a hexadecimal text, in memory of exactly their length, so that a reader which goes
 * beyond them is found out. The caller frees ret_octets->data. False: it is no such text.
 */
bool codec_octets(const json_t *text, brig_room *ret_octets);
brig_span codec_span(brig_room octets);
json_t *codec_hex(brig_span octets);

/* "ok", "malformed", "too_large", or the name of another status. */
const char *codec_status(brig_status status);

#endif
