/* SPDX-License-Identifier: MIT */
/*
 * An audit log that only looks at what it is given, a log that goes nowhere, and a kernel's counters
 * that count as the script says: in place of audit.c and usage.c.
 */
#include "fakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "audit.h"
#include "log.h"
#include "usage.h"

struct fake_counters fake_counters;

enum {
    LINE_BYTES = 262144,
    LOG_BYTES = 4096,
};

struct brig_audit {
    const brig_audit_config *config;
};

brig_status brig_audit_new(const brig_audit_config *config, uv_loop_t *loop, char *error,
                           size_t error_bytes, brig_audit **ret_audit)
{
    brig_audit *audit = calloc(1, sizeof(*audit));

    (void)loop;
    (void)error;
    (void)error_bytes;
    CHECK(audit != NULL, "memory");
    audit->config = config;
    *ret_audit = audit;
    return BRIG_OK;
}

/* Whatever was said to it: one line of printable ASCII that is one JSON object. */
static void look_at(const brig_audit_event *event)
{
    brig_buffer line;
    json_error_t error;

    brig_buffer_init(&line, LINE_BYTES);
    CHECK(brig_audit_event_print(event, &line) == BRIG_OK, "an event that cannot be printed");
    for (size_t i = 0; i < line.len; i++)
        CHECK(line.data[i] >= ' ' && line.data[i] < 0x7f, "octet %02x", line.data[i]);
    json_t *object = json_loadb((const char *)line.data, line.len,
                                JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    CHECK(json_is_object(object), "%s", error.text);
    json_decref(object);
    brig_buffer_done(&line);
}

void brig_audit_write(brig_audit *audit, brig_audit_event *event)
{
    if (audit != NULL)
        look_at(event);
    brig_audit_event_done(event);
}

bool brig_audit_is_refusing(const brig_audit *audit)
{
    return audit != NULL && fake_counters.is_audit_refusing;
}

const brig_audit_config *brig_audit_config_of(const brig_audit *audit)
{
    return audit->config;
}

bool brig_audit_may_tell_refusal(brig_audit *audit, uint64_t now_ms, uint64_t *ret_untold)
{
    (void)now_ms;
    *ret_untold = 1;
    return audit != NULL;
}

void brig_audit_reopen(brig_audit *audit)
{
    (void)audit;
}

void brig_audit_release(brig_audit *audit)
{
    (void)audit;
}

void brig_audit_free(brig_audit *audit)
{
    free(audit);
}

/* ---- the log ---- */

/* NOLINTNEXTLINE(bugprone-reserved-identifier): the linker's name */
__attribute__((format(printf, 1, 2))) void __wrap_brig_log(const char *format, ...);

void __wrap_brig_log(const char *format, ...)
{
    char text[LOG_BYTES];
    char escaped[LOG_BYTES];
    va_list arguments;

    va_start(arguments, format);
    int len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    CHECK(len >= 0, "%s", format);
    size_t shown = brig_log_escape(text, escaped, sizeof(escaped));
    CHECK(shown == strlen(escaped), "length");
    for (size_t i = 0; i < shown; i++)
        CHECK(escaped[i] >= ' ' && escaped[i] < 0x7f, "octet %02x", (unsigned)escaped[i]);
}

/* ---- the kernel's counters ---- */

uint64_t brig_usage_cpu_ms(pid_t pid)
{
    (void)pid;
    return fake_counters.cpu_ms;
}

uint64_t brig_usage_peak_memory_bytes(pid_t pid)
{
    (void)pid;
    return fake_counters.memory_bytes;
}

brig_usage_sum brig_usage_walk(pid_t first, pid_t worker)
{
    (void)first;
    (void)worker;
    return (brig_usage_sum){.resident_bytes = fake_counters.memory_bytes};
}

uint64_t brig_usage_own_memory_bytes(pid_t first)
{
    (void)first;
    return fake_counters.memory_bytes;
}
