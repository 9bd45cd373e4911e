/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_PLOTS_H
#define BRIG_CLI_PLOTS_H

#include <brig/value.h>

enum { PLOT_NAME_BYTES = 32 };

/*
 * Write each picture of a display (a map of MIME type to content) that is PNG or SVG into the
 * directory: plot-001.png, plot-001.svg and so on, above *number and never over a file that is
 * there. Names come from here, contents from the code. Each name that was written is given to
 * `each`; false, with errno, if one could not be.
 */
bool brig_plots_save(int directory, const brig_value *display, unsigned *number,
                     void (*each)(void *context, const char *name), void *context);

#endif
