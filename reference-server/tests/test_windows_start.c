/* SPDX-License-Identifier: MIT */
/* A worker under Windows, started for real: this program is the worker too, and says what it sees. */
#include "windows_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <check.h>

enum { PATH_BYTES = 1024, OUTPUT_BYTES = 16384, MEMORY_BYTES = 128 * 1024 * 1024, WAIT_MS = 60000 };

/* The worker's side: what it was asked to try. */

static int say_environment(void)
{
    char *block = GetEnvironmentStringsA();

    for (const char *at = block; *at != '\0'; at += strlen(at) + 1)
        if (*at != '=') /* Windows keeps the current directories of drives there */
            (void)printf("%s\n", at);
    (void)FreeEnvironmentStringsA(block);
    return EXIT_SUCCESS;
}

static int say_arguments(int count, char **arguments)
{
    for (int i = 2; i < count; i++)
        (void)printf("<%s>", arguments[i]);
    return EXIT_SUCCESS;
}

static int try_memory(void)
{
    void *memory =
        VirtualAlloc(NULL, (SIZE_T)4 * MEMORY_BYTES, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

    (void)printf("%s", memory == NULL ? "no memory" : "memory");
    return EXIT_SUCCESS;
}

static int try_program(const char *self)
{
    STARTUPINFOA about = {.cb = sizeof(about)};
    PROCESS_INFORMATION child;
    char command_line[] = "child --worker nothing";

    if (!CreateProcessA(self, command_line, NULL, NULL, FALSE, 0, NULL, NULL, &about, &child)) {
        (void)printf("no program");
        return EXIT_SUCCESS;
    }
    (void)printf("a program");
    return EXIT_SUCCESS;
}

static int be_worker(int count, char **arguments)
{
    if (strcmp(arguments[2], "environment") == 0)
        return say_environment();
    if (strcmp(arguments[2], "memory") == 0)
        return try_memory();
    if (strcmp(arguments[2], "program") == 0)
        return try_program(arguments[0]);
    if (strcmp(arguments[2], "wait") == 0)
        Sleep(INFINITE);
    return say_arguments(count, arguments);
}

/* The server's side. */

static char self[PATH_BYTES];
static char system_root[PATH_BYTES];
static char workspace[PATH_BYTES];

static const brig_profile standard = {.name = "standard", .limits = {.memory_bytes = MEMORY_BYTES}};

/* Three ends of the worker, and what can be read of them here. */
struct ends {
    brig_windows_ends theirs;
    HANDLE output;
};

static HANDLE open_nothing(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    HANDLE handle =
        CreateFileA("NUL", GENERIC_READ | GENERIC_WRITE, 0, &inherit, OPEN_EXISTING, 0, NULL);

    CHECK(handle != INVALID_HANDLE_VALUE, "NUL: %lu", GetLastError());
    return handle;
}

static struct ends make_ends(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    struct ends ends = {.theirs = {.channel = open_nothing(), .raw_stderr = open_nothing()}};

    CHECK(CreatePipe(&ends.output, &ends.theirs.raw_stdout, &inherit, OUTPUT_BYTES), "a pipe");
    CHECK(SetHandleInformation(ends.output, HANDLE_FLAG_INHERIT, 0), "our end stays here");
    return ends;
}

/* Close the worker's ends, read ours until the last writer is gone. */
static void read_output(struct ends *ends, char output[OUTPUT_BYTES])
{
    size_t len = 0;
    DWORD got;

    (void)CloseHandle(ends->theirs.channel);
    (void)CloseHandle(ends->theirs.raw_stdout);
    (void)CloseHandle(ends->theirs.raw_stderr);
    while (len < OUTPUT_BYTES - 1 &&
           ReadFile(ends->output, output + len, (DWORD)(OUTPUT_BYTES - 1 - len), &got, NULL) &&
           got > 0)
        len += got;
    output[len] = '\0';
    (void)CloseHandle(ends->output);
}

static brig_windows_plan make_plan(const char *const *arguments, size_t count)
{
    const brig_windows_worker worker = {
        .program = self,
        .arguments = {arguments, count},
        .system_root = system_root,
        .scratch = workspace,
        .workspace = workspace,
    };
    brig_windows_plan plan;

    CHECK(brig_windows_plan_new(&standard, &worker, &plan) == BRIG_OK, "%s, %s", self, workspace);
    return plan;
}

static const char *const hostile_arguments[] = {
    "--worker", "arguments",   "",         "a b",        "say \"hi\"",
    "a\\b",     "ends with\\", "a\\\\\"b", "\"",         "&",
    "%PATH%",   "--worker",    "*.c",      "a\tb",       "^",
    "'",        "@x",          "a;b",      "\\\\host\\", "\\\" & calc.exe"};
enum { HOSTILE_COUNT = sizeof(hostile_arguments) / sizeof(hostile_arguments[0]) };

/* The system's own reading of the command line. */
static void test_quoting(void)
{
    brig_windows_plan plan = make_plan(hostile_arguments, HOSTILE_COUNT);
    WCHAR wide[OUTPUT_BYTES];
    char narrow[PATH_BYTES];
    int count = 0;
    WCHAR **read;

    CHECK(MultiByteToWideChar(CP_UTF8, 0, plan.command_line, -1, wide, OUTPUT_BYTES) > 0, "UTF-8");
    read = CommandLineToArgvW(wide, &count);
    CHECK(read != NULL && count == HOSTILE_COUNT + 1, "%d arguments", count);
    for (int i = 1; i < count; i++) {
        CHECK(WideCharToMultiByte(CP_UTF8, 0, read[i], -1, narrow, PATH_BYTES, NULL, NULL) > 0,
              "argument %d", i);
        CHECK(strcmp(narrow, hostile_arguments[i - 1]) == 0, "argument %d is %s", i, narrow);
    }
    (void)LocalFree(read);
    brig_windows_plan_done(&plan);
}

/* Without any layer: what a process makes of the plan's texts. */
static void run_bare(const brig_windows_plan *plan, char output[OUTPUT_BYTES])
{
    struct ends ends = make_ends();
    STARTUPINFOA about = {.cb = sizeof(about),
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = ends.theirs.channel,
                          .hStdOutput = ends.theirs.raw_stdout,
                          .hStdError = ends.theirs.raw_stderr};
    PROCESS_INFORMATION child;

    CHECK(CreateProcessA(plan->program, plan->command_line, NULL, NULL, TRUE, 0, plan->environment,
                         plan->workspace, &about, &child),
          "error %lu", GetLastError());
    read_output(&ends, output);
    CHECK(WaitForSingleObject(child.hProcess, WAIT_MS) == WAIT_OBJECT_0, "it ends");
    (void)CloseHandle(child.hProcess);
    (void)CloseHandle(child.hThread);
}

static void test_arguments_arrive(void)
{
    brig_windows_plan plan = make_plan(hostile_arguments, HOSTILE_COUNT);
    char output[OUTPUT_BYTES];
    char wanted[OUTPUT_BYTES] = "";
    size_t len = 0;

    for (size_t i = 1; i < HOSTILE_COUNT; i++)
        len += (size_t)snprintf(wanted + len, sizeof(wanted) - len, "<%s>", hostile_arguments[i]);
    run_bare(&plan, output);
    CHECK(strcmp(output, wanted) == 0, "the worker was told %s, not %s", output, wanted);
    brig_windows_plan_done(&plan);
}

static void test_environment_arrives(void)
{
    static const char *const arguments[] = {"--worker", "environment"};
    brig_windows_plan plan = make_plan(arguments, 2);
    char output[OUTPUT_BYTES];
    const char *at = plan.environment;

    CHECK(SetEnvironmentVariableA("AWS_SECRET_ACCESS_KEY", "bait"), "bait");
    run_bare(&plan, output);
    CHECK(strstr(output, "bait") == NULL, "the server's environment is seen: %s", output);
    for (; *at != '\0'; at += strlen(at) + 1)
        CHECK(strstr(output, at) != NULL, "%s is missing from %s", at, output);
    brig_windows_plan_done(&plan);
}

static bool is_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

/* Wine takes a job's limits and does not keep them: that has to be noticed. */
static void test_missing_layer(void)
{
    static const char *const arguments[] = {"--worker", "environment"};
    brig_windows_plan plan = make_plan(arguments, 2);
    struct ends ends = make_ends();
    brig_windows_process process;
    const char *layer = "none";
    char output[OUTPUT_BYTES];

    CHECK(brig_windows_start(&plan, &ends.theirs, &process, &layer) == BRIG_UNAVAILABLE,
          "without its layers a worker is not started");
    CHECK(strcmp(layer, "job limits") == 0, "the layer is named, not %s", layer);
    read_output(&ends, output);
    CHECK(output[0] == '\0', "nothing has run, but said %s", output);
    brig_windows_plan_done(&plan);
    (void)printf("Wine keeps no limits: seen that it is refused; no layer was tried\n");
}

static const struct layer_case {
    const char *name;
    const char *action;
    const char *output;
} layer_cases[] = {
    {"more memory than the limit is refused", "memory", "no memory"},
    {"a program is refused", "program", "no program"},
};

static void test_layers(void)
{
    for (size_t i = 0; i < sizeof(layer_cases) / sizeof(layer_cases[0]); i++) {
        const char *const arguments[] = {"--worker", layer_cases[i].action};
        brig_windows_plan plan = make_plan(arguments, 2);
        struct ends ends = make_ends();
        brig_windows_process process;
        const char *layer = "none";
        char output[OUTPUT_BYTES];

        CHECK(brig_windows_start(&plan, &ends.theirs, &process, &layer) == BRIG_OK, "%s: %s, %lu",
              layer_cases[i].name, layer, GetLastError());
        read_output(&ends, output);
        CHECK(strcmp(output, layer_cases[i].output) == 0, "%s: %s", layer_cases[i].name, output);
        CHECK(WaitForSingleObject(process.process, WAIT_MS) == WAIT_OBJECT_0, "it ends");
        brig_windows_process_done(&process);
        brig_windows_plan_done(&plan);
    }
}

static void test_end(void)
{
    static const char *const arguments[] = {"--worker", "wait"};
    brig_windows_plan plan = make_plan(arguments, 2);
    struct ends ends = make_ends();
    brig_windows_process process;
    brig_windows_usage usage;
    const char *layer = "none";
    char output[OUTPUT_BYTES];

    CHECK(brig_windows_start(&plan, &ends.theirs, &process, &layer) == BRIG_OK, "%s", layer);
    CHECK(brig_windows_process_usage(&process, &usage) == BRIG_OK, "usage");
    CHECK(usage.process_count == 1, "%u processes", (unsigned)usage.process_count);
    CHECK(brig_windows_kill(&process) == BRIG_OK, "kill");
    CHECK(WaitForSingleObject(process.process, WAIT_MS) == WAIT_OBJECT_0, "it ends");
    read_output(&ends, output);
    brig_windows_process_done(&process);
    brig_windows_plan_done(&plan);
}

int main(int count, char **arguments)
{
    if (count > 2 && strcmp(arguments[1], "--worker") == 0)
        return be_worker(count, arguments);
    CHECK(GetModuleFileNameA(NULL, self, sizeof(self)) > 0, "own name");
    CHECK(GetWindowsDirectoryA(system_root, sizeof(system_root)) > 0, "Windows");
    CHECK(GetFullPathNameA("windows_start", sizeof(workspace), workspace, NULL) > 0, "directory");
    CHECK(CreateDirectoryA(workspace, NULL) || GetLastError() == ERROR_ALREADY_EXISTS, "%s",
          workspace);
    test_quoting();
    test_arguments_arrive();
    test_environment_arrives();
    if (is_wine()) {
        test_missing_layer();
    } else {
        test_layers();
        test_end();
    }
    CHECK(RemoveDirectoryA(workspace), "%s is left", workspace);
    return EXIT_SUCCESS;
}
