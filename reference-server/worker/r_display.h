/* SPDX-License-Identifier: MIT */
#ifndef BRIG_R_DISPLAY_H
#define BRIG_R_DISPLAY_H

#include "r_api.h"

/*
 * Plots as display events. Code that draws without opening a device gets one of ours, which only
 * records; a page is drawn as PNG (and SVG, if that is small) when the next page begins, when its
 * device is closed, and when the code ends (spec 7.6).
 */

/* Watch for plots; once, in the template. warm_up draws and discards one. */
void r_display_start(void);
void r_display_warm_up(void);

/* Limits of one code call, after r_channel_set_most(), which bounds a display as well. */
void r_display_set_limits(uint64_t displays, uint64_t display_bytes, uint64_t display_pixels);

/* A code call begins: nothing has been displayed. */
void r_display_begin(void);

/* The code has ended: display what it drew. Within r_guard(). */
void r_display_flush(void);

/* quit(): finish the code's own graphics files. */
void r_display_end(void);

/* Natives of r_support_code.c. */
SEXP r_display_page_size(SEXP width, SEXP height);
SEXP r_display_adopt(void);
SEXP r_display_is_adopted(void);
SEXP r_display_page_ends(void);
SEXP r_display_replay(SEXP snapshot);

#endif
