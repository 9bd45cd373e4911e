/* SPDX-License-Identifier: MIT */
/* libcyaml as this server uses it: no aliases, and complaints as one sentence. */
#include "config_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Written by libcyaml as several lines; they become one sentence. */
__attribute__((format(printf, 3, 0))) static void
take_complaint(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    brig_complaint *to = context;
    char line[512];

    (void)level;
    int len = vsnprintf(line, sizeof(line), format, arguments);
    if (len < 0 || strstr(line, "Backtrace") != NULL)
        return;
    line[strcspn(line, "\n")] = '\0';
    const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    text += strspn(text, " ");
    int added = snprintf(to->text + to->len, to->text_bytes - to->len, "%s%s",
                         to->len > 0 ? ", " : "", text);
    if (added > 0 && (size_t)added < to->text_bytes - to->len)
        to->len += (size_t)added;
}

cyaml_config_t brig_config_reader(brig_complaint *complaints)
{
    return (cyaml_config_t){
        .log_fn = complaints == NULL ? NULL : take_complaint,
        .log_ctx = complaints,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}
