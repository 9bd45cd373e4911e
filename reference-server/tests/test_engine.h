/* SPDX-License-Identifier: MIT */
#ifndef BRIG_TESTS_TEST_ENGINE_H
#define BRIG_TESTS_TEST_ENGINE_H

/* What `configure` calls the engine of the test worker. */
#define TEST_ENGINE_NAME "test"

#endif
