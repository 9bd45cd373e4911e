/* SPDX-License-Identifier: MIT */
/* The part `audit` of the configuration file. */
#include "config_audit.h"

#include <stdio.h>

enum { MAX_PATH_BYTES = 4096 };

static const cyaml_strval_t failure_names[] = {{"stop", 0}, {"count", 1}};

const cyaml_schema_field_t brig_file_audit_fields[] = {
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, brig_file_audit, path, 1, MAX_PATH_BYTES),
    CYAML_FIELD_ENUM("on_failure", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, brig_file_audit,
                     on_failure, failure_names, 2),
    CYAML_FIELD_BOOL("sync", CYAML_FLAG_OPTIONAL, brig_file_audit, syncs),
    CYAML_FIELD_BOOL("code", CYAML_FLAG_OPTIONAL, brig_file_audit, has_code),
    CYAML_FIELD_UINT_PTR("queue_bytes", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, brig_file_audit,
                         queue_bytes),
    CYAML_FIELD_END};

brig_audit_config brig_config_audit(const brig_file_audit *file)
{
    if (file == NULL)
        return (brig_audit_config){.queue_bytes = BRIG_AUDIT_QUEUE_BYTES};
    return (brig_audit_config){
        .path = file->path,
        .refuses = file->on_failure == 0,
        .syncs = file->syncs,
        .has_code = file->has_code,
        .queue_bytes = file->queue_bytes != NULL ? *file->queue_bytes : BRIG_AUDIT_QUEUE_BYTES,
    };
}

static const char *find_fault(const brig_audit_config *audit)
{
    if (audit->path != NULL && audit->path[0] != '/')
        return "file must be an absolute path";
    if (audit->queue_bytes < BRIG_AUDIT_LEAST_QUEUE_BYTES ||
        audit->queue_bytes > BRIG_AUDIT_MOST_QUEUE_BYTES)
        return "queue_bytes must be 262144 to 268435456";
    return NULL;
}

brig_status brig_config_audit_check(const brig_audit_config *audit, const char *path, char *error,
                                    size_t error_bytes)
{
    const char *fault = find_fault(audit);

    if (fault == NULL)
        return BRIG_OK;
    (void)snprintf(error, error_bytes, "%s: audit: %s", path, fault);
    return BRIG_ARGUMENT;
}
