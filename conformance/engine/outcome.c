/* SPDX-License-Identifier: MIT */
/* How a program ends (spec 14.1), and the ERRORs that say so. */
#include "outcome.h"

#include <errno.h>
#include <string.h>

#include <unistd.h>

#include <brig/pack.h>

#include "arena.h"
#include "link.h"

enum { VALUE_BYTES = 512 * 1024 * 1024, CLASS_BYTES = 256, RECORD_BYTES = 4 * 1024 * 1024 };

static const uint8_t nil[] = {0xc0};

static struct {
    brig_buffer value;
    bool is_visible;
    brig_buffer special;
    bool is_of_tool;
    brig_buffer data;
    brig_buffer text;
    brig_buffer line;
} outcome = {
    .value = {.limit = VALUE_BYTES},
    .special = {.limit = CLASS_BYTES},
    .data = {.limit = VALUE_BYTES},
    .text = {.limit = BRIG_LIMIT_ERROR_MESSAGE_BYTES},
    .line = {.limit = BRIG_LIMIT_ERROR_MESSAGE_BYTES},
};

static void replace(brig_buffer *buffer, brig_span octets)
{
    brig_buffer_clear(buffer);
    brig_buffer_append(buffer, octets);
    if (buffer->fault != BRIG_OK)
        _exit(CONF_EXIT_MEMORY);
}

static void replace_text(brig_buffer *buffer, brig_span text)
{
    brig_buffer_clear(buffer);
    brig_text_clean(text, buffer->limit, buffer);
    if (buffer->fault != BRIG_OK)
        _exit(CONF_EXIT_MEMORY);
}

conf_flow conf_return(brig_span value, bool is_visible)
{
    replace(&outcome.value, value);
    outcome.is_visible = is_visible;
    return CONF_RETURNED;
}

void conf_outcome_clear(void)
{
    (void)conf_return((brig_span){nil, sizeof(nil)}, false);
}

brig_span conf_outcome_value(void)
{
    return brig_buffer_span(&outcome.value);
}

bool conf_outcome_is_visible(void)
{
    return outcome.is_visible;
}

conf_flow conf_raise(brig_span special, brig_span text)
{
    replace_text(&outcome.special, special);
    outcome.is_of_tool = false;
    replace_text(&outcome.text, text);
    brig_buffer_clear(&outcome.line);
    return CONF_RAISED;
}

conf_flow conf_raise_tool(brig_span code, brig_span text, brig_span data)
{
    (void)conf_raise(code, text);
    outcome.is_of_tool = true;
    replace(&outcome.data, data);
    return CONF_RAISED;
}

conf_flow conf_raise_text(const char *special, const char *text)
{
    return conf_raise(brig_span_text(special), brig_span_text(text));
}

conf_flow conf_raise_errno(void)
{
    const int number = errno;
    const char *name = strerrorname_np(number);

    return conf_raise_text(name != NULL ? name : "system", strerror(number));
}

void conf_outcome_note_line(brig_span line)
{
    if (outcome.line.len == 0)
        replace_text(&outcome.line, line);
}

static void pack_classes(brig_buffer *to)
{
    brig_pack_array(to, outcome.is_of_tool ? 3 : 2);
    brig_pack_text(to, brig_buffer_span(&outcome.special));
    if (outcome.is_of_tool)
        brig_pack_cstring(to, "tool");
    brig_pack_cstring(to, "error");
}

void conf_outcome_pack_error(brig_buffer *to)
{
    brig_pack_map(to, outcome.is_of_tool ? 3 : 2);
    brig_pack_cstring(to, "classes");
    pack_classes(to);
    brig_pack_cstring(to, "message");
    brig_pack_text(to, brig_buffer_span(&outcome.text));
    if (!outcome.is_of_tool)
        return;
    brig_pack_cstring(to, "data");
    brig_pack_raw(to, brig_buffer_span(&outcome.data));
}

static void send_terminal(brig_error_code code, brig_span text, brig_span data)
{
    brig_message error = {.type = BRIG_MESSAGE_ERROR,
                          .name = brig_span_text(brig_error_name(code)),
                          .text = text,
                          .body = data};

    conf_link_send(&error);
}

void conf_send_error(void)
{
    const brig_span line = brig_buffer_span(&outcome.line);
    brig_buffer data;

    brig_buffer_init(&data, RECORD_BYTES);
    brig_pack_map(&data, 3);
    brig_pack_cstring(&data, "classes");
    pack_classes(&data);
    brig_pack_cstring(&data, "call");
    brig_pack_text(&data, line);
    brig_pack_cstring(&data, "traceback");
    brig_pack_array(&data, 1);
    brig_pack_text(&data, line);
    send_terminal(BRIG_ERROR_RUNTIME, brig_buffer_span(&outcome.text), brig_buffer_span(&data));
    brig_buffer_done(&data);
}

void conf_send_cancelled(void)
{
    send_terminal(BRIG_ERROR_CANCELLED, brig_span_text("interrupted"), (brig_span){NULL, 0});
}

void conf_send_parse(size_t line, size_t column, const char *text)
{
    brig_buffer data;

    brig_buffer_init(&data, RECORD_BYTES);
    brig_pack_map(&data, 2);
    brig_pack_key_uint(&data, "line", line);
    brig_pack_key_uint(&data, "column", column);
    send_terminal(BRIG_ERROR_PARSE, brig_span_text(text), brig_buffer_span(&data));
    brig_buffer_done(&data);
}

void conf_send_bad_arguments(const char *path, const char *text)
{
    brig_buffer data;

    brig_buffer_init(&data, RECORD_BYTES);
    brig_pack_map(&data, 1);
    brig_pack_key_text(&data, "path", path);
    send_terminal(BRIG_ERROR_BAD_ARGUMENTS, brig_span_text(text), brig_buffer_span(&data));
    brig_buffer_done(&data);
}
