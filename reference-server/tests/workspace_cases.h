/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_WORKSPACE_CASES_H
#define BRIG_TESTS_WORKSPACE_CASES_H

#include "session_harness.h"

/* Calls of put, get and list as tables. */
typedef struct test_file_case {
    const char *name;
    const char *procedure;
    const char *path; /* NULL: none */
    uint64_t offset;
    size_t length;     /* of the data to put, or to get */
    const char *error; /* NULL: a RESULT */
} test_file_case;

void test_file_call(test_session *session, const test_file_case *c, test_reply *ret_reply);
void test_file_cases(test_session *session, const test_file_case *cases, size_t count);

#define TEST_FILE_CASES(session, cases) \
    test_file_cases((session), (cases), sizeof(cases) / sizeof((cases)[0]))

#endif
