/* SPDX-License-Identifier: MIT */
/* What the walls have to take away, a system call a line. Arguments are as mild as they can be. */
#include "probe.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER(value) ((const void *)(intptr_t)(value))
#define HERE          NUMBER(AT_FDCWD)
#define READ(path) \
    SYS_openat, \
    { \
        HERE, path, NUMBER(O_RDONLY) \
    }
#define WRITE(path) \
    SYS_openat, \
    { \
        HERE, path, NUMBER(O_WRONLY) \
    }
#define SOCKET(family, type, kind) \
    SYS_socket, \
    { \
        NUMBER(family), NUMBER(type), NUMBER(kind) \
    }

enum {
    X32_BIT = 0x40000000,
    STATMOUNT = 457, /* newer than the C library's list */
    LSM_GET_SELF_ATTR = 459,
    NODE = 0x0101,
};

static char scratch[4096];
static const int one = 1;
static const int priority = 1;
static const char command[] = "x";

/* Column 1 is what catalogue and report call it. */
const probe probe_table[] = {
    /* namespaces and mounts */
    {"unshare_user", SYS_unshare, {NUMBER(CLONE_NEWUSER)}},
    {"unshare_mount", SYS_unshare, {NUMBER(CLONE_NEWNS)}},
    {"unshare_net", SYS_unshare, {NUMBER(CLONE_NEWNET)}},
    {"unshare_pid", SYS_unshare, {NUMBER(CLONE_NEWPID)}},
    {"clone_user", SYS_clone, {NUMBER(CLONE_NEWUSER | SIGCHLD)}},
    {"clone_net", SYS_clone, {NUMBER(CLONE_NEWNET | SIGCHLD)}},
    {"clone3", SYS_clone3, {NULL, NUMBER(0)}},
    {"setns", SYS_setns, {NUMBER(0), NUMBER(0)}},
    {"mount_tmpfs", SYS_mount, {"none", "/tmp", "tmpfs", NUMBER(0), NULL}},
    {"mount_cgroup", SYS_mount, {"none", "/tmp", "cgroup", NUMBER(0), "memory"}},
    {"mount_overlay", SYS_mount, {"none", "/tmp", "overlay", NUMBER(0), "lowerdir=/usr"}},
    {"umount", SYS_umount2, {"/tmp", NUMBER(2)}},
    {"pivot_root", SYS_pivot_root, {"/tmp", "/tmp"}},
    {"chroot", SYS_chroot, {"/tmp"}},
    {"open_tree", SYS_open_tree, {HERE, "/tmp", NUMBER(1)}},
    {"move_mount", SYS_move_mount, {HERE, "/tmp", HERE, "/workspace", NUMBER(0)}},
    {"fsopen", SYS_fsopen, {"tmpfs", NUMBER(0)}},
    {"fsconfig", SYS_fsconfig, {NUMBER(-1), NUMBER(0), NULL, NULL, NUMBER(0)}},
    {"fsmount", SYS_fsmount, {NUMBER(-1), NUMBER(0), NUMBER(0)}},
    {"fspick", SYS_fspick, {HERE, "/tmp", NUMBER(0)}},
    {"mount_setattr", SYS_mount_setattr, {HERE, "/tmp", NUMBER(0), scratch, NUMBER(32)}},
    {"statmount", STATMOUNT, {scratch, scratch, NUMBER(64), NUMBER(0)}},
    /* other processes */
    {"ptrace_traceme", SYS_ptrace, {NUMBER(PTRACE_TRACEME)}},
    {"ptrace_seize_init", SYS_ptrace, {NUMBER(PTRACE_SEIZE), NUMBER(1)}},
    {"process_vm_readv", SYS_process_vm_readv, {NUMBER(1), scratch, NUMBER(0), scratch}},
    {"process_vm_writev", SYS_process_vm_writev, {NUMBER(1), scratch, NUMBER(0), scratch}},
    {"process_madvise", SYS_process_madvise, {NUMBER(-1), NULL, NUMBER(0), NUMBER(0)}},
    {"process_mrelease", SYS_process_mrelease, {NUMBER(-1), NUMBER(0)}},
    {"kcmp", SYS_kcmp, {NUMBER(1), NUMBER(1), NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"pidfd_getfd", SYS_pidfd_getfd, {NUMBER(-1), NUMBER(3), NUMBER(0)}},
    {"migrate_pages", SYS_migrate_pages, {NUMBER(1), NUMBER(0), NULL, NULL}},
    {"move_pages", SYS_move_pages, {NUMBER(1), NUMBER(0), NULL, NULL, NULL, NUMBER(0)}},
    {"kill_init", SYS_kill, {NUMBER(1), NUMBER(SIGKILL)}},
    {"signal_init", SYS_kill, {NUMBER(1), NUMBER(0)}},
    {"tgkill_init", SYS_tgkill, {NUMBER(1), NUMBER(1), NUMBER(SIGSTOP)}},
    {"prlimit_init", SYS_prlimit64, {NUMBER(1), NUMBER(RLIMIT_CORE), scratch, NULL}},
    {"nice_init", SYS_setpriority, {NUMBER(PRIO_PROCESS), NUMBER(1), NUMBER(19)}},
    {"affinity_init", SYS_sched_setaffinity, {NUMBER(1), NUMBER(sizeof(one)), &one}},
    {"realtime", SYS_sched_setscheduler, {NUMBER(0), NUMBER(SCHED_FIFO), &priority}},
    {"nice", SYS_setpriority, {NUMBER(PRIO_PROCESS), NUMBER(0), NUMBER(-20)}},
    {"io_priority", SYS_ioprio_set, {NUMBER(1), NUMBER(0), NUMBER(1 << 13)}},
    {"lock_memory", SYS_mlockall, {NUMBER(MCL_CURRENT | MCL_FUTURE)}},
    /* parts of the kernel that code does not need */
    {"bpf", SYS_bpf, {NUMBER(0), scratch, NUMBER(48)}},
    {"perf_event", SYS_perf_event_open, {scratch, NUMBER(0), NUMBER(-1), NUMBER(-1), NUMBER(0)}},
    {"userfaultfd", SYS_userfaultfd, {NUMBER(O_NONBLOCK)}},
    {"userfaultfd_user", SYS_userfaultfd, {NUMBER(1)}},
    {"io_uring_setup", SYS_io_uring_setup, {NUMBER(1), scratch}},
    {"io_uring_enter", SYS_io_uring_enter, {NUMBER(-1)}},
    {"io_uring_register", SYS_io_uring_register, {NUMBER(-1)}},
    {"seccomp", SYS_seccomp, {NUMBER(SECCOMP_GET_ACTION_AVAIL), NUMBER(0), scratch}},
    {"prctl_seccomp", SYS_prctl, {NUMBER(PR_SET_SECCOMP), NUMBER(2), scratch}},
    {"add_key", SYS_add_key, {"user", "x", "x", NUMBER(1), NUMBER(KEY_SPEC_SESSION_KEYRING)}},
    {"request_key", SYS_request_key, {"user", "x", NULL, NUMBER(0)}},
    {"keyctl", SYS_keyctl, {NUMBER(KEYCTL_GET_KEYRING_ID), NUMBER(KEY_SPEC_USER_KEYRING)}},
    {"inotify", SYS_inotify_init1, {NUMBER(0)}},
    {"fanotify", SYS_fanotify_init, {NUMBER(0), NUMBER(0)}},
    {"memfd_create", SYS_memfd_create, {"x", NUMBER(0)}},
    {"memfd_secret", SYS_memfd_secret, {NUMBER(0)}},
    {"shmget", SYS_shmget, {NUMBER(0), NUMBER(4096), NUMBER(0600 | 01000)}},
    {"semget", SYS_semget, {NUMBER(0), NUMBER(1), NUMBER(0600 | 01000)}},
    {"msgget", SYS_msgget, {NUMBER(0), NUMBER(0600 | 01000)}},
    {"mq_open", SYS_mq_open, {"x", NUMBER(O_CREAT | O_RDWR), NUMBER(0600), NULL}},
    {"shared_anonymous",
     SYS_mmap,
     {NULL, NUMBER(4096), NUMBER(PROT_READ), NUMBER(MAP_SHARED | MAP_ANONYMOUS), NUMBER(-1)}},
    {"page_zero",
     SYS_mmap,
     {NULL, NUMBER(4096), NUMBER(PROT_READ), NUMBER(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED),
      NUMBER(-1)}},
    {"vmsplice", SYS_vmsplice, {NUMBER(1), scratch, NUMBER(0), NUMBER(0)}},
#ifdef __x86_64__
    {"modify_ldt", SYS_modify_ldt, {NUMBER(0), scratch, NUMBER(16)}},
    {"iopl", SYS_iopl, {NUMBER(3)}},
    {"ioperm", SYS_ioperm, {NUMBER(0), NUMBER(1), NUMBER(1)}},
    {"x32_getpid", SYS_getpid | X32_BIT, {NULL}},
#endif
    {"personality_no_aslr", SYS_personality, {NUMBER(0x0040000)}},
    {"personality_read_exec", SYS_personality, {NUMBER(0x0400000)}},
    {"name_to_handle", SYS_name_to_handle_at, {HERE, "/usr/lib", scratch, &one, NUMBER(0)}},
    {"open_by_handle", SYS_open_by_handle_at, {HERE, scratch, NUMBER(0)}},
    {"quotactl", SYS_quotactl, {NUMBER(0x80000100), "/", NUMBER(0), scratch}},
    {"swapon", SYS_swapon, {"/tmp", NUMBER(0)}},
    {"acct", SYS_acct, {"/tmp/acct"}},
    {"kexec_load", SYS_kexec_load, {NUMBER(0), NUMBER(0), NULL, NUMBER(0)}},
    {"init_module", SYS_init_module, {scratch, NUMBER(1), ""}},
    {"finit_module", SYS_finit_module, {NUMBER(-1), "", NUMBER(0)}},
    {"delete_module", SYS_delete_module, {"x", NUMBER(O_NONBLOCK)}},
    {"reboot", SYS_reboot, {NUMBER(0), NUMBER(0), NUMBER(0)}}, /* a wrong magic number */
    {"syslog", SYS_syslog, {NUMBER(3), scratch, NUMBER(64)}},
    {"settimeofday", SYS_settimeofday, {NULL, NULL}},
    {"adjtimex", SYS_adjtimex, {scratch}},
    {"sethostname", SYS_sethostname, {command, NUMBER(1)}},
    {"setdomainname", SYS_setdomainname, {command, NUMBER(1)}},
    {"vhangup", SYS_vhangup, {NULL}},
    {"lsm_get_self_attr", LSM_GET_SELF_ATTR, {NUMBER(100), scratch, scratch, NUMBER(0)}},
    /* sockets */
    {"socket_unix", SOCKET(AF_UNIX, SOCK_STREAM, 0)},
    {"socket_tcp", SOCKET(AF_INET, SOCK_STREAM, 0)},
    {"socket_udp", SOCKET(AF_INET, SOCK_DGRAM, 0)},
    {"socket_tcp6", SOCKET(AF_INET6, SOCK_STREAM, 0)},
    {"socket_ping", SOCKET(AF_INET, SOCK_DGRAM, 1)},
    {"socket_raw", SOCKET(AF_INET, SOCK_RAW, 1)},
    {"socket_sctp", SOCKET(AF_INET, SOCK_STREAM, 132)},
    {"socket_mptcp", SOCKET(AF_INET, SOCK_STREAM, 262)},
    {"socket_packet", SOCKET(AF_PACKET, SOCK_RAW, 0)},
    {"socket_netlink_route", SOCKET(AF_NETLINK, SOCK_RAW, 0)},
    {"socket_netlink_audit", SOCKET(AF_NETLINK, SOCK_RAW, 9)},
    {"socket_netfilter", SOCKET(AF_NETLINK, SOCK_RAW, 12)},
    {"socket_alg", SOCKET(AF_ALG, SOCK_SEQPACKET, 0)},
    {"socket_vsock", SOCKET(AF_VSOCK, SOCK_STREAM, 0)},
    {"socket_bluetooth", SOCKET(AF_BLUETOOTH, SOCK_RAW, 1)},
    {"socket_can", SOCKET(AF_CAN, SOCK_RAW, 1)},
    {"socket_tipc", SOCKET(AF_TIPC, SOCK_SEQPACKET, 0)},
    {"socket_xdp", SOCKET(AF_XDP, SOCK_RAW, 0)},
    {"socket_smc", SOCKET(AF_SMC, SOCK_STREAM, 0)},
    {"socketpair_tipc",
     SYS_socketpair,
     {NUMBER(AF_TIPC), NUMBER(SOCK_SEQPACKET), NUMBER(0), scratch}},
    {"tiocsti", SYS_ioctl, {NUMBER(0), NUMBER(TIOCSTI), command}},
    {"tiocsti_high_bits", SYS_ioctl, {NUMBER(0), NUMBER(0x100000000 | TIOCSTI), command}},
    {"tioclinux", SYS_ioctl, {NUMBER(0), NUMBER(TIOCLINUX), command}},
    /* identity and programs */
    {"setuid_root", SYS_setuid, {NUMBER(0)}},
    {"setgid_root", SYS_setgid, {NUMBER(0)}},
    {"setgroups", SYS_setgroups, {NUMBER(0), NULL}},
    {"keep_capabilities", SYS_prctl, {NUMBER(PR_SET_KEEPCAPS), NUMBER(1)}},
    {"ambient", SYS_prctl, {NUMBER(PR_CAP_AMBIENT), NUMBER(PR_CAP_AMBIENT_RAISE), NUMBER(21)}},
    {"execve", SYS_execve, {"/usr/lib/R/bin/exec/R", NULL, NULL}},
    {"execveat", SYS_execveat, {NUMBER(0), "", NULL, NULL, NUMBER(AT_EMPTY_PATH)}},
    {"mknod_block", SYS_mknodat, {HERE, "/tmp/block", NUMBER(S_IFBLK | 0600), NUMBER(NODE)}},
    {"mknod_char", SYS_mknodat, {HERE, "/tmp/char", NUMBER(S_IFCHR | 0600), NUMBER(NODE)}},
    {"chown_root", SYS_fchownat, {HERE, "/tmp", NUMBER(0), NUMBER(0), NUMBER(0)}},
    /* files of the kernel and of the host */
    {"open_shadow", READ("/etc/shadow")},
    {"open_init_environ", READ("/proc/1/environ")},
    {"open_init_memory", READ("/proc/1/mem")},
    {"open_init_root", READ("/proc/1/root/etc/shadow")},
    {"open_kcore", READ("/proc/kcore")},
    {"open_kallsyms", READ("/proc/kallsyms")},
    {"open_sched_debug", READ("/proc/sched_debug")},
    {"open_keys", READ("/proc/keys")},
    {"open_timer_list", READ("/proc/timer_list")},
    {"write_core_pattern", WRITE("/proc/sys/kernel/core_pattern")},
    {"write_modprobe", WRITE("/proc/sys/kernel/modprobe")},
    {"write_sysrq", WRITE("/proc/sysrq-trigger")},
    {"write_binfmt", WRITE("/proc/sys/fs/binfmt_misc/register")},
    {"write_uid_map", WRITE("/proc/self/uid_map")},
    {"write_uevent_helper", WRITE("/sys/kernel/uevent_helper")},
    {"open_product_uuid", READ("/sys/class/dmi/id/product_uuid")},
    {"open_cgroup", READ("/sys/fs/cgroup")},
    {"open_debugfs", READ("/sys/kernel/debug")},
    {"open_mem", READ("/dev/mem")},
    {"open_kmsg", READ("/dev/kmsg")},
    {"open_fuse", READ("/dev/fuse")},
    {"open_kvm", READ("/dev/kvm")},
    {"open_tun", READ("/dev/net/tun")},
    {"open_vhost_vsock", READ("/dev/vhost-vsock")},
    {"open_disk", READ("/dev/vda")},
    {"open_ptmx", READ("/dev/ptmx")},
    {"open_tty", READ("/dev/tty")},
    {"write_library", WRITE("/usr/lib/R/etc/Rprofile.site")},
    /* what stays: side channels and self-knowledge */
    {"mincore", SYS_mincore, {NULL, NUMBER(0), scratch}},
    {"sysinfo", SYS_sysinfo, {scratch}},
    {"uname", SYS_uname, {scratch}},
    {"processor_mask", SYS_sched_getaffinity, {NUMBER(0), NUMBER(128), scratch}},
    {"membarrier", SYS_membarrier, {NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"landlock_version", SYS_landlock_create_ruleset, {NULL, NUMBER(0), NUMBER(1)}},
};

const unsigned probe_count = sizeof(probe_table) / sizeof(probe_table[0]);
