/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_RESULT_H
#define BRIG_R_RESULT_H

#include <brig/value.h>

#include "r_api.h"

/* The value of a code call, in the form that was asked for (spec 7.2, "The value"). */
struct r_result_form {
    enum { R_VALUE_NONE, R_VALUE_TEXT, R_VALUE_PLAIN, R_VALUE_FULL } form;
    size_t value_bytes;
};

/* From the args of brig.eval or brig.call; the session's limit is the upper bound. */
struct r_result_form r_result_form_of(const brig_value *args, uint64_t value_bytes);

/* Hold the value until it is sent. R_NilValue lets go. */
void r_result_keep(SEXP value);

/*
 * Encode and send what is kept as the call's RESULT. Code that ran to its end always gets one:
 * what does not fit, or has no portable form, becomes an ext 4.
 */
void r_result_send(const struct r_result_form *form, unsigned is_visible);

/* RESULT {} of brig.open and brig.define. */
void r_result_send_empty_map(void);

/* Memory; once, in the template. */
void r_result_start(void);

#endif
