/* SPDX-License-Identifier: MIT */
/* Profile and paths in; command line, environment and limits of a job out. Pure. */
#include "windows_plan.h"

#include <stdlib.h>
#include <string.h>

#include <brig/buffer.h>

/* UTF-16 units, of which a text never has more than octets; the terminator counts. */
enum { TEXT_BYTES_MAX = 32766 };

static void add(brig_buffer *to, const char *text)
{
    brig_buffer_append(to, brig_span_text(text));
}

static void add_repeated(brig_buffer *to, char c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        brig_buffer_append(to, (brig_span){(const uint8_t *)&c, 1});
}

/* What a file name cannot hold, and what would end a name in a list of paths. */
static bool is_name_character(char c)
{
    return (unsigned char)c >= ' ' && strchr("<>:\"/|?*;\x7f", c) == NULL;
}

/* One component: Windows drops dots and spaces at its end, so that two names would be one file. */
static bool is_plain_name(const char *name, size_t len)
{
    if (len == 0 || name[len - 1] == '.' || name[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_name_character(name[i]))
            return false;
    return true;
}

/* X:\name\name: no root alone, share, device, stream, "." or "..". */
static bool is_plain_path(const char *path)
{
    bool has_drive = ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) &&
                     path[1] == ':' && path[2] == '\\';

    if (!has_drive)
        return false;
    for (path += 2; *path != '\0';) {
        size_t len = strcspn(path + 1, "\\");

        if (!is_plain_name(path + 1, len))
            return false;
        path += 1 + len;
    }
    return true;
}

static bool is_executable(const char *path)
{
    size_t len = strlen(path);
    const char *end = path + len;

    return is_plain_path(path) && len > 4 && end[-4] == '.' && (end[-3] == 'e' || end[-3] == 'E') &&
           (end[-2] == 'x' || end[-2] == 'X') && (end[-1] == 'e' || end[-1] == 'E');
}

/*
 * One argument so that CommandLineToArgvW gives it back: backslashes are themselves, but for those
 * before a quotation mark.
 */
static void add_argument(brig_buffer *to, const char *argument)
{
    add(to, " \"");
    while (*argument != '\0') {
        size_t slashes = strspn(argument, "\\");
        size_t plain = strcspn(argument + slashes, "\\\"");
        bool is_before_quote = argument[slashes] == '"' || argument[slashes] == '\0';

        add_repeated(to, '\\', is_before_quote ? 2 * slashes : slashes);
        argument += slashes;
        if (*argument == '"') {
            add(to, "\\\"");
            argument++;
            continue;
        }
        brig_buffer_append(to, (brig_span){(const uint8_t *)argument, plain});
        argument += plain;
    }
    add(to, "\"");
}

static void add_command_line(brig_buffer *to, const brig_windows_worker *worker)
{
    /* The program's own name has no escapes, and a plain path needs none. */
    add(to, "\"");
    add(to, worker->program);
    add(to, "\"");
    for (size_t i = 0; i < worker->arguments.count; i++)
        add_argument(to, worker->arguments.items[i]);
    add_repeated(to, '\0', 1);
}

static void add_variable(brig_buffer *to, const char *name, const char *value)
{
    add(to, name);
    add(to, "=");
    add(to, value);
    add_repeated(to, '\0', 1);
}

static void add_path_variable(brig_buffer *to, const brig_windows_worker *worker)
{
    add(to, "PATH=");
    if (worker->r_home != NULL) {
        add(to, worker->r_home);
        add(to, "\\bin\\x64;");
    }
    add(to, worker->system_root);
    add(to, "\\System32");
    add_repeated(to, '\0', 1);
}

static void add_libraries(brig_buffer *to, const brig_strings *libraries)
{
    add(to, "R_LIBS=");
    for (size_t i = 0; i < libraries->count; i++) {
        add(to, i > 0 ? ";" : "");
        add(to, libraries->items[i]);
    }
    add_repeated(to, '\0', 1);
}

/* In the order of the names, letters' case aside: Windows looks them up that way. */
static void add_environment(brig_buffer *to, const brig_profile *profile,
                            const brig_windows_worker *worker)
{
    add_variable(to, "CLI_NO_THREAD", "1");
    add_variable(to, "HOME", worker->scratch);
    add_variable(to, "MKL_NUM_THREADS", "1");
    add_variable(to, "OMP_NUM_THREADS", "1");
    add_variable(to, "OPENBLAS_NUM_THREADS", "1");
    add_path_variable(to, worker);
    if (worker->r_home != NULL) {
        add_variable(to, "R_HOME", worker->r_home);
        add_libraries(to, &profile->libraries);
    }
    add_variable(to, "SystemRoot", worker->system_root);
    add_variable(to, "TEMP", worker->scratch);
    add_variable(to, "TMP", worker->scratch);
    add_variable(to, "TZ", "UTC");
    add_variable(to, "USERPROFILE", worker->scratch);
    add_variable(to, "windir", worker->system_root);
    add_repeated(to, '\0', 1);
}

static bool is_usable(const brig_profile *profile, const brig_windows_worker *worker)
{
    for (size_t i = 0; i < profile->libraries.count; i++)
        if (!is_plain_path(profile->libraries.items[i]))
            return false;
    return is_executable(worker->program) && is_plain_path(worker->system_root) &&
           (worker->r_home == NULL || is_plain_path(worker->r_home)) &&
           is_plain_path(worker->scratch) && is_plain_path(worker->workspace) &&
           profile->limits.memory_bytes > 0;
}

/* What the layers keep up, not what one would wish: files and network are the user's. */
static brig_effects effects_of(const brig_profile *profile)
{
    return (brig_effects){
        .level = "minimal",
        .fs_read = "host",
        .fs_write = "host",
        .network = "open",
        .exec = profile->exec,
        .processes = "shared",
        .memory = "group",
        .uid = "shared",
    };
}

static uint32_t process_count(const brig_profile *profile)
{
    uint64_t processes = profile->limits.processes;

    if (!profile->exec || processes == 0)
        return 1;
    return processes > UINT32_MAX ? UINT32_MAX : (uint32_t)processes;
}

static char *copy(brig_span bytes)
{
    char *to = malloc(bytes.len);

    if (to != NULL)
        memcpy(to, bytes.data, bytes.len);
    return to;
}

static char *copy_text(const char *text)
{
    return copy((brig_span){(const uint8_t *)text, strlen(text) + 1});
}

brig_status brig_windows_plan_new(const brig_profile *profile, const brig_windows_worker *worker,
                                  brig_windows_plan *ret_plan)
{
    brig_windows_plan plan = {.effects = effects_of(profile),
                              .memory_bytes = profile->limits.memory_bytes,
                              .process_count = process_count(profile)};
    brig_buffer command_line;
    brig_buffer environment;
    brig_status status;

    if (!is_usable(profile, worker))
        return BRIG_ARGUMENT;
    brig_buffer_init(&command_line, TEXT_BYTES_MAX);
    brig_buffer_init(&environment, TEXT_BYTES_MAX);
    add_command_line(&command_line, worker);
    add_environment(&environment, profile, worker);
    status = command_line.fault != BRIG_OK ? command_line.fault : environment.fault;
    if (status != BRIG_OK)
        goto out;
    plan.environment_bytes = environment.len;
    plan.command_line = copy(brig_buffer_span(&command_line));
    plan.environment = copy(brig_buffer_span(&environment));
    plan.program = copy_text(worker->program);
    plan.workspace = copy_text(worker->workspace);
    plan.scratch = copy_text(worker->scratch);
    if (plan.command_line == NULL || plan.environment == NULL || plan.program == NULL ||
        plan.workspace == NULL || plan.scratch == NULL) {
        brig_windows_plan_done(&plan);
        status = BRIG_NO_MEMORY;
        goto out;
    }
    *ret_plan = plan;
out:
    brig_buffer_done(&command_line);
    brig_buffer_done(&environment);
    return status;
}

void brig_windows_plan_done(brig_windows_plan *plan)
{
    free(plan->program);
    free(plan->command_line);
    free(plan->environment);
    free(plan->workspace);
    free(plan->scratch);
    *plan = (brig_windows_plan){0};
}
