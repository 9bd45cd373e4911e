/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_RUN_H
#define BRIG_CONF_RUN_H

#include "verb.h"

/* Running lines that were read (program.h). */

conf_flow conf_run_line(const conf_line *line);
/* One line after another, until one does not go on. */
conf_flow conf_run_lines(const conf_line *first);

/* The octets of a CONF_VALUE: what was written, or what the variable holds. Else raises. */
conf_flow conf_run_value(const conf_argument *argument, brig_span *ret_value);

/* Keep a line until the terminal has been sent; then run what was kept, or forget it. */
void conf_run_later(const conf_line *line);
void conf_run_kept(void);
void conf_run_forget(void);

#endif
