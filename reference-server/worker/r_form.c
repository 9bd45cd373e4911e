/* SPDX-License-Identifier: MIT */
/* The printed form of values, and ext 4 for those that have no other (spec 9.6). */
#include "r_form.h"

#include <brig/message.h>
#include <brig/pack.h>

#include "r_console.h"
#include "r_guard.h"
#include "r_support.h"
#include "r_text.h"

enum { MAX_CLASSES = 64, OPAQUE_TEXT_BYTES = 16 * 1024 };

struct printing {
    SEXP value;
    int max_entries;
};

static void print_value(void *data)
{
    const struct printing *printing = data;

    r_support_print(printing->value, printing->max_entries);
}

bool r_form_printed(brig_buffer *to, SEXP value, int max_entries)
{
    struct printing printing = {value, max_entries};
    size_t room = to->limit - to->len;
    SEXP owner = PROTECT(r_support_buffer_new(room));
    brig_buffer *raw = r_support_buffer(owner);
    brig_buffer *before = r_console_capture(raw);
    bool is_whole;

    /* Printing may be the code's own method: what it managed to print has to do. */
    if (r_guard(R_GUARD_QUIET, print_value, &printing) == R_INTERRUPTED)
        R_interrupts_pending = 1;
    (void)r_console_capture(before);
    is_whole = raw->len < room;
    brig_text_clean(brig_buffer_span(raw), room, to);
    r_support_buffer_free(owner);
    UNPROTECT(1);
    return is_whole;
}

void r_form_opaque(brig_buffer *to, SEXP value, size_t text_bytes)
{
    const void *mark = vmaxget();
    SEXP classes = PROTECT(r_support_class(value));
    SEXP owner = PROTECT(r_support_buffer_new(text_bytes));
    brig_buffer *text = r_support_buffer(owner);
    brig_span names[MAX_CLASSES];
    size_t count = 0;

    for (; count < (size_t)Rf_xlength(classes) && count < MAX_CLASSES; count++)
        names[count] = r_text_element(classes, (R_xlen_t)count);
    (void)r_form_printed(text, value, R_BRIEF_ENTRIES);
    brig_pack_opaque(to, names, count, brig_buffer_span(text));
    r_support_buffer_free(owner);
    vmaxset(mark);
    UNPROTECT(2);
}

static void encode_opaque(struct r_encoder *encoder, SEXP object)
{
    r_form_opaque(encoder->to, object, OPAQUE_TEXT_BYTES);
}

struct r_encoder r_form_encoder(brig_buffer *to)
{
    return r_encoder_to(to, encode_opaque);
}
