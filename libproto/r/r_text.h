/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_TEXT_H
#define BRIG_R_TEXT_H

#include <brig/value.h>

#include "r_api.h"

/*
 * R's text as UTF-8, whatever its declared encoding; bytes that are not text become \xNN. .data is
 * NULL for NA. Lives in R's transient memory: until vmaxset(), or as long as the string does.
 */
brig_span r_text(SEXP charsxp);

/* The text of element i of a character vector, "" if that is NA. */
brig_span r_text_element(SEXP texts, R_xlen_t i);

/*
 * An R string of UTF-8 bytes. Returns R_NilValue if they hold U+0000, which R cannot.
 */
SEXP r_text_new(brig_span text);

#endif
