/* SPDX-License-Identifier: MIT */
/* Parsing and top-level evaluation as R's own console does them (spec 7.3, brig.eval). */
#include "r_program.h"

#include <brig/message.h>
#include <brig/pack.h>

#include "r_support.h"
#include "r_text.h"

enum { PLACE_BYTES = 64 };

static struct {
    bool is_unparsed;
    brig_buffer reason;
    brig_buffer place;
    SEXP internal; /* .Internal itself, out of reach for the code's variables */
    SEXP with_visible;
    SEXP parsed; /* list of one: the text that is being parsed, so that C needs no tryCatch() */
} program;

void r_program_start(void)
{
    brig_buffer_init(&program.reason, BRIG_LIMIT_ERROR_MESSAGE_BYTES);
    brig_buffer_init(&program.place, PLACE_BYTES);
    program.internal = Rf_findFun(Rf_install(".Internal"), R_BaseEnv);
    R_PreserveObject(program.internal);
    program.with_visible = Rf_install("withVisible");
    R_unLockBinding(R_LastvalueSymbol, R_BaseEnv); /* R's console writes it past the lock */
    program.parsed = Rf_allocVector(VECSXP, 1);
    R_PreserveObject(program.parsed);
}

void r_program_reset(void)
{
    program.is_unparsed = false;
    SET_VECTOR_ELT(program.parsed, 0, R_NilValue);
}

bool r_program_is_unparsed(void)
{
    return program.is_unparsed;
}

brig_span r_program_reason(void)
{
    return brig_buffer_span(&program.reason);
}

brig_span r_program_place(void)
{
    return brig_buffer_span(&program.place);
}

static void record_place(brig_span reason, int line, int column)
{
    brig_buffer_clear(&program.reason);
    brig_text_clean(reason, BRIG_LIMIT_ERROR_MESSAGE_BYTES, &program.reason);
    brig_buffer_clear(&program.place);
    brig_pack_map(&program.place, 2);
    brig_pack_key_uint(&program.place, "line", (uint64_t)line);
    brig_pack_key_uint(&program.place, "column", (uint64_t)column);
    program.is_unparsed = true;
}

/* R's C parser keeps the column to itself; its R function tells it in the error's text. */
static void fail(SEXP text)
{
    SEXP failure = PROTECT(r_support_call("parse_failure", text, NULL));
    SEXP place = VECTOR_ELT(failure, 1);

    record_place(r_text_element(VECTOR_ELT(failure, 0), 0), INTEGER_ELT(place, 0),
                 INTEGER_ELT(place, 1));
    UNPROTECT(1);
    (void)r_support_call("give_up", R_NilValue, NULL);
}

/* The parser itself may jump, as at a wrong escape in a text: r_program_explain() comes after. */
SEXP r_program_parse(brig_span code)
{
    ParseStatus status = PARSE_NULL;
    SEXP string = PROTECT(r_text_new(code));
    SEXP text;
    SEXP expressions;

    if (string == R_NilValue) {
        record_place(brig_span_text("the code holds U+0000, which R cannot"), 1, 1);
        (void)r_support_call("give_up", R_NilValue, NULL);
    }
    text = PROTECT(Rf_ScalarString(string));
    SET_VECTOR_ELT(program.parsed, 0, text);
    expressions = PROTECT(R_ParseVector(text, -1, &status, R_NilValue));
    SET_VECTOR_ELT(program.parsed, 0, R_NilValue);
    if (status != PARSE_OK)
        fail(text);
    UNPROTECT(3);
    return expressions;
}

bool r_program_is_parsing(void)
{
    return VECTOR_ELT(program.parsed, 0) != R_NilValue;
}

void r_program_explain(void *data)
{
    SEXP text = PROTECT(VECTOR_ELT(program.parsed, 0));

    (void)data;
    SET_VECTOR_ELT(program.parsed, 0, R_NilValue);
    fail(text);
    UNPROTECT(1);
}

SEXP r_program_eval(SEXP expression, bool *ret_is_visible)
{
    SEXP inner = PROTECT(Rf_lang2(program.with_visible, expression));
    SEXP call = PROTECT(Rf_lang2(program.internal, inner));
    SEXP pair = PROTECT(Rf_eval(call, R_GlobalEnv));

    *ret_is_visible = LOGICAL_ELT(VECTOR_ELT(pair, 1), 0) != 0;
    Rf_defineVar(R_LastvalueSymbol, VECTOR_ELT(pair, 0), R_BaseEnv);
    UNPROTECT(3);
    return VECTOR_ELT(pair, 0);
}
