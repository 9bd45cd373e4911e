/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_CONFIG_AUDIT_H
#define BRIG_SERVER_CONFIG_AUDIT_H

#include <cyaml/cyaml.h>

#include "audit.h"

/* The mapping `audit` as the file has it. */
typedef struct brig_file_audit {
    const char *path;
    int on_failure;
    bool syncs;
    bool has_code;
    uint32_t *queue_bytes;
} brig_file_audit;

extern const cyaml_schema_field_t brig_file_audit_fields[];

/* Its meaning; NULL: there is no audit log. */
brig_audit_config brig_config_audit(const brig_file_audit *file);

/* BRIG_OK, or BRIG_ARGUMENT with a sentence in error that names the configuration file. */
brig_status brig_config_audit_check(const brig_audit_config *audit, const char *path, char *error,
                                    size_t error_bytes);

#endif
