/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_TEST_ENGINE_H
#define BRIG_TESTS_TEST_ENGINE_H

/* A command writes its answer: "ok", an errno's name, or what was asked for. */
typedef struct test_engine_command {
    const char *name;
    void (*run)(const char *argument, char *answer);
} test_engine_command;

/* test_engine_files.c; a name of NULL ends the table. */
extern const test_engine_command test_engine_file_commands[];

/* "ok" or the name of errno. */
void test_engine_say(char *answer, long result);

/* What `configure` calls the engine of the test worker. */
#define TEST_ENGINE_NAME "test"

#endif
