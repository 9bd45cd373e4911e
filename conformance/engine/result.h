/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_RESULT_H
#define BRIG_CONF_RESULT_H

#include <brig/value.h>

/*
 * The program's value as RESULT, in the form that the args of brig.eval or brig.call ask for
 * (spec 7.2); most_bytes is the session's limit.
 */
void conf_result_send(const brig_value *args, uint64_t most_bytes);
void conf_result_send_empty_map(void);

#endif
