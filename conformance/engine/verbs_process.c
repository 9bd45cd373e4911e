/* SPDX-License-Identifier: MIT */
/* Verbs about the process, its memory and other processes (spec 14.1). */
#include "process.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <brig/pack.h>

#include "arena.h"
#include "link.h"
#include "outcome.h"
#include "run.h"
#include "variables.h"

enum { SCALAR_BYTES = 16, NOT_STARTED = 127, ADDRESS_BYTES = 64, MAX_PORT = 65535 };

/* What `allocate` took, linked through its first octets. */
typedef struct taken {
    struct taken *next;
} taken;

static taken *allocated;

void conf_process_give_back(void)
{
    while (allocated != NULL) {
        taken *one = allocated;

        allocated = one->next;
        free(one);
    }
}

static conf_flow act_allocate(const conf_argument *arguments)
{
    const size_t bytes = (size_t)arguments[0].number;
    taken *one = malloc(bytes > sizeof(*one) ? bytes : sizeof(*one));

    if (one == NULL)
        return conf_raise_text("memory", "there is not so much of it");
    memset(one, 'x', bytes);
    one->next = allocated;
    allocated = one;
    return CONF_NEXT;
}

static conf_flow act_exit(const conf_argument *arguments)
{
    _exit((int)(arguments[0].number & UINT8_MAX));
}

static conf_flow act_signal(const conf_argument *arguments)
{
    const int number = (int)arguments[0].number;

    (void)signal(number, SIG_DFL);
    return raise(number) == 0 ? CONF_NEXT : conf_raise_errno();
}

static conf_flow act_close(const conf_argument *arguments)
{
    return close(arguments[0].octets.data[0] - '0') == 0 ? CONF_NEXT : conf_raise_errno();
}

static _Noreturn void be_child(const conf_line *line)
{
    (void)conf_run_line(line);
    conf_link_hang();
}

static conf_flow act_fork(const conf_argument *arguments)
{
    pid_t pid = fork();

    if (pid == 0) {
        conf_link_drop();
        be_child(arguments[0].line);
    }
    return pid < 0 ? conf_raise_errno() : CONF_NEXT;
}

static conf_flow act_clone(const conf_argument *arguments)
{
    pid_t pid = fork();

    if (pid == 0)
        be_child(arguments[0].line);
    return pid < 0 ? conf_raise_errno() : CONF_NEXT;
}

static conf_flow act_kill(const conf_argument *arguments)
{
    const int64_t pid = arguments[0].number;

    if (pid < INT_MIN || pid > INT_MAX || arguments[1].number > INT_MAX)
        return conf_raise_text("ESRCH", "no process has this number");
    return kill((pid_t)pid, (int)arguments[1].number) == 0 ? CONF_NEXT : conf_raise_errno();
}

static const char *c_text(brig_span text, char *to, size_t bytes)
{
    size_t len = text.len < bytes ? text.len : bytes - 1;

    memcpy(to, text.data, len);
    to[len] = '\0';
    return to;
}

/* The child tells through a pipe that closes on exec why it could not. */
static pid_t start_program(const char *path, int *ret_errno)
{
    char *const argv[] = {(char *)(uintptr_t)path, NULL};
    int pair[2];
    pid_t pid;

    *ret_errno = 0;
    if (pipe2(pair, O_CLOEXEC) != 0) {
        *ret_errno = errno;
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        (void)execv(path, argv);
        const int failed = errno;
        (void)!write(pair[1], &failed, sizeof(failed));
        _exit(NOT_STARTED);
    }
    *ret_errno = pid < 0 ? errno : 0;
    (void)close(pair[1]);
    if (pid > 0 && read(pair[0], ret_errno, sizeof(*ret_errno)) != (ssize_t)sizeof(*ret_errno))
        *ret_errno = 0;
    (void)close(pair[0]);
    return pid;
}

static conf_flow act_exec(const conf_argument *arguments)
{
    char path[PATH_MAX];
    int failed;
    int status = 0;
    brig_buffer value;
    pid_t pid = start_program(c_text(arguments[0].octets, path, sizeof(path)), &failed);

    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        if (conf_link_is_interrupted())
            return CONF_INTERRUPTED;
    if (failed != 0) {
        errno = failed;
        return conf_raise_errno();
    }
    brig_buffer_init(&value, SCALAR_BYTES);
    brig_pack_uint(&value, WIFEXITED(status) ? (unsigned)WEXITSTATUS(status)
                                             : 128U + (unsigned)WTERMSIG(status));
    conf_variable_set_named("result", brig_buffer_span(&value));
    brig_buffer_done(&value);
    return CONF_NEXT;
}

/* unix:PATH */
static bool read_unix(const char *name, struct sockaddr_un *ret_address)
{
    static const char scheme[] = "unix:";
    const size_t skipped = sizeof(scheme) - 1;

    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strncmp(name, scheme, skipped) != 0 ||
        strlen(name + skipped) >= sizeof(ret_address->sun_path))
        return false;
    memcpy(ret_address->sun_path, name + skipped, strlen(name + skipped));
    return true;
}

/* tcp:ADDRESS:PORT */
static bool read_tcp(char *name, struct sockaddr_in *ret_address)
{
    static const char scheme[] = "tcp:";
    const size_t skipped = sizeof(scheme) - 1;
    char *colon = strrchr(name, ':');

    *ret_address = (struct sockaddr_in){.sin_family = AF_INET};
    if (strncmp(name, scheme, skipped) != 0 || colon == name + skipped - 1)
        return false;
    *colon = '\0';
    const unsigned long port = strtoul(colon + 1, NULL, 10);
    ret_address->sin_port = htons((uint16_t)port);
    return port <= MAX_PORT && inet_pton(AF_INET, name + skipped, &ret_address->sin_addr) == 1;
}

static conf_flow open_and_close(const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    conf_flow flow = CONF_NEXT;

    if (fd < 0 || connect(fd, address, len) != 0)
        flow = conf_raise_errno();
    if (fd >= 0)
        (void)close(fd);
    return flow;
}

static conf_flow act_connect(const conf_argument *arguments)
{
    char name[PATH_MAX];
    struct sockaddr_un local;
    struct sockaddr_in remote;

    (void)c_text(arguments[0].octets, name, sizeof(name));
    if (read_unix(name, &local))
        return open_and_close((const struct sockaddr *)&local, sizeof(local));
    if (read_tcp(name, &remote))
        return open_and_close((const struct sockaddr *)&remote, sizeof(remote));
    return conf_raise_text("EINVAL", "neither unix:PATH nor tcp:ADDRESS:PORT");
}

const conf_verb conf_verbs_process[] = {
    {"allocate", act_allocate, {{CONF_COUNT, NULL}}},
    {"exit", act_exit, {{CONF_COUNT, NULL}}},
    {"signal", act_signal, {{CONF_COUNT, NULL}}},
    {"close", act_close, {{CONF_CHOICE, "0 1 2 3"}}},
    {"fork", act_fork, {{CONF_LINE, NULL}}},
    {"clone", act_clone, {{CONF_LINE, NULL}}},
    {"kill", act_kill, {{CONF_INT, NULL}, {CONF_COUNT, NULL}}},
    {"exec", act_exec, {{CONF_WORD, NULL}}},
    {"connect", act_connect, {{CONF_WORD, NULL}}},
    {NULL, NULL, {{CONF_NONE, NULL}}},
};
