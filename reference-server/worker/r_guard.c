/* SPDX-License-Identifier: MIT */
/* Conditions of the code: which become events, which end it, and how that is told (spec 7.2, 8). */
#include "r_guard.h"

#include <brig/message.h>
#include <brig/pack.h>

#include "r_channel.h"
#include "r_console.h"
#include "r_support.h"
#include "r_text.h"

enum {
    CONDITION_BYTES = 64 * 1024, /* of one event or one ERROR's data */
    CALL_BYTES = 1024,
    MAX_CLASSES = 64,
    MAX_TRACEBACK = 64,
};

static struct {
    bool is_error;
    bool is_interrupt;
    brig_buffer message;
    brig_buffer data;
    brig_buffer event;
    brig_buffer text;
} record;

struct guarded {
    r_guard_kind kind;
    void (*body)(void *);
    void *data;
};

static void run_guarded(void *data)
{
    struct guarded *guarded = data;

    if (guarded->kind == R_GUARD_CODE)
        r_support_forget_error();
    r_support_install_handlers(guarded->kind == R_GUARD_CODE);
    guarded->body(guarded->data);
}

/* A text of the code's, cut to a bound. */
static void pack_bounded(brig_buffer *to, brig_span text, size_t limit_bytes)
{
    brig_buffer_clear(&record.text);
    brig_text_clean(text, limit_bytes, &record.text);
    brig_pack_text(to, brig_buffer_span(&record.text));
}

static void pack_texts(brig_buffer *to, SEXP texts, size_t most, size_t text_bytes)
{
    size_t count = TYPEOF(texts) == STRSXP ? (size_t)XLENGTH(texts) : 0;

    count = count < most ? count : most;
    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        pack_bounded(to, r_text_element(texts, (R_xlen_t)i), text_bytes);
}

static bool has_text(SEXP texts)
{
    return TYPEOF(texts) == STRSXP && XLENGTH(texts) > 0;
}

SEXP r_guard_on_message(SEXP kind, SEXP message, SEXP classes, SEXP call)
{
    const void *mark = vmaxget();
    bool has_call = has_text(call);

    if (!r_channel_takes_events())
        return Rf_ScalarLogical(FALSE);
    brig_buffer_clear(&record.event);
    brig_pack_map(&record.event, has_call ? 3 : 2);
    brig_pack_cstring(&record.event, "message");
    pack_bounded(&record.event, r_text_element(message, 0), BRIG_LIMIT_ERROR_MESSAGE_BYTES);
    brig_pack_cstring(&record.event, "classes");
    pack_texts(&record.event, classes, MAX_CLASSES, CALL_BYTES / 4);
    if (has_call) {
        brig_pack_cstring(&record.event, "call");
        pack_bounded(&record.event, r_text_element(call, 0), CALL_BYTES);
    }
    vmaxset(mark);
    r_console_flush();
    r_channel_event(CHAR(STRING_ELT(kind, 0)), brig_buffer_span(&record.event));
    r_channel_flush();
    return Rf_ScalarLogical(TRUE);
}

static void record_failure(brig_span message, SEXP classes, SEXP call, SEXP traceback)
{
    brig_buffer *data = &record.data;
    bool has_call = has_text(call);

    brig_buffer_clear(&record.message);
    brig_text_clean(message, BRIG_LIMIT_ERROR_MESSAGE_BYTES, &record.message);
    brig_buffer_clear(data);
    brig_pack_map(data, has_call ? 3 : 2);
    brig_pack_cstring(data, "classes");
    pack_texts(data, classes, MAX_CLASSES, CALL_BYTES / 4);
    if (has_call) {
        brig_pack_cstring(data, "call");
        pack_bounded(data, r_text_element(call, 0), CALL_BYTES);
    }
    brig_pack_cstring(data, "traceback");
    pack_texts(data, traceback, MAX_TRACEBACK, CALL_BYTES / 2);
    record.is_error = true;
}

SEXP r_guard_on_error(SEXP message, SEXP classes, SEXP call, SEXP traceback)
{
    const void *mark = vmaxget();

    record_failure(r_text_element(message, 0), classes, call, traceback);
    vmaxset(mark);
    return R_NilValue;
}

SEXP r_guard_on_interrupt(void)
{
    record.is_interrupt = true;
    return R_NilValue;
}

/*
 * R skips calling handlers when its C stack overflows, and after a jump to top level that the code
 * asks for nobody says anything. What is left is the text of R's own error buffer.
 */
static void record_unhandled(void)
{
    static const char *const overflow[] = {"CStackOverflowError", "stackOverflowError", "error",
                                           "condition"};
    static const char *const plain[] = {"error", "condition"};
    const char *text = R_curErrorBuf();
    bool is_overflow = strstr(text, "C stack usage") != NULL;
    const char *const *names = is_overflow ? overflow : plain;
    size_t count = is_overflow ? 4 : 2;
    size_t len;

    if (strncmp(text, "Error: ", strlen("Error: ")) == 0)
        text += strlen("Error: ");
    len = strlen(text);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    brig_span message = {(const uint8_t *)text, len};
    if (len == 0)
        message = brig_span_text("the code jumped to top level");
    brig_buffer_clear(&record.message);
    brig_text_clean(message, BRIG_LIMIT_ERROR_MESSAGE_BYTES, &record.message);
    brig_buffer_clear(&record.data);
    brig_pack_map(&record.data, 2);
    brig_pack_cstring(&record.data, "classes");
    brig_pack_array(&record.data, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_cstring(&record.data, names[i]);
    brig_pack_cstring(&record.data, "traceback");
    brig_pack_array(&record.data, 0);
}

r_outcome r_guard(r_guard_kind kind, void (*body)(void *), void *data)
{
    struct guarded guarded = {kind, body, data};

    record.is_error = false;
    record.is_interrupt = false;
    if (R_ToplevelExec(run_guarded, &guarded))
        return R_DONE;
    if (record.is_interrupt && !record.is_error)
        return R_INTERRUPTED;
    if (kind == R_GUARD_CODE && !record.is_error)
        record_unhandled();
    return R_FAILED;
}

r_outcome r_guard_aside(void (*body)(void *))
{
    return r_guard(R_GUARD_QUIET, body, NULL);
}

brig_span r_guard_message(void)
{
    return brig_buffer_span(&record.message);
}

brig_span r_guard_data(void)
{
    return brig_buffer_span(&record.data);
}

void r_guard_start(void)
{
    brig_buffer_init(&record.message, BRIG_LIMIT_ERROR_MESSAGE_BYTES);
    brig_buffer_init(&record.data, CONDITION_BYTES);
    brig_buffer_init(&record.event, CONDITION_BYTES);
    brig_buffer_init(&record.text, BRIG_LIMIT_ERROR_MESSAGE_BYTES);
}
