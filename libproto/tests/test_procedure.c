/* SPDX-License-Identifier: MIT */
/* Arguments of procedures and records, paths to what is wrong, and sandbox statements. */
#include <brig/procedure.h>

#include <brig/message.h>

#include "bytes.h"
#include "check.h"
#include "notation.h"

static const struct record_case {
    const char *name;
    const char *map;
    const char *path; /* unless BRIG_OK */
    brig_record record;
    brig_status status;
} record_cases[] = {
    {"an empty record", "{}", NULL, BRIG_RECORD_NOTHING, BRIG_OK},
    {"a key where none is known", "{'a': 1}", "/a", BRIG_RECORD_NOTHING, BRIG_UNSUPPORTED},
    {"no map", "[]", "", BRIG_RECORD_NOTHING, BRIG_ARGUMENT},
    {"all of open",
     "{'profile': 'standard', 'tools': [], 'limits': {'deadline_ms': 1}, 'require': {'exec': "
     "false},"
     " 'env': {'TZ': 'UTC'}, 'seed': -5, 'engine': 'r', 'stdin': true, 'keep_ms': 0}",
     NULL, BRIG_RECORD_OPEN, BRIG_OK},
    {"an unknown key below (MSG-008)", "{'limits': {'deadline': 1}}", "/limits/deadline",
     BRIG_RECORD_OPEN, BRIG_UNSUPPORTED},
    {"an unknown effect (MSG-008)", "{'require': {'color': 'red'}}", "/require/color",
     BRIG_RECORD_OPEN, BRIG_UNSUPPORTED},
    {"a text for a map", "{'limits': 'none'}", "/limits", BRIG_RECORD_OPEN, BRIG_ARGUMENT},
    {"an element of another type", "{'env': {'A': 'x', 'B': 1}}", "/env/B", BRIG_RECORD_OPEN,
     BRIG_ARGUMENT},
    {"a float for an int", "{'seed': 1.0}", "/seed", BRIG_RECORD_OPEN, BRIG_ARGUMENT},
    {"a text for bytes", "{'ticket': 'abc'}", "/ticket", BRIG_RECORD_OPEN, BRIG_ARGUMENT},
    {"nil is not a missing key", "{'engine': null}", "/engine", BRIG_RECORD_OPEN, BRIG_ARGUMENT},
    {"below the minimum", "{'deadline_ms': 0}", "/deadline_ms", BRIG_RECORD_LIMITS, BRIG_ARGUMENT},
    {"a negative number", "{'grace_ms': -1}", "/grace_ms", BRIG_RECORD_LIMITS, BRIG_ARGUMENT},
    {"zero where there is no minimum", "{'grace_ms': 0}", NULL, BRIG_RECORD_LIMITS, BRIG_OK},
    {"2^53-1", "{'grace_ms': 9007199254740991}", NULL, BRIG_RECORD_LIMITS, BRIG_OK},
    {"2^53", "{'grace_ms': 9007199254740992}", "/grace_ms", BRIG_RECORD_LIMITS, BRIG_ARGUMENT},
    {"2^64-1", "{'grace_ms': 18446744073709551615}", "/grace_ms", BRIG_RECORD_LIMITS,
     BRIG_ARGUMENT},
    {"id 0", "{'id': 0}", "/id", BRIG_RECORD_CANCEL, BRIG_ARGUMENT},
    {"an id", "{'id': 1}", NULL, BRIG_RECORD_CANCEL, BRIG_OK},
    {"a required key is missing", "{}", "/id", BRIG_RECORD_CANCEL, BRIG_ARGUMENT},
    {"a value of the list", "{'code': '1', 'value': 'plain'}", NULL, BRIG_RECORD_EVAL, BRIG_OK},
    {"a value that is not in the list", "{'code': '1', 'value': 'plai'}", "/value",
     BRIG_RECORD_EVAL, BRIG_ARGUMENT},
    {"the whole list is no value", "{'code': '1', 'value': 'none|text'}", "/value",
     BRIG_RECORD_EVAL, BRIG_ARGUMENT},
    {"nothing is no value", "{'code': '1', 'value': ''}", "/value", BRIG_RECORD_EVAL,
     BRIG_ARGUMENT},
    {"arguments of any kind", "{'code': '1', 'args': {'a': <06>, 'b': [1, {'c': null}]}}", NULL,
     BRIG_RECORD_EVAL, BRIG_OK},
    {"arguments are a map", "{'code': '1', 'args': []}", "/args", BRIG_RECORD_EVAL, BRIG_ARGUMENT},
    {"an open record ignores unknown keys (MSG-009)", "{'name': 'r', 'version': '4', 'more': [1]}",
     NULL, BRIG_RECORD_ENGINE, BRIG_OK},
    {"an open record checks known keys", "{'name': 'r', 'version': 4}", "/version",
     BRIG_RECORD_ENGINE, BRIG_ARGUMENT},
    {"a record in a record",
     "{'session': 's', 'generation': 1, 'engine': {'name': 'r'}, 'sandbox': {}, 'limits': {}}",
     "/engine/version", BRIG_RECORD_OPENED, BRIG_ARGUMENT},
    {"a declaration in a list", "{'tools': [{'name': 'a'}, {'name': '1'}]}", "/tools/1/name",
     BRIG_RECORD_DEFINE, BRIG_ARGUMENT},
    {"two tools of one name (TOL-002)", "{'tools': [{'name': 'a'}, {'name': 'b'}, {'name': 'a'}]}",
     "/tools/2/name", BRIG_RECORD_DEFINE, BRIG_ARGUMENT},
    {"an element that is no map", "{'tools': [1]}", "/tools/0", BRIG_RECORD_DEFINE, BRIG_ARGUMENT},
    {"an unknown keyword (TOL-004)",
     "{'tools': [{'name': 'a', 'params': {'properties': {'x': {'pattern': '.'}}}}]}",
     "/tools/0/params/properties/x/pattern", BRIG_RECORD_DEFINE, BRIG_UNSUPPORTED},
    {"a key with signs of the path language", "{'a/b~c': 1}", "/a~1b~0c", BRIG_RECORD_NOTHING,
     BRIG_UNSUPPORTED},
    {"a key with control characters", "{'a\x1b\nb': 1}", "/a\\x1b\\x0ab", BRIG_RECORD_NOTHING,
     BRIG_UNSUPPORTED},
};

static void test_records(void)
{
    for (size_t i = 0; i < COUNT_OF(record_cases); i++) {
        const struct record_case *c = &record_cases[i];
        brig_problem problem = {.code = BRIG_ERROR_COUNT};
        struct written map = write_value(c->map);
        brig_status status = brig_record_check(c->record, map.value, &problem);

        CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
        if (status == BRIG_OK) {
            CHECK(problem.code == BRIG_ERROR_COUNT, "%s: a problem without a fault", c->name);
        } else {
            CHECK(strcmp(problem.path, c->path) == 0, "%s: path %s", c->name, problem.path);
            CHECK(problem.code == (status == BRIG_UNSUPPORTED ? BRIG_ERROR_UNSUPPORTED
                                                              : BRIG_ERROR_BAD_ARGUMENTS),
                  "%s: %s", c->name, brig_error_name(problem.code));
        }
        written_done(&map);
    }
}

/* A path that is too long is cut where a character begins. */
static void test_long_path(void)
{
    for (size_t len = 240; len < 270; len++) {
        char key[300];
        char notation[320];
        brig_problem problem;
        struct written map;

        memset(key, 'a', len);
        memcpy(key + len, "\xe2\x82\xac", 4);
        (void)snprintf(notation, sizeof(notation), "{'%s': 1}", key);
        map = write_value(notation);
        CHECK(brig_record_check(BRIG_RECORD_NOTHING, map.value, &problem) == BRIG_UNSUPPORTED,
              "%zu", len);
        size_t shown = strlen(problem.path);
        size_t whole = len + 4 < sizeof(problem.path) ? len + 4 : len + 1;
        size_t most = sizeof(problem.path) - 1;
        CHECK(shown == (whole < most ? whole : most), "%zu: %zu shown", len, shown);
        written_done(&map);
    }
}

static void test_options(void)
{
    struct written args = write_value("{'code': '1'}");
    struct written bad_args = write_value("{'code': 1}");
    struct written options = write_value("{'deadline_ms': 5}");
    struct written bad_options = write_value("{'deadline': 5}");
    brig_problem problem = {.code = BRIG_ERROR_COUNT};

    CHECK(brig_procedure_check(BRIG_PROCEDURE_EVAL, args.value, NULL, &problem) == BRIG_OK, "none");
    CHECK(brig_procedure_check(BRIG_PROCEDURE_EVAL, args.value, options.value, &problem) == BRIG_OK,
          "right options");
    CHECK(brig_procedure_check(BRIG_PROCEDURE_EVAL, args.value, bad_options.value, &problem) ==
              BRIG_UNSUPPORTED,
          "unknown option (MSG-008)");
    CHECK(strcmp(problem.path, "/options/deadline") == 0, "%s", problem.path);
    CHECK(brig_procedure_check(BRIG_PROCEDURE_EVAL, bad_args.value, bad_options.value, &problem) ==
              BRIG_ARGUMENT,
          "args come first");
    CHECK(strcmp(problem.path, "/code") == 0, "%s", problem.path);
    written_done(&args);
    written_done(&bad_args);
    written_done(&options);
    written_done(&bad_options);
}

static void test_procedures(void)
{
    static const struct {
        const char *name;
        int is_code, is_control, is_from_client, is_from_server;
    } procedures[] = {
        {"brig.open", 0, 0, 1, 0},   {"brig.eval", 1, 0, 1, 0},  {"brig.call", 1, 0, 1, 0},
        {"brig.define", 1, 0, 1, 0}, {"brig.reset", 0, 0, 1, 0}, {"brig.cancel", 0, 1, 1, 1},
        {"brig.put", 0, 0, 1, 0},    {"brig.get", 0, 0, 1, 0},   {"brig.list", 0, 0, 1, 0},
        {"brig.info", 0, 0, 1, 0},   {"brig.ping", 0, 1, 1, 1},  {"brig.input", 0, 0, 0, 1},
    };

    CHECK(COUNT_OF(procedures) == BRIG_PROCEDURE_COUNT, "the table is complete");
    for (size_t i = 0; i < COUNT_OF(procedures); i++) {
        brig_procedure procedure = brig_procedure_find(brig_span_text(procedures[i].name));
        const char *name = procedures[i].name;

        CHECK(strcmp(brig_procedure_name(procedure), name) == 0, "%s", name);
        CHECK(brig_procedure_is_code(procedure) == procedures[i].is_code, "%s", name);
        CHECK(brig_procedure_is_control(procedure) == procedures[i].is_control, "%s", name);
        CHECK(brig_procedure_is_from(procedure, BRIG_SIDE_CLIENT) == procedures[i].is_from_client,
              "%s", name);
        CHECK(brig_procedure_is_from(procedure, BRIG_SIDE_SERVER) == procedures[i].is_from_server,
              "%s", name);
        CHECK(!brig_procedure_is_from(procedure, BRIG_SIDE_WORKER), "%s", name);
    }
    CHECK(brig_procedure_find(brig_span_text("brig.evil")) == BRIG_PROCEDURE_COUNT, "no such");
    CHECK(brig_procedure_find(brig_span_text("")) == BRIG_PROCEDURE_COUNT, "no name");
    CHECK(strcmp(brig_procedure_name(BRIG_PROCEDURE_COUNT), "?") == 0, "no name for none");
    CHECK(!brig_procedure_is_code(BRIG_PROCEDURE_COUNT), "none is no code call");
}

static const struct meets_case {
    const char *name;
    const char *require;
    brig_status status;
    const char *path;
} meets_cases[] = {
    {"nothing is required", NULL, BRIG_OK, NULL},
    {"an empty map requires nothing", "{}", BRIG_OK, NULL},
    {"the same", "{'level': 'reduced', 'exec': true, 'network': 'none'}", BRIG_OK, NULL},
    {"less", "{'level': 'none', 'network': 'open', 'uid': 'shared'}", BRIG_OK, NULL},
    {"more", "{'uid': 'own', 'level': 'full'}", BRIG_UNSUPPORTED, "/level"},
    {"a stricter bool", "{'exec': false}", BRIG_UNSUPPORTED, "/exec"},
    {"no such value", "{'level': 'perfect'}", BRIG_ARGUMENT, "/level"},
    {"a text for a bool is its word, not a value", "{'level': true}", BRIG_ARGUMENT, "/level"},
    {"a number", "{'exec': 1}", BRIG_ARGUMENT, "/exec"},
    {"no such effect", "{'color': 'red'}", BRIG_ARGUMENT, "/color"},
    {"an effect the statement does not make", "{'memory': 'none'}", BRIG_UNSUPPORTED, "/memory"},
    {"an effect stated in unknown words", "{'fs_read': 'host'}", BRIG_UNSUPPORTED, "/fs_read"},
};

static void test_sandbox(void)
{
    struct written statement =
        write_value("{'level': 'reduced', 'fs_read': 'most', 'network': 'none', 'exec': true,"
                    " 'uid': 'own'}");

    for (size_t i = 0; i < COUNT_OF(meets_cases); i++) {
        const struct meets_case *c = &meets_cases[i];
        brig_problem problem = {.code = BRIG_ERROR_COUNT};
        struct written require = write_value(c->require);
        brig_status status = brig_sandbox_meets(require.value, statement.value, &problem);

        CHECK(status == c->status, "%s: %s", c->name, brig_status_name(status));
        if (status != BRIG_OK) {
            CHECK(strcmp(problem.path, c->path) == 0, "%s: %s", c->name, problem.path);
            CHECK(problem.code ==
                      (status == BRIG_ARGUMENT ? BRIG_ERROR_BAD_ARGUMENTS : BRIG_ERROR_DENIED),
                  "%s: %s", c->name, brig_error_name(problem.code));
        }
        written_done(&require);
    }
    written_done(&statement);
}

/* SBX-003 and the table of effects: each value of each, required of each. */
static const struct effect_order {
    const char *name;
    const char *values[5]; /* strictest first, as JSON */
} effect_orders[] = {
    {"level", {"'full'", "'reduced'", "'minimal'", "'none'"}},
    {"fs_read", {"'listed'", "'host'"}},
    {"fs_write", {"'workspace'", "'host'"}},
    {"network", {"'none'", "'tools'", "'open'"}},
    {"exec", {"false", "true"}},
    {"processes", {"'own'", "'shared'"}},
    {"memory", {"'group'", "'process'", "'none'"}},
    {"uid", {"'own'", "'shared'"}},
};

static void check_requirement(const struct effect_order *order, int wanted, int stated)
{
    brig_problem problem = {.code = BRIG_ERROR_COUNT};
    char text[64];
    char path[32];

    (void)snprintf(text, sizeof(text), "{'%s': %s}", order->name, order->values[wanted]);
    struct written require = write_value(text);
    (void)snprintf(text, sizeof(text), "{'%s': %s}", order->name, order->values[stated]);
    struct written statement = write_value(text);
    brig_status status = brig_sandbox_meets(require.value, statement.value, &problem);
    CHECK((status == BRIG_OK) == (stated <= wanted), "%s %s where %s is stated: %s", order->name,
          order->values[wanted], order->values[stated], brig_status_name(status));
    (void)snprintf(path, sizeof(path), "/%s", order->name);
    CHECK(status == BRIG_OK ||
              (problem.code == BRIG_ERROR_DENIED && strcmp(problem.path, path) == 0),
          "%s is denied and named: %s", order->name, problem.path);
    written_done(&require);
    written_done(&statement);
}

static void test_every_effect(void)
{
    CHECK(COUNT_OF(effect_orders) == BRIG_EFFECT_COUNT, "every effect of the registry");
    for (size_t i = 0; i < COUNT_OF(effect_orders); i++)
        for (int wanted = 0; effect_orders[i].values[wanted] != NULL; wanted++)
            for (int stated = 0; effect_orders[i].values[stated] != NULL; stated++)
                check_requirement(&effect_orders[i], wanted, stated);
}

int main(void)
{
    test_records();
    test_long_path();
    test_options();
    test_procedures();
    test_sandbox();
    test_every_effect();
    return EXIT_SUCCESS;
}
