/* SPDX-License-Identifier: MIT */
/* Names and texts of the statuses, from the registry. */
#include <brig/status.h>

#include <stddef.h>

static const struct status_entry {
    const char *name;
    const char *text;
} status_entries[] = {
#define BRIG_STATUS_ENTRY(name, status_class, text) [BRIG_##name] = {"BRIG_" #name, text},
    BRIG_STATUS_MAP(BRIG_STATUS_ENTRY)
#undef BRIG_STATUS_ENTRY
};

static const struct status_entry *entry_of(brig_status status)
{
    static const struct status_entry unknown = {"BRIG_?", "unknown status"};
    size_t count = sizeof(status_entries) / sizeof(status_entries[0]);

    return (size_t)status < count ? &status_entries[status] : &unknown;
}

const char *brig_status_name(brig_status status)
{
    return entry_of(status)->name;
}

const char *brig_status_text(brig_status status)
{
    return entry_of(status)->text;
}
