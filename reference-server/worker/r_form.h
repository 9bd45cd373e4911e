/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_FORM_H
#define BRIG_R_FORM_H

#include "r_encode.h"

/* The forms of a value that need R's own words for it: plain and printed (spec 7.2, 9.6). */

/* An encoder whose opaque values are printed by R. */
struct r_encoder r_form_encoder(brig_buffer *to);

/* Without any ext (spec 7.2, `plain`); what is not data becomes its printed text. */
void r_form_plain(struct r_encoder *encoder, SEXP value);

/* ext 4: class names, and the printed form of at most text_bytes. */
void r_form_opaque(brig_buffer *to, SEXP value, size_t text_bytes);
/*
 * The printed form, to the end of a buffer as far as its limit allows, of at most max_entries
 * elements (0: as the code has set it). Returns whether all of it was kept.
 */
bool r_form_printed(brig_buffer *to, SEXP value, int max_entries);

enum { R_BRIEF_ENTRIES = 1000 };

#endif
