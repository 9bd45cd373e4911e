/* SPDX-License-Identifier: MIT */
/* From a shim's report to the sandbox statement (spec 7.5). */
#include "statement.h"

#include <brig/pack.h>

#include "../sandbox/landlock.h"

enum { SHA256_HEX_BYTES = 64 };

static bool has_namespace(const brig_value *report, const char *name)
{
    const brig_value *names = brig_value_get(report, "namespaces");

    if (names == NULL || names->kind != BRIG_ARRAY)
        return false;
    for (size_t i = 0; i < names->array.count; i++) {
        if (brig_value_is_text(&names->array.items[i], name))
            return true;
    }
    return false;
}

/* None is another set of walls than some: Landlock carries them alone then. */
static bool is_without_namespaces(const brig_value *report)
{
    const brig_value *names = brig_value_get(report, "namespaces");

    return names != NULL && names->kind == BRIG_ARRAY && names->array.count == 0;
}

/* The first wall that the report does not have and the profile does not give up, or NULL. */
static const char *find_missing(const brig_value *report, brig_level least)
{
    static const char *const namespaces[] = {"user", "mount", "pid", "net", "ipc"};
    bool is_given_up = is_without_namespaces(report) && least == BRIG_LEVEL_REDUCED;

    if (is_given_up && brig_value_get_uint(report, "landlock_abi", 0) < BRIG_LANDLOCK_ABI_ALONE)
        return "Landlock (ABI 6)";
    for (size_t i = 0; !is_given_up && i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
        if (!has_namespace(report, namespaces[i]))
            return namespaces[i];
    }
    if (brig_value_get_uint(report, "landlock_abi", 0) == 0 && least == BRIG_LEVEL_FULL)
        return "Landlock";
    if (!brig_value_get_bool(report, "no_new_privs", false))
        return "no_new_privs";
    if (brig_value_get_text(report, "seccomp_sha256", "").len != SHA256_HEX_BYTES)
        return "seccomp";
    return NULL;
}

static void pack_mechanisms(const brig_value *report, const brig_statement_facts *facts,
                            brig_buffer *to)
{
    const brig_value *namespaces = brig_value_get(report, "namespaces");

    brig_pack_map(to, 8);
    brig_pack_key_text(to, "outer", is_without_namespaces(report) ? "Landlock" : "bubblewrap");
    brig_pack_cstring(to, "namespaces");
    brig_pack_raw(to, namespaces->encoded);
    brig_pack_key_uint(to, "landlock_abi", brig_value_get_uint(report, "landlock_abi", 0));
    brig_pack_cstring(to, "seccomp_sha256");
    brig_pack_text(to, brig_value_get_text(report, "seccomp_sha256", ""));
    brig_pack_key_bool(to, "no_new_privs", true);
    brig_pack_key_text(to, "memory", facts->memory.mechanism);
    /* What keeps workspace_bytes and workspace_files. */
    brig_pack_key_text(to, "workspace", is_without_namespaces(report) ? "watch" : "file system");
    brig_pack_cstring(to, "self_test");
    if (facts->proof.len > 0)
        brig_pack_raw(to, facts->proof);
    else
        brig_pack_cstring(to, "not run");
}

brig_status brig_statement_pack(const brig_value *report, const brig_statement_facts *facts,
                                brig_buffer *to, const char **ret_missing)
{
    const char *missing = find_missing(report, facts->profile->level);
    const brig_value *limits = brig_value_get(report, "limits");
    bool is_memory_limited = brig_value_get_uint(limits, "memory_bytes", 0) > 0;

    if (missing == NULL && !is_memory_limited)
        missing = "the memory limit";
    if (missing != NULL) {
        *ret_missing = missing;
        return BRIG_UNAVAILABLE;
    }
    bool is_shared = is_without_namespaces(report);
    bool is_full = !is_shared && brig_value_get_uint(report, "landlock_abi", 0) > 0;
    brig_pack_map(to, BRIG_EFFECT_COUNT + 1);
    brig_pack_key_text(to, "level", is_full ? "full" : "reduced");
    brig_pack_key_text(to, "fs_read", "listed");
    brig_pack_key_text(to, "fs_write", "workspace");
    brig_pack_key_text(to, "network", "none");
    brig_pack_key_bool(to, "exec", facts->profile->exec);
    brig_pack_key_text(to, "processes", is_shared ? "shared" : "own");
    brig_pack_key_text(to, "memory", facts->memory.is_group ? "group" : "process");
    brig_pack_key_text(to, "uid", facts->template_uid != 0 && !is_shared ? "own" : "shared");
    brig_pack_cstring(to, "mechanisms");
    pack_mechanisms(report, facts, to);
    return to->fault;
}
