/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_PROBES_H
#define BRIG_CLI_PROBES_H

#include <stdbool.h>
#include <stddef.h>

enum { PROBE_ROWS = 64, PROBE_TEXT_BYTES = 16384 };

/* One line of `brigd --self-test`. Texts are the table's. */
typedef struct brig_probe_row {
    const char *name;
    const char *state; /* "stopped", "granted", "OPEN" */
    const char *layer; /* that stopped it, or "" */
    const char *how;   /* what it was refused with */
    const char *what;  /* was tried */
} brig_probe_row;

typedef struct brig_probe_table {
    brig_probe_row rows[PROBE_ROWS];
    size_t count;
    bool is_passed; /* the server says that every wall holds */
    char text[PROBE_TEXT_BYTES];
} brig_probe_table;

/*
 * Have this brigd test the walls of a profile. False: it did not start or did not get as far as
 * trying; it has said why on our standard error.
 */
bool brig_probes_run(const char *server, const char *profile, brig_probe_table *ret_table);

/* The row of this name, or NULL. */
const brig_probe_row *brig_probes_find(const brig_probe_table *table, const char *name);

#endif
