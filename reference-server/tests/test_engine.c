/* SPDX-License-Identifier: MIT */
/* A worker program whose engine does what test_session.c tells it, as hostile code would. */
#include "test_engine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <brig/pack.h>

#include "engine.h"
#include "template.h"

enum { COMMAND_BYTES = 512, ANSWER_BYTES = 4096 };

static void *sleep_for_ever(void *unused)
{
    for (;;)
        (void)pause();
    return unused;
}

/* `preload` names what a careless package would do in the template. */
static brig_status start(const brig_value *configure, char *error, size_t error_bytes)
{
    const brig_value *preload = brig_value_get(configure, "preload");
    const brig_value *first =
        preload != NULL && preload->array.count > 0 ? &preload->array.items[0] : NULL;
    pthread_t thread;

    if (brig_value_is_text(first, "thread")) {
        if (pthread_create(&thread, NULL, sleep_for_ever, NULL) != 0)
            return BRIG_SYSTEM;
    } else if (brig_value_is_text(first, "descriptor")) {
        if (open("/dev/zero", O_RDONLY) < 0)
            return BRIG_SYSTEM;
    } else if (first != NULL) {
        (void)snprintf(error, error_bytes, "there is no package of this name");
        return BRIG_UNAVAILABLE;
    }
    return BRIG_OK;
}

static void describe(brig_buffer *to)
{
    brig_pack_map(to, 3);
    brig_pack_key_text(to, "name", "test");
    brig_pack_key_text(to, "version", "1");
    brig_pack_cstring(to, "packages");
    brig_pack_map(to, 0);
}

void test_engine_say(char *answer, long result)
{
    (void)snprintf(answer, ANSWER_BYTES, "%s", result >= 0 ? "ok" : strerrorname_np(errno));
}

static void do_open(const char *path, char *answer)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK);

    test_engine_say(answer, fd);
    if (fd >= 0)
        (void)close(fd);
}

static void do_write(const char *path, char *answer)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    test_engine_say(answer, fd < 0 ? -1 : write(fd, "hostile", 7));
    if (fd >= 0)
        (void)close(fd);
}

static void do_read(const char *path, char *answer)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, answer, ANSWER_BYTES - 1);

    if (got < 0)
        test_engine_say(answer, -1);
    else
        answer[got] = '\0';
    if (fd >= 0)
        (void)close(fd);
}

static void do_socket(const char *argument, char *answer)
{
    int family = (int)strtol(argument, NULL, 10);

    test_engine_say(answer, socket(family, SOCK_STREAM, 0));
}

static void do_socketpair(const char *argument, char *answer)
{
    int family = (int)strtol(argument, NULL, 10);
    int ends[2] = {-1, -1};

    test_engine_say(answer, socketpair(family, SOCK_STREAM, 0, ends));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void do_exec(const char *path, char *answer)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        (void)execl(path, path, (char *)NULL);
        _exit(errno == EPERM ? 100 : errno == EACCES ? 101 : 102);
    }
    (void)waitpid(child, &status, 0);
    (void)snprintf(answer, ANSWER_BYTES, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void do_call(const char *argument, char *answer)
{
    test_engine_say(answer, syscall(strtol(argument, NULL, 10), 0, 0, 0, 0, 0, 0));
}

/* clone, with these flags. */
static void do_clone(const char *argument, char *answer)
{
    long result = syscall(SYS_clone, strtol(argument, NULL, 0) | SIGCHLD, 0, 0, 0, 0);

    if (result == 0)
        _exit(0);
    test_engine_say(answer, result);
}

/* ioctl on descriptor 0 with this request. */
static void do_ioctl(const char *argument, char *answer)
{
    test_engine_say(answer, syscall(SYS_ioctl, 0, strtoull(argument, NULL, 0), ""));
}

static void do_shared_memory(const char *argument, char *answer)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)argument;
    test_engine_say(answer, memory == MAP_FAILED ? -1 : 0);
}

/* Map a file shared with whoever else has it. */
static void do_map(const char *path, char *answer)
{
    int fd = open(path, O_RDONLY);
    void *memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

    test_engine_say(answer, memory == MAP_FAILED ? -1 : 0);
    if (memory != MAP_FAILED)
        (void)munmap(memory, 4096);
    if (fd >= 0)
        (void)close(fd);
}

/* As many refused calls as asked for, without a pause. */
static void do_flood(const char *argument, char *answer)
{
    long count = strtol(argument, NULL, 10);

    while (count-- > 0)
        if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)
            break;
    test_engine_say(answer, count < 0 ? 0 : -1);
}

static void do_allocate(const char *argument, char *answer)
{
    size_t bytes = strtoull(argument, NULL, 10);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    test_engine_say(answer, memory == MAP_FAILED ? -1 : 0);
    if (memory != MAP_FAILED)
        (void)munmap(memory, bytes);
}

static void do_env(const char *name, char *answer)
{
    const char *value = getenv(name);

    (void)snprintf(answer, ANSWER_BYTES, "%s", value == NULL ? "unset" : value);
}

static void do_limit(const char *argument, char *answer)
{
    struct rlimit limit = {0, 0};

    (void)getrlimit((__rlimit_resource_t)strtol(argument, NULL, 10), &limit);
    (void)snprintf(answer, ANSWER_BYTES, "%llu", (unsigned long long)limit.rlim_max);
}

static void do_hostname(const char *argument, char *answer)
{
    (void)argument;
    (void)gethostname(answer, ANSWER_BYTES);
}

static void do_identity(const char *argument, char *answer)
{
    (void)argument;
    (void)snprintf(answer, ANSWER_BYTES, "uid %u pid %d session %d", getuid(), getpid(),
                   getsid(0) == getpid());
}

static void do_privileges(const char *argument, char *answer)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {{1, 1, 1}};
    int bounding = 0;

    (void)argument;
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        bounding += prctl(PR_CAPBSET_READ, capability);
    (void)syscall(SYS_capget, &header, held);
    (void)snprintf(answer, ANSWER_BYTES, "held %x bounding %d securebits %x no_new_privs %d",
                   held[0].effective | held[0].permitted | held[0].inheritable | held[1].effective |
                       held[1].permitted | held[1].inheritable,
                   bounding, (unsigned)prctl(PR_GET_SECUREBITS),
                   prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void do_symlink(const char *argument, char *answer)
{
    char target[COMMAND_BYTES];
    const char *link = strchr(argument, ' ');

    (void)snprintf(target, sizeof(target), "%.*s", (int)(link - argument), argument);
    test_engine_say(answer, symlink(target, link + 1));
}

static void do_fifo(const char *path, char *answer)
{
    test_engine_say(answer, mkfifo(path, 0600));
}

static void do_bind(const char *path, char *answer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int ends[2] = {-1, -1};

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        test_engine_say(answer, -1);
    else
        test_engine_say(answer, bind(ends[0], (const struct sockaddr *)&address, sizeof(address)));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void do_lease(const char *path, char *answer)
{
    int fd = open(path, O_WRONLY);

    (void)signal(SIGIO, SIG_IGN); /* how the kernel asks for the lease back */
    test_engine_say(answer, fd < 0 ? -1 : fcntl(fd, F_SETLEASE, F_WRLCK));
}

static void do_mkdirs(const char *argument, char *answer)
{
    long count = strtol(argument, NULL, 10);
    char name[32];

    for (long i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "d%04ld", i);
        if (mkdir(name, 0700) != 0)
            break;
    }
    test_engine_say(answer, 0);
}

static void do_deep(const char *argument, char *answer)
{
    long depth = strtol(argument, NULL, 10);

    while (depth-- > 0)
        if (mkdir("deep", 0700) != 0 || chdir("deep") != 0)
            break;
    test_engine_say(answer, depth < 0 ? chdir("/workspace") : -1);
}

static void do_signal_shim(const char *argument, char *answer)
{
    test_engine_say(answer, kill(1, (int)strtol(argument, NULL, 10)));
}

static void do_chmod(const char *path, char *answer)
{
    test_engine_say(answer, chmod(path, 0));
}

static void do_fill(const char *path, char *answer)
{
    static const char block[65536];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    while (fd >= 0 && write(fd, block, sizeof(block)) > 0)
        ;
    test_engine_say(answer, -1);
    if (fd >= 0)
        (void)close(fd);
}

/* Children until there are no more; they end with the session. */
static void do_fork_bomb(const char *argument, char *answer)
{
    long count = 0;
    pid_t child;

    (void)argument;
    while ((child = fork()) > 0)
        count++;
    if (child == 0)
        for (;;)
            (void)pause();
    (void)snprintf(answer, ANSWER_BYTES, "%ld %s", count, strerrorname_np(errno));
}

/* A daemon that outlives the worker's own end. */
static void do_daemon(const char *argument, char *answer)
{
    (void)argument;
    if (fork() == 0) {
        (void)setsid();
        if (fork() == 0)
            for (;;)
                (void)pause();
        _exit(0);
    }
    (void)wait(NULL);
    test_engine_say(answer, 0);
}

static void do_print(const char *text, char *answer)
{
    test_engine_say(answer, write(STDOUT_FILENO, text, strlen(text)));
    (void)write(STDERR_FILENO, text, strlen(text));
}

static void do_descriptors(const char *argument, char *answer)
{
    size_t len = 0;

    (void)argument;
    answer[0] = '\0';
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            len += (size_t)snprintf(answer + len, ANSWER_BYTES - len, "%d ", fd);
}

static void do_exit(const char *argument, char *answer)
{
    (void)answer;
    _exit((int)strtol(argument, NULL, 10));
}

static void do_kill_self(const char *argument, char *answer)
{
    (void)answer;
    (void)kill(getpid(), (int)strtol(argument, NULL, 10));
}

static void do_spin(const char *argument, char *answer)
{
    (void)argument;
    (void)answer;
    for (volatile unsigned turns = 0;; turns++)
        ;
}

static const test_engine_command commands[] = {
    {"open", do_open},
    {"write", do_write},
    {"read", do_read},
    {"socket", do_socket},
    {"socketpair", do_socketpair},
    {"exec", do_exec},
    {"call", do_call},
    {"clone", do_clone},
    {"ioctl", do_ioctl},
    {"shared-memory", do_shared_memory},
    {"map", do_map},
    {"flood", do_flood},
    {"allocate", do_allocate},
    {"env", do_env},
    {"limit", do_limit},
    {"hostname", do_hostname},
    {"identity", do_identity},
    {"privileges", do_privileges},
    {"symlink", do_symlink},
    {"fifo", do_fifo},
    {"bind", do_bind},
    {"lease", do_lease},
    {"mkdirs", do_mkdirs},
    {"deep", do_deep},
    {"signal-shim", do_signal_shim},
    {"chmod", do_chmod},
    {"fill", do_fill},
    {"fork-bomb", do_fork_bomb},
    {"daemon", do_daemon},
    {"print", do_print},
    {"descriptors", do_descriptors},
    {"exit", do_exit},
    {"kill-self", do_kill_self},
    {"spin", do_spin},
    {NULL, NULL},
};

static const test_engine_command *find_command(const test_engine_command *table,
                                               const char *command)
{
    size_t len = strcspn(command, ":");

    while (table->name != NULL &&
           (strlen(table->name) != len || strncmp(command, table->name, len) != 0))
        table++;
    return table->name == NULL ? NULL : table;
}

static void obey(const char *command, char *answer)
{
    const test_engine_command *found = find_command(commands, command);
    size_t len = strcspn(command, ":");

    if (found == NULL)
        found = find_command(test_engine_file_commands, command);
    if (found == NULL)
        (void)snprintf(answer, ANSWER_BYTES, "no such command");
    else
        found->run(command[len] == ':' ? command + len + 1 : "", answer);
}

/* Commands and answers are lines; the real worker profile is not what is tested here. */
static void run(void)
{
    FILE *channel = fdopen(BRIG_WORKER_FD, "r");
    char command[COMMAND_BYTES];
    char answer[ANSWER_BYTES];

    (void)dprintf(BRIG_WORKER_FD, "hello\n");
    while (channel != NULL && fgets(command, sizeof(command), channel) != NULL) {
        command[strcspn(command, "\n")] = '\0';
        obey(command, answer);
        (void)dprintf(BRIG_WORKER_FD, "%s\n", answer);
    }
    _exit(0);
}

int main(void)
{
    static const brig_engine engine = {
        .name = TEST_ENGINE_NAME, .start = start, .describe = describe, .run = run};
    static const brig_engine *const engines[] = {&engine, NULL};

    return brig_template_main(engines);
}
