/* SPDX-License-Identifier: MIT */
/* Workers without processes: the far ends of their channels. */
#include "world.h"

#include <errno.h>
#include <stdarg.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <brig/pack.h>
#include <check.h>

#include "fake_template.h"

enum {
    LINK_BYTES = 1 << 20,
    ARGS_BYTES = 32768,
};

static struct world *current;

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
long __wrap_syscall(long number, ...);
/* NOLINTEND(bugprone-reserved-identifier) */

/* The one system call that brigd makes by number: SIGKILL to a session. It ends at once. */
long __wrap_syscall(long number, ...)
{
    va_list arguments;

    CHECK(number == SYS_pidfd_send_signal, "system call %ld", number);
    va_start(arguments, number);
    int pidfd = va_arg(arguments, int);
    va_end(arguments);
    for (size_t i = 0; i < WORLD_WORKERS; i++) {
        if (current->workers[i].is_alive && current->workers[i].pidfd == pidfd)
            world_kill(&current->workers[i]);
    }
    return 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void world_kill(struct world_worker *worker)
{
    worker->is_alive = false;
    close_fd(&worker->channel_fd);
    close_fd(&worker->supervisor_fd);
    close_fd(&worker->raw_fds[0]);
    close_fd(&worker->raw_fds[1]);
    close_fd(&worker->life_fd);
}

void world_forget(struct world_worker *worker)
{
    world_kill(worker);
    brig_link_free(worker->channel);
    brig_link_free(worker->supervisor);
    brig_buffer_done(&worker->limits);
    *worker = (struct world_worker){
        .channel_fd = -1, .supervisor_fd = -1, .raw_fds = {-1, -1}, .life_fd = -1};
}

struct world_worker *world_newest(struct world *world)
{
    for (size_t i = WORLD_WORKERS; i-- > 0;) {
        if (world->workers[i].is_alive)
            return &world->workers[i];
    }
    return NULL;
}

/* The places are a list in order of age: the first free one behind all that live. */
static struct world_worker *find_place(struct world *world)
{
    size_t place = 0;

    for (size_t i = 0; i < WORLD_WORKERS; i++) {
        if (world->workers[i].is_alive)
            place = i + 1;
    }
    return place < WORLD_WORKERS ? &world->workers[place] : NULL;
}

static void keep_limits(struct world_worker *worker, brig_span args)
{
    brig_tree *tree = NULL;

    CHECK(brig_tree_new(args, &tree) == BRIG_OK, "args of start");
    brig_buffer_init(&worker->limits, ARGS_BYTES);
    brig_buffer_append(&worker->limits, brig_value_get(brig_tree_root(tree), "limits")->encoded);
    brig_tree_free(tree);
}

static void make_worker(struct world_worker *worker, const brig_start_request *request)
{
    const brig_link_config config = {.max_message_bytes = BRIG_LIMIT_MAX_MESSAGE_BYTES,
                                     .max_output_bytes = LINK_BYTES};
    int fds[BRIG_SESSION_FDS];
    int life[2];

    world_forget(worker);
    for (int i = 0; i < BRIG_SESSION_FDS; i++) {
        fds[i] = dup(request->fds[i]);
        CHECK(fds[i] >= 0 && fcntl(fds[i], F_SETFL, O_NONBLOCK) == 0, "%d", errno);
    }
    CHECK(pipe2(life, O_CLOEXEC | O_NONBLOCK) == 0, "%d", errno);
    worker->channel_fd = fds[BRIG_SESSION_WORKER];
    worker->supervisor_fd = fds[BRIG_SESSION_SUPERVISOR];
    worker->raw_fds[0] = fds[BRIG_SESSION_STDOUT];
    worker->raw_fds[1] = fds[BRIG_SESSION_STDERR];
    worker->life_fd = life[1];
    worker->pidfd = life[0];
    worker->is_alive = true;
    CHECK(brig_link_new(&config, &worker->channel) == BRIG_OK &&
              brig_link_new(&config, &worker->supervisor) == BRIG_OK,
          "links");
    keep_limits(worker, brig_buffer_span(&request->packet));
}

bool world_start_worker(struct world *world, const char *failure)
{
    brig_start_request *request = fake_template_oldest();
    struct world_worker *worker = find_place(world);

    current = world;
    if (request == NULL)
        return false;
    if (failure != NULL || worker == NULL) {
        fake_template_fail(request, failure != NULL ? failure : "the host is full");
        return true;
    }
    make_worker(worker, request);
    request->on_sent(request);
    fake_template_start(request, worker->pidfd);
    return true;
}

/* ---- what they are told ---- */

static void note_channel(struct world_worker *worker, const brig_message *message)
{
    if (message->type != BRIG_MESSAGE_CALL)
        return;
    if (brig_span_is(message->name, "brig.open"))
        worker->open_id = message->id;
    else
        worker->call_id = message->id;
}

static void note_supervisor(struct world_worker *worker, const brig_message *message)
{
    CHECK(message->type == BRIG_MESSAGE_CALL, "the shim is only asked");
    if (brig_span_is(message->name, "go"))
        worker->go_id = message->id;
    else if (brig_span_is(message->name, "interrupt"))
        worker->interrupt_id = message->id;
    else if (worker->file_count < WORLD_CALLS)
        worker->file_ids[worker->file_count++] = message->id;
}

static bool read_link(int fd, brig_link *link, struct world_worker *worker,
                      void (*note)(struct world_worker *, const brig_message *))
{
    bool has_moved = false;
    brig_message message;

    while (fd >= 0) {
        brig_room room = brig_link_room(link);
        ssize_t got = read(fd, room.data, room.len);

        if (got <= 0)
            break;
        has_moved = true;
        brig_link_filled(link, (size_t)got);
        while (brig_link_next(link, &message) == BRIG_OK)
            note(worker, &message);
    }
    return has_moved;
}

static bool write_link(int fd, brig_link *link)
{
    bool has_moved = false;

    while (fd >= 0 && brig_link_output(link).len > 0) {
        brig_span out = brig_link_output(link);
        ssize_t put = write(fd, out.data, out.len);

        if (put <= 0)
            break;
        has_moved = true;
        brig_link_sent(link, (size_t)put);
    }
    return has_moved;
}

void world_say(brig_link *link, const brig_message *message)
{
    brig_status status = brig_link_send(link, message);

    CHECK(status != BRIG_NO_MEMORY, "memory");
}

void world_write(int fd, brig_span bytes)
{
    if (fd >= 0 && bytes.len > 0)
        (void)!write(fd, bytes.data, bytes.len);
}

/* ---- regular answers ---- */

static void pack_report(const struct world_worker *worker, brig_buffer *to)
{
    static const char *const namespaces[] = {"user", "mount", "pid", "net", "ipc"};

    brig_pack_map(to, 1);
    brig_pack_cstring(to, "report");
    brig_pack_map(to, 5);
    brig_pack_key_uint(to, "landlock_abi", 7);
    brig_pack_key_text(to, "seccomp_sha256",
                       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    brig_pack_cstring(to, "namespaces");
    brig_pack_array(to, sizeof(namespaces) / sizeof(namespaces[0]));
    for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
        brig_pack_cstring(to, namespaces[i]);
    brig_pack_key_bool(to, "no_new_privs", true);
    brig_pack_cstring(to, "limits");
    brig_pack_raw(to, brig_buffer_span(&worker->limits));
}

bool world_answer_go(struct world_worker *worker)
{
    const brig_message hello = {.type = BRIG_MESSAGE_HELLO};
    brig_message answer = {.type = BRIG_MESSAGE_RESULT, .id = worker->go_id};
    brig_buffer report;

    if (worker->go_id == 0)
        return false;
    brig_buffer_init(&report, ARGS_BYTES);
    pack_report(worker, &report);
    answer.body = brig_buffer_span(&report);
    world_say(worker->supervisor, &answer);
    world_say(worker->channel, &hello);
    brig_buffer_done(&report);
    worker->go_id = 0;
    return true;
}

bool world_answer_open(struct world_worker *worker)
{
    const brig_message answer = {.type = BRIG_MESSAGE_RESULT, .id = worker->open_id};

    if (worker->open_id == 0)
        return false;
    world_say(worker->channel, &answer);
    worker->open_id = 0;
    return true;
}

bool world_answer_shim(struct world_worker *worker)
{
    brig_message answer = {.type = BRIG_MESSAGE_RESULT, .id = worker->interrupt_id};

    if (worker->file_count > 0)
        answer.id = worker->file_ids[--worker->file_count];
    else
        worker->interrupt_id = 0;
    if (answer.id == 0)
        return false;
    world_say(worker->supervisor, &answer);
    return true;
}

static bool move_worker(struct world *world, struct world_worker *worker)
{
    bool has_moved = false;

    if (!worker->is_deaf)
        has_moved |= read_link(worker->channel_fd, worker->channel, worker, note_channel);
    has_moved |= read_link(worker->supervisor_fd, worker->supervisor, worker, note_supervisor);
    if (!world->is_shim_slow && world_answer_go(worker))
        has_moved = true;
    if (!world->is_shim_slow && world_answer_shim(worker))
        has_moved = true;
    if (!world->is_engine_slow && world_answer_open(worker))
        has_moved = true;
    has_moved |= write_link(worker->supervisor_fd, worker->supervisor);
    has_moved |= write_link(worker->channel_fd, worker->channel);
    return has_moved;
}

bool world_move_workers(struct world *world)
{
    bool has_moved = false;

    if (!world->is_template_slow)
        has_moved = world_start_worker(world, NULL);
    for (size_t i = 0; i < WORLD_WORKERS; i++) {
        if (world->workers[i].is_alive)
            has_moved |= move_worker(world, &world->workers[i]);
    }
    return has_moved;
}
