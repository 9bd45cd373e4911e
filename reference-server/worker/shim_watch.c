/* SPDX-License-Identifier: MIT */
/* Looking after a session's files from the shim. ARCHITECTURE.md, "Without namespaces". */
#include "shim_watch.h"

#include <errno.h>
#include <fts.h>
#include <sys/stat.h>
#include <time.h>

#include <brig/pack.h>

#include "shim_state.h"

enum {
    LOOK_MS = 200,  /* from one look to the next at least */
    LOOK_PARTS = 10 /* and of the shim's time at most one in so many */
};

static const char workspace_bytes[] = "workspace_bytes";
static const char workspace_files[] = "workspace_files";

static uint64_t now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What cannot be looked at may hold anything; what is gone holds nothing. */
static bool is_hidden(const FTSENT *entry)
{
    return (entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS ||
            entry->fts_info == FTS_ERR) &&
           entry->fts_errno != ENOENT && entry->fts_errno != ENOTDIR;
}

/* A file with holes holds what is there, and one with several names counts with each. */
static const char *count(FTS *tree, const brig_session_limits *limits, uint64_t bytes)
{
    const uint64_t block_bytes = 512;
    const FTSENT *entry;
    uint64_t files = 0;

    while ((entry = fts_read(tree)) != NULL) {
        if (entry->fts_info == FTS_DP)
            continue;
        files++;
        if (entry->fts_info == FTS_F)
            bytes += (uint64_t)entry->fts_statp->st_blocks * block_bytes;
        if (bytes > limits->workspace_bytes)
            return workspace_bytes;
        if (files > limits->workspace_files || is_hidden(entry))
            return workspace_files;
    }
    return errno == 0 ? NULL : workspace_files;
}

static const char *look_at(const char *path, const brig_session_limits *limits, uint64_t more_bytes)
{
    char *roots[] = {(char *)(uintptr_t)path, NULL}; /* fts_open() only reads it */
    const char *limit;
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (tree == NULL)
        return workspace_files;
    limit = count(tree, limits, more_bytes);
    (void)fts_close(tree);
    return limit;
}

const char *brig_watch_overrun(const brig_shim_given *given, uint64_t more_bytes)
{
    const char *limit = look_at(given->workspace, &given->in_force, more_bytes);

    return limit != NULL ? limit : look_at(given->tmp, &given->in_force, 0);
}

int brig_shim_watch_ms(const brig_shim *shim)
{
    uint64_t now = now_ms();

    if (!shim->given.is_reduced || shim->watched.is_over)
        return -1;
    return shim->watched.next_ms > now ? (int)(shim->watched.next_ms - now) : 0;
}

brig_status brig_shim_watch(brig_shim *shim)
{
    uint64_t begun_ms = now_ms();
    const char *limit;

    if (brig_shim_watch_ms(shim) != 0)
        return BRIG_OK;
    limit = brig_watch_overrun(&shim->given, 0);
    shim->watched.next_ms = now_ms() + LOOK_MS + LOOK_PARTS * (now_ms() - begun_ms);
    if (limit == NULL)
        return BRIG_OK;
    shim->watched.is_over = true;
    return brig_shim_send_overrun(shim, limit);
}
