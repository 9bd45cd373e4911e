/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_STATEMENT_H
#define BRIG_SERVER_STATEMENT_H

#include <brig/buffer.h>
#include <brig/value.h>

#include "../sandbox/profile.h"

/*
 * The sandbox statement (spec 7.5) of one worker: what its shim measured, in the words of the
 * registry. BRIG_OK, or BRIG_UNAVAILABLE if fewer walls stand than the profile names: such a worker
 * must not run code. *ret_missing then names the first that is missing.
 */
brig_status brig_statement_pack(const brig_value *report, const brig_profile *profile,
                                unsigned template_uid, brig_buffer *to, const char **ret_missing);

#endif
