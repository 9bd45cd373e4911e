/* SPDX-License-Identifier: MIT */
/* R as an engine: started once in the template, forked for each session (ARCHITECTURE.md). */
#include "engine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <Rembedded.h>

#include <brig/pack.h>

#include "r_answers.h"
#include "r_calls.h"
#include "r_channel.h"
#include "r_display.h"
#include "r_guard.h"
#include "r_program.h"
#include "r_session.h"
#include "r_support.h"
#include "r_text.h"
#include "r_tools.h"

/* Exported by libR; Rinterface.h has it among much that would clash here. */
extern int R_SignalHandlers;

enum {
    VERSION_BYTES = 32,
    SPARE_MS = 10, /* a server with a session asks much sooner */
};

/* What start() found, for describe(). */
static struct {
    const brig_value *configure;
    SEXP packages; /* texts */
    SEXP versions; /* texts, as many */
    char version[VERSION_BYTES];
} engine;

static void start_parts(void *data)
{
    const r_support_form *form = data;

    r_guard_start();
    r_answers_start();
    r_program_start();
    r_support_start(*form);
    r_display_start();
    r_calls_start();
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;

    if (tasks == NULL)
        return 0;
    for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    (void)closedir(tasks);
    return count;
}

static bool is_in(const brig_value *texts, brig_span text)
{
    for (size_t i = 0; texts != NULL && i < texts->array.count; i++)
        if (brig_span_equal(texts->array.items[i].bytes, text))
            return true;
    return false;
}

/* Load the packages in order. Returns false with a sentence in error that names the first bad one. */
struct preload {
    const brig_value *configure;
    char *error;
    size_t error_bytes;
    bool is_done;
};

static bool load_package(const struct preload *preload, SEXP package)
{
    const char *name = CHAR(STRING_ELT(package, 0));
    int threads_before = count_threads();
    SEXP problem = PROTECT(r_support_call("load_package", package, NULL));
    brig_span text = r_text_element(problem, 0);
    bool is_loaded = text.len == 0;

    if (!is_loaded)
        (void)snprintf(preload->error, preload->error_bytes, "package %s cannot be loaded: %.*s",
                       name, (int)text.len, (const char *)text.data);
    UNPROTECT(1);
    if (!is_loaded)
        return false;
    if (count_threads() > threads_before &&
        !is_in(brig_value_get(preload->configure, "harmless_threads"), brig_span_text(name))) {
        (void)snprintf(preload->error, preload->error_bytes,
                       "package %s starts a thread, which a fork would lose; leave it out of "
                       "preload or list it in harmless_threads",
                       name);
        return false;
    }
    return true;
}

static void load_packages(void *data)
{
    struct preload *preload = data;
    const brig_value *names = brig_value_get(preload->configure, "preload");
    size_t count = names != NULL && names->kind == BRIG_ARRAY ? names->array.count : 0;

    engine.packages = Rf_allocVector(STRSXP, (R_xlen_t)count);
    R_PreserveObject(engine.packages);
    for (size_t i = 0; i < count; i++) {
        SEXP name = PROTECT(r_text_new(names->array.items[i].bytes));
        SEXP package;

        if (name == R_NilValue)
            Rf_error("a package name holds U+0000");
        SET_STRING_ELT(engine.packages, (R_xlen_t)i, name);
        package = PROTECT(Rf_ScalarString(name));
        if (!load_package(preload, package)) {
            UNPROTECT(2);
            return;
        }
        UNPROTECT(2);
    }
    engine.versions = r_support_call("package_versions", engine.packages, NULL);
    R_PreserveObject(engine.versions);
    preload->is_done = true;
}

/* Only where a profile is named: then there are walls. */
static void name_refusals(void *data)
{
    const brig_value *configure = data;
    SEXP profile = PROTECT(r_text_new(brig_value_get_text(configure, "profile", "")));

    if (profile != R_NilValue && LENGTH(profile) > 0)
        (void)r_support_call(
            "name_refusals", PROTECT(Rf_ScalarString(profile)),
            PROTECT(Rf_ScalarLogical(brig_value_get_bool(configure, "exec", false) ? 1 : 0)), NULL);
    UNPROTECT(profile != R_NilValue && LENGTH(profile) > 0 ? 3 : 1);
}

/* What is the same in every session costs none of them anything. */
static void prepare_sessions(void *data)
{
    (void)data;
    r_session_start();
    r_tools_start();
}

static void draw_once(void *data)
{
    (void)data;
    r_display_warm_up();
}

/* The last steps before the first fork; pages that a session shares stay shared. */
static void rehearse(void *data)
{
    (void)data;
    (void)r_support_call("rehearse_work", NULL);
    (void)r_support_call("rehearse", NULL);
    r_tools_start();
    R_gc();
    R_gc();
}

static void read_version(void *data)
{
    SEXP version;

    (void)data;
    version = PROTECT(R_ParseEvalString("as.character(getRversion())", R_BaseEnv));
    (void)snprintf(engine.version, sizeof(engine.version), "%s", CHAR(STRING_ELT(version, 0)));
    UNPROTECT(1);
}

static brig_status unavailable(char *error, size_t error_bytes, const char *sentence)
{
    (void)snprintf(error, error_bytes, "%s", sentence);
    return BRIG_UNAVAILABLE;
}

/* Settings that only take effect before R is up. The profile's own environment goes first. */
static void set_environment(void)
{
    static const char *const settings[][2] = {{"OMP_NUM_THREADS", "1"},
                                              {"OPENBLAS_NUM_THREADS", "1"},
                                              {"CLI_NO_THREAD", "1"},
                                              {"R_ENABLE_JIT", "3"}};

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        (void)setenv(settings[i][0], settings[i][1], 0);
}

static brig_status start(const brig_value *configure, char *error, size_t error_bytes)
{
    static char *arguments[] = {"R",        "--vanilla", "--no-save",
                                "--silent", "--no-echo", "--min-vsize=32M"};
    struct preload preload = {configure, error, error_bytes, false};
    bool is_private = brig_value_get_bool(configure, "private", false);
    r_support_form form = is_private ? R_SUPPORT_INTERPRETED : R_SUPPORT_COMPILED;

    if (getenv("R_HOME") == NULL)
        return unavailable(error, error_bytes, "R_HOME is not set");
    set_environment();
    R_SignalHandlers = 0;
    (void)Rf_initEmbeddedR((int)(sizeof(arguments) / sizeof(arguments[0])), arguments);
    if (!R_ToplevelExec(start_parts, &form) || !R_ToplevelExec(read_version, NULL))
        return unavailable(error, error_bytes, "R started, but the engine's own R code failed");
    error[0] = '\0';
    if (!R_ToplevelExec(load_packages, &preload) || !preload.is_done)
        return error[0] != '\0' ? BRIG_UNAVAILABLE
                                : unavailable(error, error_bytes, "a package cannot be loaded");
    if (!R_ToplevelExec(name_refusals, (void *)(uintptr_t)configure))
        return unavailable(error, error_bytes, "R's functions cannot be told of the sandbox");
    if (!R_ToplevelExec(prepare_sessions, NULL))
        return unavailable(error, error_bytes, "R cannot prepare a session");
    if (!is_private && !R_ToplevelExec(draw_once, NULL))
        return unavailable(error, error_bytes, "R cannot draw a PNG");
    if (!is_private && !R_ToplevelExec(rehearse, NULL))
        return unavailable(error, error_bytes, "R cannot prepare a session");
    return BRIG_OK;
}

static void describe(brig_buffer *to)
{
    size_t count = (size_t)XLENGTH(engine.packages);

    brig_pack_map(to, 3);
    brig_pack_key_text(to, "name", "r");
    brig_pack_key_text(to, "version", engine.version);
    brig_pack_cstring(to, "packages");
    brig_pack_map(to, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_key_text(to, CHAR(STRING_ELT(engine.packages, (R_xlen_t)i)),
                           CHAR(STRING_ELT(engine.versions, (R_xlen_t)i)));
}

/*
 * A spare has time: the pages that every session writes to become its own now, not when it is
 * opened. Whatever fails here fails again where it can be told.
 */
static void warm_spare(void *data)
{
    (void)data;
    r_calls_rehearse();
    (void)r_support_call("rehearse", NULL);
    r_tools_start();
}

static void run(void)
{
    brig_message message;

    r_session_separate();
    r_channel_start(BRIG_WORKER_FD);
    if (!r_channel_is_asked(SPARE_MS))
        (void)R_ToplevelExec(warm_spare, NULL);
    for (;;) {
        r_channel_receive(&message);
        if (message.type == BRIG_MESSAGE_CALL)
            r_calls_handle(&message);
        else if (message.type % 2 == 0 && message.type != BRIG_MESSAGE_RESULT &&
                 message.type != BRIG_MESSAGE_ERROR)
            _exit(R_EXIT_PROTOCOL);
        /* Late answers to calls that were given up are dropped, and events ignored. */
    }
}

const brig_engine brig_engine_r = {
    .name = "r",
    .start = start,
    .describe = describe,
    .run = run,
};
