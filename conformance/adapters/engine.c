/* SPDX-License-Identifier: MIT */
/*
 * An engine of this repository without walls, so that the suite can lead it: it starts, and speaks on
 * descriptor 3. Not installed; whoever runs code that is not their own needs brigd.
 */
#include "engine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <brig/pack.h>

#ifdef CONFORMANCE_R_HOME
static const brig_engine *const engine = &brig_engine_r;
static const char *const settings[][2] = {
    {"R_HOME", CONFORMANCE_R_HOME}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}};
#else
#include "engine_conf.h"

static const brig_engine *const engine = &brig_engine_conf;
static const char *const settings[][2] = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}};
#endif

enum { CONFIGURE_BYTES = 64, ERROR_BYTES = 512 };

/* What a template is told by brigd: no packages, and one session only. */
static brig_status start(char *error)
{
    brig_tree *tree = NULL;
    brig_buffer configure;

    brig_buffer_init(&configure, CONFIGURE_BYTES);
    brig_pack_map(&configure, 2);
    brig_pack_cstring(&configure, "preload");
    brig_pack_array(&configure, 0);
    brig_pack_key_bool(&configure, "private", true);
    brig_status status = configure.fault;
    if (status == BRIG_OK)
        status = brig_tree_new(brig_buffer_span(&configure), &tree);
    if (status == BRIG_OK)
        status = engine->start(brig_tree_root(tree), error, ERROR_BYTES);
    brig_tree_free(tree);
    brig_buffer_done(&configure);
    return status;
}

int main(void)
{
    char error[ERROR_BYTES] = "";

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (setenv(settings[i][0], settings[i][1], 1) != 0)
            return EXIT_FAILURE;
    /* As the server's worker has it. */
    if (signal(SIGINT, SIG_DFL) == SIG_ERR)
        return EXIT_FAILURE;
    if (start(error) != BRIG_OK) {
        (void)fprintf(stderr, "the engine %s does not start: %s\n", engine->name, error);
        return EXIT_FAILURE;
    }
    engine->run();
    return EXIT_FAILURE;
}
