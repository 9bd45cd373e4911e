/* SPDX-License-Identifier: MIT */
/* Verbs for files and the environment (spec 14.1). */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <brig/message.h>
#include <brig/pack.h>

#include "arena.h"
#include "outcome.h"
#include "run.h"
#include "variables.h"

enum {
    VALUE_BYTES = 256 * 1024 * 1024,
    PIECE_BYTES = 65536,
    NEW_FILE = 0644,
    NEW_DIRECTORY = 0755
};

static const char *c_path(const conf_argument *argument, char path[PATH_MAX])
{
    const size_t len = argument->octets.len < PATH_MAX ? argument->octets.len : PATH_MAX - 1;

    memcpy(path, argument->octets.data, len);
    path[len] = '\0';
    return path;
}

static conf_flow succeed(int failed)
{
    return failed == 0 ? CONF_NEXT : conf_raise_errno();
}

/* The value is in the buffer, unless it did not fit. */
static conf_flow keep_result(brig_buffer *value)
{
    conf_flow flow = CONF_NEXT;

    if (value->fault == BRIG_OK)
        conf_variable_set_named("result", brig_buffer_span(value));
    else
        flow = conf_raise_text("memory", "there is not so much of it");
    brig_buffer_done(value);
    return flow;
}

static bool read_all(int fd, brig_buffer *to)
{
    ssize_t got;

    do {
        uint8_t *room = brig_buffer_reserve(to, PIECE_BYTES);

        if (room == NULL)
            return true; /* the buffer's fault says so */
        got = read(fd, room, PIECE_BYTES);
        if (got > 0)
            brig_buffer_grow(to, (size_t)got);
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0;
}

static conf_flow act_read(const conf_argument *arguments)
{
    char path[PATH_MAX];
    int fd = open(c_path(&arguments[0], path), O_RDONLY | O_CLOEXEC);
    brig_buffer octets;
    brig_buffer value;
    conf_flow flow = CONF_NEXT;

    if (fd < 0)
        return conf_raise_errno();
    brig_buffer_init(&octets, VALUE_BYTES);
    if (!read_all(fd, &octets))
        flow = conf_raise_errno();
    else if (octets.fault != BRIG_OK)
        flow = conf_raise_text("memory", "there is not so much of it");
    (void)close(fd);
    brig_buffer_init(&value, VALUE_BYTES + (size_t)PIECE_BYTES);
    brig_pack_bin(&value, brig_buffer_span(&octets));
    brig_buffer_done(&octets);
    if (flow == CONF_NEXT)
        return keep_result(&value);
    brig_buffer_done(&value);
    return flow;
}

static conf_flow act_write(const conf_argument *arguments)
{
    char path[PATH_MAX];
    brig_span left = arguments[1].octets;
    int fd = open(c_path(&arguments[0], path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, NEW_FILE);
    conf_flow flow = succeed(fd < 0);

    while (left.len > 0 && flow == CONF_NEXT) {
        ssize_t wrote = write(fd, left.data, left.len);

        if (wrote > 0)
            left = (brig_span){left.data + wrote, left.len - (size_t)wrote};
        else if (errno != EINTR)
            flow = conf_raise_errno();
    }
    if (fd >= 0)
        (void)close(fd);
    return flow;
}

static int skip_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int compare_octets(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void pack_clean(brig_buffer *to, const char *text)
{
    brig_buffer clean;

    brig_buffer_init(&clean, VALUE_BYTES);
    brig_text_clean(brig_span_text(text), VALUE_BYTES, &clean);
    brig_pack_text(to, brig_buffer_span(&clean));
    brig_buffer_done(&clean);
}

static conf_flow act_list(const conf_argument *arguments)
{
    char path[PATH_MAX];
    struct dirent **entries = NULL;
    brig_buffer value;
    int count = scandir(c_path(&arguments[0], path), &entries, skip_dots, compare_octets);

    if (count < 0)
        return conf_raise_errno();
    brig_buffer_init(&value, VALUE_BYTES);
    brig_pack_array(&value, (size_t)count);
    for (int i = 0; i < count; i++) {
        pack_clean(&value, entries[i]->d_name);
        free(entries[i]);
    }
    free((void *)entries);
    return keep_result(&value);
}

static conf_flow act_mkdir(const conf_argument *arguments)
{
    char path[PATH_MAX];

    return succeed(mkdir(c_path(&arguments[0], path), NEW_DIRECTORY));
}

static conf_flow act_fifo(const conf_argument *arguments)
{
    char path[PATH_MAX];

    return succeed(mkfifo(c_path(&arguments[0], path), NEW_FILE));
}

static conf_flow act_remove(const conf_argument *arguments)
{
    char path[PATH_MAX];

    (void)c_path(&arguments[0], path);
    if (unlink(path) == 0)
        return CONF_NEXT;
    return succeed(errno == EISDIR || errno == EPERM ? rmdir(path) : -1);
}

static conf_flow act_symlink(const conf_argument *arguments)
{
    char target[PATH_MAX];
    char path[PATH_MAX];

    return succeed(symlink(c_path(&arguments[0], target), c_path(&arguments[1], path)));
}

static conf_flow act_environment(const conf_argument *unused)
{
    brig_buffer value;
    size_t count = 0;

    (void)unused;
    while (environ[count] != NULL)
        count++;
    brig_buffer_init(&value, VALUE_BYTES);
    brig_pack_map(&value, count);
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(environ[i], '=');

        brig_pack_text(&value, (brig_span){(const uint8_t *)environ[i],
                                           equals != NULL ? (size_t)(equals - environ[i])
                                                          : strlen(environ[i])});
        pack_clean(&value, equals != NULL ? equals + 1 : "");
    }
    return keep_result(&value);
}

const conf_verb conf_verbs_files[] = {
    {"read", act_read, {{CONF_WORD, NULL}}},
    {"write", act_write, {{CONF_WORD, NULL}, {CONF_TEXT, NULL}}},
    {"list", act_list, {{CONF_WORD, NULL}}},
    {"mkdir", act_mkdir, {{CONF_WORD, NULL}}},
    {"fifo", act_fifo, {{CONF_WORD, NULL}}},
    {"remove", act_remove, {{CONF_WORD, NULL}}},
    {"symlink", act_symlink, {{CONF_WORD, NULL}, {CONF_WORD, NULL}}},
    {"environment", act_environment, {{CONF_NONE, NULL}}},
    {NULL, NULL, {{CONF_NONE, NULL}}},
};
