/* SPDX-License-Identifier: MIT */
/* The configuration: what is read, what is refused and where the error points. */
#include "config.h"

#include <string.h>

#include <unistd.h>

#include "check.h"

static const char path[] = "test_config.yaml";

static void write_file(const char *text)
{
    FILE *file = fopen(path, "we");

    CHECK(file != NULL, "the file opens");
    CHECK(fputs(text, file) >= 0, "the file is written");
    CHECK(fclose(file) == 0, "the file closes");
}

typedef struct refusal_case {
    const char *name;
    const char *text;
    const char *complaint; /* part of the error */
} refusal_case;

#define PROFILE "profiles:\n  - name: a\n"

static const refusal_case refusals[] = {
    {"an unknown key is refused with its line", PROFILE "    exce: true\n", "line: 2"},
    {"an unknown key is named", PROFILE "    exce: true\n", "exce"},
    {"a limit that is no number is refused with its line",
     PROFILE "    limits:\n      deadline_ms: soon\n", "line: 4"},
    {"a limit that is no number is named", PROFILE "    limits:\n      deadline_ms: soon\n",
     "deadline_ms"},
    {"a negative limit is refused", PROFILE "    limits:\n      processes: -1\n", "processes"},
    {"a deadline of 0 is refused", PROFILE "    limits:\n      deadline_ms: 0\n", "deadline_ms"},
    {"too few descriptors are refused", PROFILE "    limits:\n      open_files: 3\n", "open_files"},
    {"more open tool calls than calls are refused",
     PROFILE "    limits:\n      tool_calls_open: 65\n", "tool_calls_open"},
    {"messages too small for a worker are refused",
     PROFILE "    limits:\n      message_bytes: 1048575\n",
     "message_bytes must be at least 1048576"},
    {"messages larger than the protocol's are refused",
     PROFILE "    limits:\n      message_bytes: 16777217\n",
     "message_bytes must be at most 16777216"},
    {"a message size that is no number is refused",
     PROFILE "    limits:\n      message_bytes: 1 MiB\n", "message_bytes"},
    {"too many spares are refused", PROFILE "    spares: 65\n", "spares"},
    {"an unknown engine is refused", PROFILE "    engine: cobol\n", "cobol"},
    {"R's packages are refused for another engine",
     PROFILE "    engine: conf\n    preload: [stats]\n", "preload"},
    {"R's home is refused for another engine", PROFILE "    engine: conf\n    r_home: /usr/lib/R\n",
     "r_home"},
    {"an unknown isolation is refused", PROFILE "    isolation: hope\n", "isolation"},
    {"a profile without a name is refused", "profiles:\n  - exec: true\n", "name"},
    {"two profiles of one name are refused", PROFILE "  - name: a\n", "twice"},
    {"a listener without a key is refused", "listen:\n  - unix: /tmp/x\n", "key_file"},
    {"a static key without a list of clients is refused",
     "listen:\n  - unix: /tmp/x\n    static_key_file: /tmp/k\n", "client_keys_file"},
    {"no connection at all is refused", "max_connections: 0\n", "max_connections"},
    {"a handshake longer than the protocol's is refused", "handshake_ms: 5001\n", "handshake_ms"},
    {"buffers that hold no message are refused", "buffer_bytes: 1048576\n", "buffer_bytes"},
    {"uid 0 for templates is refused", "uid_base: 0\n", "uid_base"},
    {"an audit log without a file is refused", "audit:\n  code: true\n", "file"},
    {"an audit log at a relative path is refused", "audit:\n  file: a.jsonl\n", "absolute"},
    {"an unknown answer to a full disk is refused", "audit:\n  file: /a\n  on_failure: hope\n",
     "on_failure"},
    {"an audit queue without room for a line is refused",
     "audit:\n  file: /a\n  queue_bytes: 1000\n", "queue_bytes"},
    {"an audit queue of a negative size is refused", "audit:\n  file: /a\n  queue_bytes: -1\n",
     "queue_bytes"},
    {"a cgroup that is no path is refused", "cgroup: maybe\n", "cgroup"},
    {"a session never has more files than its template can outbid",
     PROFILE "    limits:\n      open_files: 2000000000\n", "open_files must be at most"},
    {"a share of the processor beyond reason is refused", PROFILE "    cpu_percent: 2000000\n",
     "cpu_percent"},
    {"a page without room is refused", PROFILE "    limits:\n      display_pixels: 9\n",
     "display_pixels"},
    {"broken YAML is refused", "profiles: [\n", path},
};

static void check_refusal(const refusal_case *c)
{
    char error[2048] = "";
    brig_config *config = NULL;

    write_file(c->text);
    CHECK(brig_config_new(path, error, sizeof(error), &config) == BRIG_ARGUMENT, "%s", c->name);
    CHECK(config == NULL, "%s: nothing is returned", c->name);
    CHECK(strstr(error, path) != NULL, "%s: the file is named in: %s", c->name, error);
    CHECK(strstr(error, c->complaint) != NULL, "%s: `%s` in: %s", c->name, c->complaint, error);
}

static void check_reading(void)
{
    char error[2048] = "";
    brig_config *config = NULL;

    write_file("listen:\n"
               "  - unix: /run/brig.sock\n"
               "    key_file: /etc/brig/key\n"
               "    allow_uids: [1000, 1001]\n"
               "max_connections: 7\n"
               "profiles:\n"
               "  - name: data\n"
               "    exec: true\n"
               "    isolation: process\n"
               "    spares: 3\n"
               "    preload: [stats, utils]\n"
               "    limits:\n"
               "      deadline_ms: 1234\n"
               "      grace_ms: 0\n"
               "      message_bytes: 1048576\n");
    CHECK(brig_config_new(path, error, sizeof(error), &config) == BRIG_OK, "it reads: %s", error);
    CHECK(config->listener_count == 1 && config->listeners[0].allow_uid_count == 2,
          "the listener is there");
    CHECK(config->listeners[0].allow_uids[1] == 1001, "its users are there");
    CHECK(config->max_connections == 7, "the cap is there");
    size_t index = brig_config_find_profile(config, "data", 4);
    CHECK(index == 0, "the profile is found");
    const brig_profile *profile = &config->profiles[index];
    CHECK(profile->exec && profile->isolated && !profile->proc, "its switches are read");
    CHECK(profile->spares == 3, "its spares are read");
    CHECK(profile->preload.count == 2 && strcmp(profile->preload.items[1], "utils") == 0,
          "its packages are read");
    CHECK(profile->limits.deadline_ms == 1234, "a limit is read");
    CHECK(profile->limits.grace_ms == 0, "a limit of 0 is not the default");
    CHECK(profile->limits.message_bytes == 1048576, "the smallest messages are possible");
    CHECK(profile->limits.processes == 64, "a limit that is not there has its default");
    CHECK(config->profile_count == 4, "the built-in profiles are there too");
    brig_config_free(config);
}

static void check_audit(void)
{
    char error[2048] = "";
    brig_config *config = NULL;

    write_file("audit:\n  file: /var/log/brig.jsonl\n");
    CHECK(brig_config_new(path, error, sizeof(error), &config) == BRIG_OK, "it reads: %s", error);
    CHECK(strcmp(config->audit.path, "/var/log/brig.jsonl") == 0, "the file is there");
    CHECK(config->audit.refuses && !config->audit.syncs && !config->audit.has_code,
          "unless told otherwise it fails closed and holds no code");
    brig_config_free(config);
    write_file("audit:\n  file: /a\n  on_failure: count\n  sync: true\n  code: true\n"
               "  queue_bytes: 262144\n");
    CHECK(brig_config_new(path, error, sizeof(error), &config) == BRIG_OK, "it reads: %s", error);
    CHECK(!config->audit.refuses && config->audit.syncs && config->audit.has_code &&
              config->audit.queue_bytes == 262144,
          "each key is read");
    brig_config_free(config);
    write_file("max_connections: 7\n");
    CHECK(brig_config_new(path, error, sizeof(error), &config) == BRIG_OK, "it reads: %s", error);
    CHECK(config->audit.path == NULL, "there is no audit log unless one is asked for");
    brig_config_free(config);
}

static void check_builtin(void)
{
    brig_config *config = NULL;

    CHECK(brig_config_new_builtin(&config) == BRIG_OK, "the built-in configuration");
    size_t standard = brig_config_find_profile(config, "standard", 8);
    size_t tools = brig_config_find_profile(config, "tools", 5);
    size_t strict = brig_config_find_profile(config, "strict", 6);
    CHECK(standard == 0 && tools == 1 && strict == 2, "has three profiles");
    CHECK(config->profiles[strict].isolated && !config->profiles[strict].exec,
          "`strict` shares no template and starts no programs");
    CHECK(config->profiles[strict].limits.deadline_ms < config->profiles[0].limits.deadline_ms &&
              config->profiles[strict].limits.memory_bytes <
                  config->profiles[0].limits.memory_bytes &&
              config->profiles[strict].limits.grace_ms == config->profiles[0].limits.grace_ms,
          "its limits are tighter, and those that it does not name are the defaults");
    CHECK(config->profiles[strict].limits.message_bytes == BRIG_LIMIT_MAX_MESSAGE_BYTES,
          "messages are as large as the protocol's, unless a profile says otherwise");
    CHECK(!config->profiles[standard].exec && !config->profiles[standard].proc,
          "`standard` starts no programs");
    CHECK(config->profiles[standard].spares == 1, "`standard` has a spare");
    CHECK(config->profiles[tools].exec && config->profiles[tools].proc, "`tools` does");
    CHECK(brig_config_find_profile(config, "tool", 4) == config->profile_count,
          "part of a name is no name");
    brig_config_free(config);
}

static void check_tightening(void)
{
    brig_limits granted = {.deadline_ms = 1000, .processes = 8, .output_bytes = 0};
    brig_limits asked = {.deadline_ms = 5000, .processes = 2, .output_bytes = UINT64_MAX};

    brig_limits limits = brig_limits_tighten(&granted, &asked);
    CHECK(limits.deadline_ms == 1000, "a client cannot get more time than the profile grants");
    CHECK(limits.processes == 2, "a client can do with fewer processes");
    CHECK(limits.output_bytes == 0, "what was not asked for stays");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        check_refusal(&refusals[i]);
    check_reading();
    check_audit();
    check_builtin();
    check_tightening();
    CHECK(unlink(path) == 0, "the file is removed");
    char error[256] = "";
    brig_config *config = NULL;
    CHECK(brig_config_new(path, error, sizeof(error), &config) == BRIG_SYSTEM,
          "a missing file is reported");
    return 0;
}
