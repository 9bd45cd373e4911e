/* SPDX-License-Identifier: MIT */
/* What a worker under Windows would be started with: command line, environment, limits. */
#include "windows_plan.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

static const char *const libraries[] = {"C:\\R libs\\site", "D:\\o'brien & co\\lib"};
static const char *const arguments[] = {"--engine", "r"};

static const brig_profile standard = {
    .name = "standard",
    .limits = {.memory_bytes = 2147483648, .processes = 64},
};
static const brig_profile tools = {
    .name = "tools",
    .exec = true,
    .limits = {.memory_bytes = 2147483648, .processes = 64},
};
static const brig_profile own = {
    .name = "own",
    .libraries = {libraries, 2},
    .limits = {.memory_bytes = 65536, .processes = 1},
};

static brig_windows_worker usual_worker(void)
{
    return (brig_windows_worker){
        .program = "C:\\Program Files\\Brig\\brig-worker.exe",
        .arguments = {arguments, 2},
        .system_root = "C:\\Windows",
        .r_home = "C:\\Program Files\\R\\R-4.2.2",
        .scratch = "C:\\brig\\7\\tmp",
        .workspace = "C:\\brig\\7\\workspace",
    };
}

static brig_windows_plan make_plan(const brig_profile *profile, const brig_windows_worker *worker)
{
    brig_windows_plan plan;

    CHECK(brig_windows_plan_new(profile, worker, &plan) == BRIG_OK, "%s", profile->name);
    return plan;
}

/* The block with a newline for each NUL but the last. */
static void check_environment(const brig_windows_plan *plan, const char *wanted)
{
    char *text = malloc(plan->environment_bytes);

    CHECK(text != NULL, "memory");
    for (size_t i = 0; i < plan->environment_bytes; i++)
        text[i] = (char)(plan->environment[i] == '\0' ? '\n' : plan->environment[i]);
    text[plan->environment_bytes - 1] = '\0';
    CHECK(strcmp(text, wanted) == 0, "the environment is now:\n%s", text);
    free(text);
}

static void test_environment(void)
{
    brig_windows_worker worker = usual_worker();
    brig_windows_plan plan = make_plan(&own, &worker);

    check_environment(&plan, "CLI_NO_THREAD=1\n"
                             "HOME=C:\\brig\\7\\tmp\n"
                             "MKL_NUM_THREADS=1\n"
                             "OMP_NUM_THREADS=1\n"
                             "OPENBLAS_NUM_THREADS=1\n"
                             "PATH=C:\\Program Files\\R\\R-4.2.2\\bin\\x64;C:\\Windows\\System32\n"
                             "R_HOME=C:\\Program Files\\R\\R-4.2.2\n"
                             "R_LIBS=C:\\R libs\\site;D:\\o'brien & co\\lib\n"
                             "SystemRoot=C:\\Windows\n"
                             "TEMP=C:\\brig\\7\\tmp\n"
                             "TMP=C:\\brig\\7\\tmp\n"
                             "TZ=UTC\n"
                             "USERPROFILE=C:\\brig\\7\\tmp\n"
                             "windir=C:\\Windows\n");
    brig_windows_plan_done(&plan);

    worker.r_home = NULL;
    plan = make_plan(&standard, &worker);
    check_environment(&plan, "CLI_NO_THREAD=1\n"
                             "HOME=C:\\brig\\7\\tmp\n"
                             "MKL_NUM_THREADS=1\n"
                             "OMP_NUM_THREADS=1\n"
                             "OPENBLAS_NUM_THREADS=1\n"
                             "PATH=C:\\Windows\\System32\n"
                             "SystemRoot=C:\\Windows\n"
                             "TEMP=C:\\brig\\7\\tmp\n"
                             "TMP=C:\\brig\\7\\tmp\n"
                             "TZ=UTC\n"
                             "USERPROFILE=C:\\brig\\7\\tmp\n"
                             "windir=C:\\Windows\n");
    brig_windows_plan_done(&plan);
}

static void test_command_lines(void)
{
    static const struct {
        const char *name;
        const char *argument;
        const char *quoted;
    } cases[] = {
        {"a word is quoted", "word", "\"word\""},
        {"nothing is an argument too", "", "\"\""},
        {"blanks do not part it", "two words\tthree", "\"two words\tthree\""},
        {"a quotation mark is escaped", "say \"hi\"", "\"say \\\"hi\\\"\""},
        {"a backslash is itself", "a\\b", "\"a\\b\""},
        {"backslashes at the end are doubled", "a b\\\\", "\"a b\\\\\\\\\""},
        {"backslashes before a quotation mark are doubled", "a\\\\\"b", "\"a\\\\\\\\\\\"b\""},
        {"a lone quotation mark ends nothing", "\"", "\"\\\"\""},
        {"what a shell would expand is itself", "%PATH%^&|<>!$(x)`", "\"%PATH%^&|<>!$(x)`\""},
        {"a line's end is itself", "a\r\nb", "\"a\r\nb\""},
        {"letters of all languages", "\xc3\xa9\xe2\x82\xac", "\"\xc3\xa9\xe2\x82\xac\""},
    };
    brig_windows_worker worker = usual_worker();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const program = "\"C:\\Program Files\\Brig\\brig-worker.exe\" ";
        const char *const list[] = {cases[i].argument, "last"};
        brig_windows_plan plan;
        const char *rest;

        worker.arguments = (brig_strings){list, 2};
        plan = make_plan(&standard, &worker);
        CHECK(strncmp(plan.command_line, program, strlen(program)) == 0, "%s", cases[i].name);
        rest = plan.command_line + strlen(program);
        CHECK(strncmp(rest, cases[i].quoted, strlen(cases[i].quoted)) == 0 &&
                  strcmp(rest + strlen(cases[i].quoted), " \"last\"") == 0,
              "%s: %s", cases[i].name, rest);
        brig_windows_plan_done(&plan);
    }
}

static void test_limits(void)
{
    static const struct {
        const char *name;
        const brig_profile *profile;
        uint64_t memory_bytes;
        uint32_t process_count;
    } cases[] = {
        {"standard starts no other program", &standard, 2147483648, 1},
        {"tools starts as many as it says", &tools, 2147483648, 64},
        {"a profile's own limits", &own, 65536, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const brig_windows_worker worker = usual_worker();
        brig_windows_plan plan = make_plan(cases[i].profile, &worker);

        CHECK(plan.memory_bytes == cases[i].memory_bytes, "%s", cases[i].name);
        CHECK(plan.process_count == cases[i].process_count, "%s", cases[i].name);
        CHECK(plan.effects.exec == cases[i].profile->exec, "%s", cases[i].name);
        CHECK(strcmp(plan.effects.level, "minimal") == 0, "%s", cases[i].name);
        CHECK(strcmp(plan.effects.fs_read, "host") == 0, "%s", cases[i].name);
        CHECK(strcmp(plan.effects.network, "open") == 0, "%s", cases[i].name);
        CHECK(strcmp(plan.program, worker.program) == 0, "%s", cases[i].name);
        CHECK(strcmp(plan.workspace, worker.workspace) == 0, "%s", cases[i].name);
        brig_windows_plan_done(&plan);
    }
}

static void test_paths(void)
{
    static const struct {
        const char *path;
        brig_status as_directory;
        brig_status as_program;
    } cases[] = {
        {"C:\\a\\b.exe", BRIG_OK, BRIG_OK},
        {"c:\\a b\\B.EXE", BRIG_OK, BRIG_OK},
        {"C:\\a\\b", BRIG_OK, BRIG_ARGUMENT},
        {"C:\\a\\b.cmd", BRIG_OK, BRIG_ARGUMENT},
        {"C:\\a\\b.bat", BRIG_OK, BRIG_ARGUMENT},
        {"C:\\a\\b.exe ", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a\\b.exe.", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a\\b:s.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a\"\\b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a;b\\c.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a\\..\\b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a\\.\\b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a\\\\b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a/b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\a\\b\n.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:\\", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"C:b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"\\\\host\\share\\b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"\\\\?\\C:\\b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"b.exe", BRIG_ARGUMENT, BRIG_ARGUMENT},
        {"", BRIG_ARGUMENT, BRIG_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        brig_windows_worker worker = usual_worker();
        const brig_profile with_library = {.libraries = {&cases[i].path, 1},
                                           .limits = {.memory_bytes = 1}};
        brig_windows_plan plan = {0};

        worker.workspace = cases[i].path;
        CHECK(brig_windows_plan_new(&standard, &worker, &plan) == cases[i].as_directory,
              "a workspace %s", cases[i].path);
        brig_windows_plan_done(&plan);
        worker = usual_worker();
        CHECK(brig_windows_plan_new(&with_library, &worker, &plan) == cases[i].as_directory,
              "a library %s", cases[i].path);
        brig_windows_plan_done(&plan);
        worker.program = cases[i].path;
        CHECK(brig_windows_plan_new(&standard, &worker, &plan) == cases[i].as_program,
              "a program %s", cases[i].path);
        brig_windows_plan_done(&plan);
    }
}

static void test_bounds(void)
{
    enum { TOO_MANY = 33000 };
    static const brig_profile unlimited = {.name = "unlimited"};
    brig_windows_worker worker = usual_worker();
    char *argument = malloc(TOO_MANY + 1);
    brig_windows_plan plan;

    CHECK(argument != NULL, "memory");
    memset(argument, 'a', TOO_MANY);
    argument[TOO_MANY] = '\0';
    worker.arguments = (brig_strings){(const char *const *)&argument, 1};
    CHECK(brig_windows_plan_new(&standard, &worker, &plan) == BRIG_TOO_LARGE,
          "a command line that Windows would cut is refused");
    free(argument);
    worker = usual_worker();
    CHECK(brig_windows_plan_new(&unlimited, &worker, &plan) == BRIG_ARGUMENT,
          "no memory limit is no plan");
}

int main(void)
{
    test_environment();
    test_command_lines();
    test_limits();
    test_paths();
    test_bounds();
    return EXIT_SUCCESS;
}
