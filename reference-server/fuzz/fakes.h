/* SPDX-License-Identifier: MIT */
#ifndef BRIG_FUZZ_FAKES_H
#define BRIG_FUZZ_FAKES_H

#include <stdbool.h>
#include <stdint.h>

/* What the kernel and the disk say, as the fuzzer wants it. */
extern struct fake_counters {
    uint64_t cpu_ms;
    uint64_t memory_bytes;
    bool is_audit_refusing;
} fake_counters;

#endif
