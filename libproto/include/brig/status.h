/* SPDX-License-Identifier: MIT */
#ifndef BRIG_STATUS_H
#define BRIG_STATUS_H

#include <brig/api.h>
#include <brig/generated/statuses.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What every fallible brig_ function returns. BRIG_OK is zero. */
typedef enum brig_status {
#define BRIG_STATUS_ENTRY(name, status_class, text) BRIG_##name,
    BRIG_STATUS_MAP(BRIG_STATUS_ENTRY)
#undef BRIG_STATUS_ENTRY
} brig_status;

/* The constant's name ("BRIG_AUTH"), for logs. Never NULL. */
BRIG_API const char *brig_status_name(brig_status status);

/* One sentence for people, without a full stop. Never NULL. */
BRIG_API const char *brig_status_text(brig_status status);

#ifdef __cplusplus
}
#endif

#endif
