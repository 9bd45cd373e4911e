/* SPDX-License-Identifier: MIT */
/* What the self-test tries, in native code. ARCHITECTURE.md, "The self-test". */
#include "probe_tries.h"

#include <sys/socket.h> /* first: older headers of <linux/vm_sockets.h> do not include it */

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <speculation.h>

/* 0, or the errno of a call that has just returned. */
static int outcome(long result)
{
    return result >= 0 ? 0 : errno;
}

/* 0 as soon as one of them can be opened, else the last errno. */
static int open_any(const char *const *paths, size_t count, int flags)
{
    int error = ENOENT;

    for (size_t i = 0; i < count && error != 0; i++)
        error = outcome(open(paths[i], flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600));
    return error;
}

static int probe_host_file(const brig_probe_board *board)
{
    int error = ENOENT;

    for (size_t i = 0; i < board->file_count && error != 0; i++)
        error = outcome(open(board->files[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    return error;
}

static int probe_other_file(const brig_probe_board *board)
{
    return outcome(open(board->other_file, O_RDONLY | O_CLOEXEC));
}

static int probe_write_outside(const brig_probe_board *board)
{
    static const char *const paths[] = {"/brig-probe",         "/etc/brig-probe",
                                        "/usr/lib/brig-probe", "/usr/share/brig-probe",
                                        "/dev/brig-probe",     "/run/brig-probe"};
    int error = ENOENT;

    (void)board;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && error != 0; i++) {
        error = outcome(open(paths[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (error == 0)
            (void)unlink(paths[i]);
    }
    return error;
}

static int probe_kernel_setting(const brig_probe_board *board)
{
    (void)board;
    return outcome(open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC));
}

static int probe_other_process(const brig_probe_board *board)
{
    char environment[64];
    char memory[64];
    const char *const paths[] = {environment, memory};

    (void)snprintf(environment, sizeof(environment), "/proc/%d/environ", (int)board->guard);
    (void)snprintf(memory, sizeof(memory), "/proc/%d/mem", (int)board->guard);
    return open_any(paths, sizeof(paths) / sizeof(paths[0]), O_RDONLY);
}

static int probe_sysfs(const brig_probe_board *board)
{
    static const char *const paths[] = {"/sys/kernel", "/sys/fs/cgroup", "/sys/class"};

    (void)board;
    return open_any(paths, sizeof(paths) / sizeof(paths[0]), O_RDONLY | O_DIRECTORY);
}

static int probe_environment(const brig_probe_board *board)
{
    return getenv(board->variable) != NULL ? 0 : ENOENT;
}

/* A connection to something that listens outside, or a datagram to it. */
static int reach(int type, uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = port};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&name, sizeof(name)) != 0)
        return errno;
    return outcome(send(fd, "", 1, MSG_NOSIGNAL));
}

static int probe_tcp(const brig_probe_board *board)
{
    return reach(SOCK_STREAM, htons(board->port));
}

static int probe_udp(const brig_probe_board *board)
{
    return reach(SOCK_DGRAM, htons(board->port));
}

static int probe_netlink(const brig_probe_board *board)
{
    (void)board;
    return outcome(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int probe_packet(const brig_probe_board *board)
{
    (void)board;
    return outcome(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int probe_vsock(const brig_probe_board *board)
{
    (void)board;
    return outcome(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int probe_alg(const brig_probe_board *board)
{
    (void)board;
    return outcome(socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}

static int probe_abstract_socket(const brig_probe_board *board)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t len = strlen(board->abstract_name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(name.sun_path + 1, board->abstract_name, len);
    if (fd < 0)
        return errno;
    return outcome(connect(fd, (const struct sockaddr *)&name,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)));
}

static int probe_socket_file(const brig_probe_board *board)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%.64s/brig-probe-socket", board->scratch);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof(name)) != 0)
        return errno;
    return outcome(unlink(name.sun_path));
}

/* The first that starts takes this process's place, and its outcome stays 0. */
static int probe_exec(const brig_probe_board *board)
{
    static const char *const programs[] = {"/usr/bin/true", "/lib64/ld-linux-x86-64.so.2",
                                           "/lib/ld-linux-aarch64.so.1"};
    char version[] = "--version";
    char *environment[] = {NULL};
    int error = ENOENT;

    (void)board;
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        char name[64];
        char *arguments[] = {name, version, NULL};

        (void)snprintf(name, sizeof(name), "%s", programs[i]);
        (void)execve(programs[i], arguments, environment);
        if (errno != ENOENT)
            error = errno;
    }
    return error;
}

#ifdef __x86_64__
static int probe_foreign_call(const brig_probe_board *board)
{
    enum { GETPID_OF_I386 = 20 };
    long result = GETPID_OF_I386;

    (void)board;
    /* Also on a kernel without them this raises a signal. */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    return result > 0 ? 0 : ENOSYS;
}
#else
static int probe_foreign_call(const brig_probe_board *board)
{
    (void)board;
    return ENOSYS; /* there is no way to make one but a program of that kind */
}
#endif

static int probe_trace(const brig_probe_board *board)
{
    return outcome(ptrace(PTRACE_SEIZE, board->guard, NULL, NULL));
}

static int probe_read_memory(const brig_probe_board *board)
{
    char byte;
    struct iovec here = {&byte, 1};
    struct iovec there = {(void *)(uintptr_t)board, 1};

    return outcome(process_vm_readv(board->guard, &here, 1, &there, 1, 0));
}

static int probe_signal(const brig_probe_board *board)
{
    return outcome(kill(board->guard, 0));
}

static int probe_namespace(const brig_probe_board *board)
{
    (void)board;
    return outcome(unshare(CLONE_NEWUSER));
}

static int probe_mount(const brig_probe_board *board)
{
    (void)board;
    return outcome(syscall(SYS_fsopen, "tmpfs", 0));
}

static int probe_device_node(const brig_probe_board *board)
{
    char path[BRIG_PROBE_PATH_BYTES];

    (void)snprintf(path, sizeof(path), "%.64s/brig-probe-node", board->scratch);
    if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) != 0)
        return errno;
    return outcome(unlink(path));
}

static int probe_device(const brig_probe_board *board)
{
    static const char *const paths[] = {"/dev/mem",  "/dev/kmsg",    "/dev/kvm",       "/dev/fuse",
                                        "/dev/port", "/dev/net/tun", "/dev/vhost-net", "/dev/vsock",
                                        "/dev/sda",  "/dev/vda",     "/dev/nvme0n1"};

    (void)board;
    return open_any(paths, sizeof(paths) / sizeof(paths[0]), O_RDONLY);
}

static int probe_file_handle(const brig_probe_board *board)
{
    union {
        struct file_handle handle;
        char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } room = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
    int mount_id;

    (void)board;
    if (name_to_handle_at(AT_FDCWD, "/usr/lib", &room.handle, &mount_id, 0) != 0)
        return errno;
    return outcome(open_by_handle_at(AT_FDCWD, &room.handle, O_RDONLY | O_CLOEXEC));
}

static int probe_io_uring(const brig_probe_board *board)
{
    struct io_uring_params parameters = {0};

    (void)board;
    return outcome(syscall(SYS_io_uring_setup, 1, &parameters));
}

static int probe_bpf(const brig_probe_board *board)
{
    union bpf_attr wanted = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

    (void)board;
    return outcome(syscall(SYS_bpf, BPF_MAP_CREATE, &wanted, sizeof(wanted)));
}

static int probe_keyring(const brig_probe_board *board)
{
    enum { KEYRING_OF_PROCESS = -2 };

    (void)board;
    return outcome(syscall(SYS_add_key, "user", "brig-probe", "x", 1, KEYRING_OF_PROCESS));
}

static int probe_perf(const brig_probe_board *board)
{
    struct perf_event_attr wanted = {.type = PERF_TYPE_SOFTWARE,
                                     .size = sizeof(wanted),
                                     .config = PERF_COUNT_SW_CPU_CLOCK,
                                     .exclude_kernel = 1,
                                     .exclude_hv = 1};

    (void)board;
    return outcome(syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0));
}

static int probe_userfaultfd(const brig_probe_board *board)
{
    (void)board;
    return outcome(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

static int probe_inotify(const brig_probe_board *board)
{
    int fd = inotify_init1(IN_CLOEXEC);

    (void)board;
    return fd < 0 ? errno : outcome(inotify_add_watch(fd, "/usr/lib", IN_ACCESS));
}

static int probe_fanotify(const brig_probe_board *board)
{
    (void)board;
    return outcome(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_CLOEXEC, 0));
}

static int probe_terminal(const brig_probe_board *board)
{
    (void)board;
    return outcome(ioctl(STDIN_FILENO, TIOCSTI, ""));
}

static int probe_shared_memory(const brig_probe_board *board)
{
    void *shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)board;
    return shared != MAP_FAILED ? 0 : errno;
}

static int probe_memory(const brig_probe_board *board)
{
    void *taken = mmap(NULL, (size_t)board->memory_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return taken != MAP_FAILED ? 0 : errno;
}

/* Where the kernel gives no choice, it has none to abuse. */
static int probe_speculation(const brig_probe_board *board)
{
    (void)board;
    return brig_speculation_is_open() ? 0 : EPERM;
}

static int probe_capabilities(const brig_probe_board *board)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3];

    (void)board;
    if (syscall(SYS_capget, &header, held) != 0)
        return 0;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        if ((held[i].effective | held[i].permitted | held[i].inheritable) != 0)
            return 0;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0;
}

static int probe_dumpable(const brig_probe_board *board)
{
    (void)board;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? EPERM : 0;
}

const brig_probe_function brig_probe_tries[BRIG_PROBE_COUNT] = {
    [BRIG_PROBE_HOST_FILE] = probe_host_file,
    [BRIG_PROBE_OTHER_FILE] = probe_other_file,
    [BRIG_PROBE_WRITE_OUTSIDE] = probe_write_outside,
    [BRIG_PROBE_KERNEL_SETTING] = probe_kernel_setting,
    [BRIG_PROBE_OTHER_PROCESS] = probe_other_process,
    [BRIG_PROBE_SYSFS] = probe_sysfs,
    [BRIG_PROBE_ENVIRONMENT] = probe_environment,
    [BRIG_PROBE_TCP] = probe_tcp,
    [BRIG_PROBE_UDP] = probe_udp,
    [BRIG_PROBE_NETLINK] = probe_netlink,
    [BRIG_PROBE_PACKET] = probe_packet,
    [BRIG_PROBE_VSOCK] = probe_vsock,
    [BRIG_PROBE_ALG] = probe_alg,
    [BRIG_PROBE_ABSTRACT_SOCKET] = probe_abstract_socket,
    [BRIG_PROBE_SOCKET_FILE] = probe_socket_file,
    [BRIG_PROBE_EXEC] = probe_exec,
    [BRIG_PROBE_FOREIGN_CALL] = probe_foreign_call,
    [BRIG_PROBE_TRACE] = probe_trace,
    [BRIG_PROBE_READ_MEMORY] = probe_read_memory,
    [BRIG_PROBE_SIGNAL] = probe_signal,
    [BRIG_PROBE_NAMESPACE] = probe_namespace,
    [BRIG_PROBE_MOUNT] = probe_mount,
    [BRIG_PROBE_DEVICE_NODE] = probe_device_node,
    [BRIG_PROBE_DEVICE] = probe_device,
    [BRIG_PROBE_FILE_HANDLE] = probe_file_handle,
    [BRIG_PROBE_IO_URING] = probe_io_uring,
    [BRIG_PROBE_BPF] = probe_bpf,
    [BRIG_PROBE_KEYRING] = probe_keyring,
    [BRIG_PROBE_PERF] = probe_perf,
    [BRIG_PROBE_USERFAULTFD] = probe_userfaultfd,
    [BRIG_PROBE_INOTIFY] = probe_inotify,
    [BRIG_PROBE_FANOTIFY] = probe_fanotify,
    [BRIG_PROBE_TERMINAL] = probe_terminal,
    [BRIG_PROBE_SHARED_MEMORY] = probe_shared_memory,
    [BRIG_PROBE_MEMORY] = probe_memory,
    [BRIG_PROBE_SPECULATION] = probe_speculation,
    [BRIG_PROBE_CAPABILITIES] = probe_capabilities,
    [BRIG_PROBE_DUMPABLE] = probe_dumpable,
};
