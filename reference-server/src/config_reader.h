/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_CONFIG_READER_H
#define BRIG_SERVER_CONFIG_READER_H

#include <cyaml/cyaml.h>

/* Where libcyaml's complaints go. */
typedef struct brig_complaint {
    char *text;
    size_t text_bytes;
    size_t len;
} brig_complaint;

/* How libcyaml reads, and where it complains; NULL: nowhere. */
cyaml_config_t brig_config_reader(brig_complaint *complaints);

#endif
