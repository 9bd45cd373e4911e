/* SPDX-License-Identifier: MIT */
#ifndef BRIG_FUZZ_FAKE_TEMPLATE_H
#define BRIG_FUZZ_FAKE_TEMPLATE_H

#include "template.h"

/*
 * Templates without processes: they keep what is asked of them until the fuzzer answers. They
 * define what template.h declares, so that template.c is not linked.
 */

/* A request without an answer, or NULL; .packet holds its args, .fds are the asker's. */
brig_start_request *fake_template_oldest(void);

/* Answer it: a session with this descriptor for its life, or a failure. */
void fake_template_start(brig_start_request *request, int pidfd);
void fake_template_fail(brig_start_request *request, const char *why);

/* The next template is not to be had. */
void fake_template_refuse_next(void);
/* No template is left. */
bool fake_template_is_none_left(void);

#endif
