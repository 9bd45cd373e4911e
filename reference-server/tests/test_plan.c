/* SPDX-License-Identifier: MIT */
/* Plans for a made-up machine, line by line, without privilege. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include <brig/pack.h>
#include <check.h>

#include "step.h"

static const brig_host_path binds[] = {
    {"/usr/lib", BRIG_HOST_DIRECTORY, NULL},    {"/etc/ld.so.cache", BRIG_HOST_FILE, NULL},
    {"/lib", BRIG_HOST_SYMLINK, "usr/lib"},     {"/usr/lib/R", BRIG_HOST_DIRECTORY, NULL},
    {"/tmp/shared", BRIG_HOST_DIRECTORY, NULL},
};
static const char *const libraries[] = {"/opt/r/library", "/usr/lib/R/library"};
static const brig_host_path programs[] = {{"/usr/bin", BRIG_HOST_DIRECTORY, NULL},
                                          {"/bin", BRIG_HOST_SYMLINK, "usr/bin"}};
static const brig_host_variable r_variables[] = {{"R_SHARE_DIR", "/usr/share/R/share"}};

static const brig_host machine = {
    .r_home = "/usr/lib/R",
    .binds = binds,
    .bind_count = sizeof(binds) / sizeof(binds[0]),
    .programs = programs,
    .program_count = 2,
    .libraries = {libraries, 2},
    .variables = r_variables,
    .variable_count = 1,
    .fresh_proc = true,
    .landlock_abi = 7,
    .template_uid = 200000,
    .template_gid = 200000,
};
static const brig_profile standard = {.name = "standard"};
static const brig_profile tools = {.name = "tools", .exec = true, .proc = true};

static const char standard_plan[] =
    "outer wall, by bubblewrap around the template:\n"
    "  unshare\n"
    "  hostname = sandbox\n"
    "  variable PATH = /usr/bin\n"
    "  variable HOME = /tmp\n"
    "  variable TMPDIR = /tmp\n"
    "  variable LANG = C.UTF-8\n"
    "  variable TZ = UTC\n"
    "  variable OPENBLAS_NUM_THREADS = 1\n"
    "  variable OMP_NUM_THREADS = 1\n"
    "  variable MKL_NUM_THREADS = 1\n"
    "  variable CLI_NO_THREAD = 1\n"
    "  variable R_SHARE_DIR = /usr/share/R/share\n"
    "  variable R_HOME = /usr/lib/R\n"
    "  variable R_LIBS = /opt/r/library:/usr/lib/R/library\n"
    "  scratch /tmp\n"
    "  directory /usr\n"
    "  bind_directory /usr/lib\n"
    "  directory /etc\n"
    "  bind_file /etc/ld.so.cache\n"
    "  symlink /lib = usr/lib\n"
    "  bind_directory /tmp/shared\n"
    "  directory /opt\n"
    "  directory /opt/r\n"
    "  bind_directory /opt/r/library\n"
    "  bind_directory /usr/bin\n"
    "  symlink /bin = usr/bin\n"
    "  proc /proc\n"
    "  devices /dev\n"
    "  program /run/brig/worker\n"
    "  directory /run/brig/root\n"
    "  seal /\n"
    "inner wall, by the shim around each session:\n"
    "  root /run/brig/root\n"
    "  scratch /tmp\n"
    "  scratch /workspace\n"
    "  directory /usr\n"
    "  bind_directory /usr/lib\n"
    "  directory /etc\n"
    "  bind_file /etc/ld.so.cache\n"
    "  symlink /lib = usr/lib\n"
    "  bind_directory /tmp/shared\n"
    "  directory /opt\n"
    "  directory /opt/r\n"
    "  bind_directory /opt/r/library\n"
    "  text_file /etc/passwd = sandbox:x:1000:1000:sandbox:/tmp:/bin/sh\\n\n"
    "  text_file /etc/group = sandbox:x:1000:\\n\n"
    "  text_file /etc/hosts = 127.0.0.1 localhost\\n::1 localhost\\n\n"
    "  directory /dev\n"
    "  device /dev/null\n"
    "  device /dev/zero = /dev/full\n"
    "  device /dev/random\n"
    "  device /dev/urandom\n"
    "  enter /run/brig/root\n"
    "  hostname = sandbox\n"
    "  cgroup_namespace\n"
    "  speculation\n"
    "  capabilities\n"
    "  landlock\n"
    "  limits\n"
    "  seccomp\n";

/* The same machine where no namespaces can be had. */
static brig_host reduced_machine(void)
{
    brig_host host = machine;

    host.bwrap = NULL;
    host.is_reduced = true;
    host.place = "/tmp/brig-0.a";
    return host;
}

static const char reduced_plan[] = "level reduced: no namespaces can be had here\n"
                                   "outer wall, by the template around itself:\n"
                                   "  variable PATH = /usr/bin\n"
                                   "  variable HOME = /tmp/brig-0.a\n"
                                   "  variable TMPDIR = /tmp/brig-0.a\n"
                                   "  variable LANG = C.UTF-8\n"
                                   "  variable TZ = UTC\n"
                                   "  variable OPENBLAS_NUM_THREADS = 1\n"
                                   "  variable OMP_NUM_THREADS = 1\n"
                                   "  variable MKL_NUM_THREADS = 1\n"
                                   "  variable CLI_NO_THREAD = 1\n"
                                   "  variable R_SHARE_DIR = /usr/share/R/share\n"
                                   "  variable R_HOME = /usr/lib/R\n"
                                   "  variable R_LIBS = /opt/r/library:/usr/lib/R/library\n"
                                   "  read /usr/lib\n"
                                   "  read /etc/ld.so.cache\n"
                                   "  read /usr/lib/R\n"
                                   "  read /tmp/shared\n"
                                   "  read /opt/r/library\n"
                                   "  read /usr/lib/R/library\n"
                                   "  read /usr/bin\n"
                                   "  use /dev/null\n"
                                   "  use /dev/random\n"
                                   "  use /dev/urandom\n"
                                   "  read /proc\n"
                                   "  keep /tmp/brig-0.a\n"
                                   "  confine = exec\n"
                                   "inner wall, by keeper, shim and worker of each session:\n"
                                   "  place /tmp/brig-0.a\n"
                                   "  own tmp\n"
                                   "  own workspace\n"
                                   "  domain\n"
                                   "  read /usr/lib\n"
                                   "  read /etc/ld.so.cache\n"
                                   "  read /usr/lib/R\n"
                                   "  read /tmp/shared\n"
                                   "  read /opt/r/library\n"
                                   "  read /usr/lib/R/library\n"
                                   "  use /dev/null\n"
                                   "  use /dev/random\n"
                                   "  use /dev/urandom\n"
                                   "  files\n"
                                   "  speculation\n"
                                   "  privileges\n"
                                   "  landlock\n"
                                   "  limits\n"
                                   "  seccomp\n";

static brig_plan *make_plan(const brig_profile *profile, const brig_host *host)
{
    brig_plan *plan;

    CHECK(brig_plan_new(profile, host, &plan) == BRIG_OK, "%s", profile->name);
    return plan;
}

static char *print_plan(const brig_plan *plan)
{
    size_t bytes;
    char *text;
    FILE *to = open_memstream(&text, &bytes);

    CHECK(to != NULL, "memory");
    brig_plan_print(plan, to);
    CHECK(fclose(to) == 0, "memory");
    return text;
}

static void test_golden(void)
{
    brig_plan *plan = make_plan(&standard, &machine);
    char *text = print_plan(plan);

    CHECK(strcmp(text, standard_plan) == 0, "the standard plan is now:\n%s", text);
    free(text);
    brig_plan_free(plan);
}

static void test_golden_reduced(void)
{
    const brig_host host = reduced_machine();
    brig_plan *plan = make_plan(&standard, &host);
    char *text = print_plan(plan);
    char **environment = brig_plan_environment(plan);

    CHECK(strcmp(text, reduced_plan) == 0, "the reduced plan is now:\n%s", text);
    CHECK(brig_plan_is_reduced(plan), "and says what it is");
    CHECK(environment != NULL && strcmp(environment[1], "HOME=/tmp/brig-0.a") == 0,
          "its variables become an environment");
    free(text);
    brig_bwrap_args_free(environment);
    brig_plan_free(plan);
}

/* What a change of profile or machine adds to, or takes from, the standard plan. */
static void test_differences(void)
{
    static const brig_profile programs_only = {.name = "programs", .exec = true};
    const brig_host reduced = reduced_machine();
    static const brig_host container = {.r_home = "/usr/lib/R", .fresh_proc = false};
    const struct {
        const char *name;
        const brig_profile *profile;
        const brig_host *host;
        const char *line;
        int count;
    } differences[] = {
        {"standard has one /proc, the template's", &standard, &machine, "  proc /proc\n", 1},
        {"tools has one more, its own", &tools, &machine, "  proc /proc\n", 2},
        {"standard has the programs of the template", &standard, &machine,
         "  bind_directory /usr/bin\n", 1},
        {"tools has them too", &tools, &machine, "  bind_directory /usr/bin\n", 2},
        {"tools may start programs", &tools, &machine, "  seccomp = exec\n", 1},
        {"also by Landlock", &tools, &machine, "  landlock = exec\n", 1},
        {"also what it wrote", &tools, &machine, "  scratch /workspace = exec\n", 1},
        {"tools names its descriptors", &tools, &machine, "  symlink /dev/fd = /proc/self/fd\n", 1},
        {"a container's template has the old /proc", &standard, &container, "  host_proc /proc\n",
         1},
        {"and no fresh one", &standard, &container, "  proc /proc\n", 0},
        {"without namespaces standard has programs for the template alone", &standard, &reduced,
         "  read /usr/bin\n", 1},
        {"and with exec for sessions too", &programs_only, &reduced, "  read /usr/bin\n", 2},
        {"which Landlock lets them start", &programs_only, &reduced, "  landlock = exec\n", 1},
        {"also what they wrote", &programs_only, &reduced, "  own workspace = exec\n", 1},
        {"nothing is mounted there", &programs_only, &reduced, "  root ", 0},
        {"without Landlock the plan does not claim it", &standard, &container, "  landlock\n", 0},
    };

    for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
        brig_plan *plan = make_plan(differences[i].profile, differences[i].host);
        char *text = print_plan(plan);
        int count = 0;

        for (const char *at = text; (at = strstr(at, differences[i].line)) != NULL; at++)
            count++;
        CHECK(count == differences[i].count, "%s: %d", differences[i].name, count);
        free(text);
        brig_plan_free(plan);
    }
}

static void test_paths(void)
{
    static const struct {
        const char *path;
        brig_status status;
    } paths[] = {
        {"/data", BRIG_OK},          {"/data/..a", BRIG_OK},         {"/", BRIG_ARGUMENT},
        {"", BRIG_ARGUMENT},         {"data", BRIG_ARGUMENT},        {"/data/", BRIG_ARGUMENT},
        {"/data/..", BRIG_ARGUMENT}, {"/data/../x", BRIG_ARGUMENT},  {"/./data", BRIG_ARGUMENT},
        {"//data", BRIG_ARGUMENT},   {"/data//more", BRIG_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const brig_host_path bind = {paths[i].path, BRIG_HOST_DIRECTORY, NULL};
        const brig_host as_bind = {.binds = &bind, .bind_count = 1};
        const brig_host as_library = {.libraries = {&paths[i].path, 1}};
        brig_plan *plan = NULL;

        CHECK(brig_plan_new(&standard, &as_bind, &plan) == paths[i].status, "%s", paths[i].path);
        brig_plan_free(plan);
        plan = NULL;
        CHECK(brig_plan_new(&standard, &as_library, &plan) == paths[i].status, "%s", paths[i].path);
        brig_plan_free(plan);
    }
}

/* The template reads the same steps that were planned. */
static void check_round_trip(const brig_plan *plan,
                             void (*encode)(const brig_plan *plan, brig_buffer *to))
{
    brig_steps steps;
    brig_buffer first;
    brig_buffer second;
    brig_tree *tree;

    brig_buffer_init(&first, 65536);
    brig_buffer_init(&second, 65536);
    encode(plan, &first);
    CHECK(brig_tree_new(brig_buffer_span(&first), &tree) == BRIG_OK, "encoded");
    CHECK(brig_steps_decode(brig_tree_root(tree), &steps) == BRIG_OK, "decoded");
    brig_steps_encode(&steps, &second);
    CHECK(brig_span_equal(brig_buffer_span(&first), brig_buffer_span(&second)), "the same");
    brig_steps_done(&steps);
    brig_tree_free(tree);
    brig_buffer_done(&first);
    brig_buffer_done(&second);
}

static void test_round_trip(void)
{
    const brig_host host = reduced_machine();
    brig_plan *plan = make_plan(&tools, &machine);
    brig_plan *reduced = make_plan(&standard, &host);

    check_round_trip(plan, brig_plan_encode);
    check_round_trip(reduced, brig_plan_encode);
    check_round_trip(reduced, brig_plan_encode_outer);
    brig_plan_free(plan);
    brig_plan_free(reduced);
}

enum { LIST_LENGTH = 10, NOTHING = 100 };

/* The first step tells what list it is. */
static const char *const complete_lists[][LIST_LENGTH] = {
    {"root", "scratch", "enter", "cgroup_namespace", "speculation", "capabilities", "limits",
     "seccomp"},
    {"domain", "place", "own", "files", "speculation", "privileges", "landlock", "limits",
     "seccomp"},
    {"confine", "keep"},
};

static size_t length_of(const char *const names[LIST_LENGTH])
{
    size_t length = 0;

    while (length < LIST_LENGTH && names[length] != NULL)
        length++;
    return length;
}

/* Steps with these names and no texts, but without the one at `left_out`. */
static brig_status decode_names(const char *const names[LIST_LENGTH], size_t left_out,
                                const char *extra)
{
    size_t total = length_of(names);
    brig_buffer bytes;
    brig_steps steps = {0};
    brig_tree *tree;
    brig_status status;

    brig_buffer_init(&bytes, 65536);
    brig_pack_array(&bytes, total + (extra != NULL) - (left_out < total));
    for (size_t i = 0; i <= total; i++) {
        const char *name = i < total ? names[i] : extra;

        if (i == left_out || name == NULL)
            continue;
        brig_pack_array(&bytes, 3);
        brig_pack_cstring(&bytes, name);
        brig_pack_nil(&bytes);
        brig_pack_nil(&bytes);
    }
    CHECK(brig_tree_new(brig_buffer_span(&bytes), &tree) == BRIG_OK, "encoded");
    status = brig_steps_decode(brig_tree_root(tree), &steps);
    brig_steps_done(&steps);
    brig_tree_free(tree);
    brig_buffer_done(&bytes);
    return status;
}

static void test_incomplete_plans(void)
{
    for (size_t list = 0; list < sizeof(complete_lists) / sizeof(complete_lists[0]); list++) {
        const char *const *names = complete_lists[list];

        CHECK(decode_names(names, NOTHING, NULL) == BRIG_OK, "a list with all walls is taken: %s",
              names[0]);
        for (size_t i = 0; names[i] != NULL; i++)
            CHECK(decode_names(names, i, NULL) == BRIG_MALFORMED,
                  "a list of kind %s without %s is refused", names[0], names[i]);
        CHECK(decode_names(names, NOTHING, "gate") == BRIG_MALFORMED, "an unknown step is refused");
        CHECK(decode_names(names, NOTHING, "unshare") == BRIG_MALFORMED,
              "an outer step is refused inside");
    }
}

int main(void)
{
    test_golden();
    test_golden_reduced();
    test_differences();
    test_paths();
    test_round_trip();
    test_incomplete_plans();
    return EXIT_SUCCESS;
}
