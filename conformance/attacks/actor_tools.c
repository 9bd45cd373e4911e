/* SPDX-License-Identifier: MIT */
/* Tools as an application would host them: typed arguments, no shell, files below one directory. */
#include "actor_tools.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "json_value.h"

#define FILES_DIRECTORY "files"

enum { ANSWER_BYTES = 65536 };

/* The first argument if it is a text. */
static brig_span first_text(const brig_tool_call *call)
{
    const brig_value *args = brig_tool_call_args(call);

    if (args->map.count == 0 || args->map.entries[0].value.kind != BRIG_TEXT)
        return brig_span_text("");
    return args->map.entries[0].value.bytes;
}

static void answer_text(brig_tool_call *call, brig_span text)
{
    brig_buffer answer;

    brig_buffer_init(&answer, ANSWER_BYTES);
    brig_pack_text(&answer, text);
    brig_tool_call_answer(call, brig_buffer_span(&answer));
    brig_buffer_done(&answer);
}

static void answer_count(const actor_tools *tools, brig_tool_call *call)
{
    brig_buffer answer;

    brig_buffer_init(&answer, 16);
    brig_pack_uint(&answer, json_array_size(tools->calls));
    brig_tool_call_answer(call, brig_buffer_span(&answer));
    brig_buffer_done(&answer);
}

/* The kernel refuses what leads out: "..", absolute paths, links, /proc's magic. */
static int open_below(const char *path)
{
    const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                                 .resolve =
                                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int directory = open(FILES_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat what;
    long fd;

    if (directory < 0)
        return -1;
    fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
    (void)close(directory);
    if (fd >= 0 && (fstat((int)fd, &what) != 0 || !S_ISREG(what.st_mode))) {
        (void)close((int)fd);
        return -1;
    }
    return (int)fd;
}

static void answer_file(brig_tool_call *call)
{
    const brig_span path = first_text(call);
    char name[256] = "";
    char content[4096];
    ssize_t got = -1;
    int fd = -1;

    /* A NUL inside would name another file than the text does. */
    if (path.len > 0 && path.len < sizeof(name) && memchr(path.data, '\0', path.len) == NULL) {
        memcpy(name, path.data, path.len);
        fd = open_below(name);
    }
    if (fd >= 0) {
        got = read(fd, content, sizeof(content));
        (void)close(fd);
    }
    if (got < 0)
        brig_tool_call_fail(call, BRIG_ERROR_TOOL, "no such file");
    else
        answer_text(call, (brig_span){(const uint8_t *)content, (size_t)got});
}

static void on_call(void *context, brig_tool_call *call)
{
    actor_tool *own = context;
    actor_tools *tools = own->all;

    (void)json_array_append_new(tools->calls,
                                json_pack("{s:s, s:o}", "name", brig_tool_call_name(call), "args",
                                          brig_json_of(brig_tool_call_args(call))));
    if (strcmp(own->answer, "echo") == 0)
        answer_text(call, first_text(call));
    else if (strcmp(own->answer, "count") == 0)
        answer_count(tools, call);
    else if (strcmp(own->answer, "read") == 0)
        answer_file(call);
    else if (strcmp(own->answer, "hold") == 0 && tools->held == NULL)
        tools->held = call;
    else
        brig_tool_call_fail(call, BRIG_ERROR_TOOL, "the record is locked");
}

void actor_tools_release(actor_tools *tools)
{
    if (tools->held != NULL)
        answer_text(tools->held, brig_span_text("late"));
    tools->held = NULL;
}

static bool read_params(actor_tool *own, brig_tool *tool, json_t *params)
{
    json_t *param;
    size_t i;

    if (json_array_size(params) > ACTOR_PARAMS)
        return false;
    json_array_foreach(params, i, param)
    {
        int optional = 0;

        if (json_unpack(param, "{s:s, s:s, s?b}", "name", &own->params[i].name, "type",
                        &own->params[i].type, "optional", &optional) != 0)
            return false;
        own->params[i].is_optional = optional != 0;
        tool->param_count++;
    }
    tool->params = own->params;
    return true;
}

bool actor_tools_read(actor_tools *tools, json_t *declared)
{
    json_t *one;
    size_t i;

    tools->count = 0;
    json_array_foreach(declared, i, one)
    {
        brig_tool *tool = &tools->tools[i];
        actor_tool *own = &tools->own[i];

        if (i == ACTOR_TOOLS)
            return false;
        *own = (actor_tool){.all = tools, .answer = "fail"};
        *tool = (brig_tool){.context = own};
        if (json_unpack(one, "{s:s, s?s, s?s}", "name", &tool->name, "answer", &own->answer, "code",
                        &tool->code) != 0 ||
            !read_params(own, tool, json_object_get(one, "params"))) {
            (void)fprintf(stderr, "actor: tool %zu is not understood\n", i);
            return false;
        }
        tool->handler = tool->code == NULL ? on_call : NULL;
        tools->count++;
    }
    return true;
}
