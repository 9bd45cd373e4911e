/* SPDX-License-Identifier: MIT */
/* The filter's decisions, asked of the compiled program itself by a small interpreter. */
#include "seccomp_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <check.h>
#include <seccomp.h>

#if defined(__x86_64__)
#define NATIVE_ARCH  AUDIT_ARCH_X86_64
#define FOREIGN_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define NATIVE_ARCH  AUDIT_ARCH_AARCH64
#define FOREIGN_ARCH AUDIT_ARCH_ARM
#endif

#define REFUSE  (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)
#define ALLOW   SECCOMP_RET_ALLOW
#define KILL    SECCOMP_RET_KILL_PROCESS
#define REPORT  SECCOMP_RET_USER_NOTIF

static bool jumps(uint16_t code, uint32_t accumulator, uint32_t k)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return accumulator == k;
    case BPF_JGT:
        return accumulator > k;
    case BPF_JGE:
        return accumulator >= k;
    case BPF_JSET:
        return (accumulator & k) != 0;
    default:
        CHECK(false, "jump %#x", code);
        return false;
    }
}

/* What the kernel would do with this call. */
static uint32_t decide(const brig_seccomp *filter, const struct seccomp_data *call)
{
    uint32_t accumulator = 0;

    for (size_t at = 0; at < filter->length; at++) {
        const struct sock_filter *code = &filter->code[at];

        switch (code->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            CHECK(code->k <= sizeof(*call) - sizeof(accumulator), "load from %u", code->k);
            memcpy(&accumulator, (const uint8_t *)call + code->k, sizeof(accumulator));
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= code->k;
            break;
        case BPF_RET | BPF_K:
            return code->k;
        case BPF_JMP | BPF_JA:
            at += code->k;
            break;
        default:
            CHECK(BPF_CLASS(code->code) == BPF_JMP, "instruction %#x", code->code);
            at += jumps(code->code, accumulator, code->k) ? code->jt : code->jf;
        }
    }
    CHECK(false, "the program has no end");
    return KILL;
}

static const struct filter_case {
    const char *name;
    uint32_t arch;
    int number;
    uint64_t args[4];
    uint32_t no_exec;
    uint32_t exec;
} cases[] = {
    {"reading is allowed", NATIVE_ARCH, SYS_read, {0}, ALLOW, ALLOW},
    {"a fork is allowed", NATIVE_ARCH, SYS_clone, {0}, ALLOW, ALLOW},
    {"a thread is allowed",
     NATIVE_ARCH,
     SYS_clone,
     {CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_FS | CLONE_FILES},
     ALLOW,
     ALLOW},
    {"a user namespace", NATIVE_ARCH, SYS_clone, {CLONE_NEWUSER}, REFUSE, REFUSE},
    {"a mount namespace", NATIVE_ARCH, SYS_clone, {CLONE_NEWNS}, REFUSE, REFUSE},
    {"a pid namespace", NATIVE_ARCH, SYS_clone, {CLONE_NEWPID}, REFUSE, REFUSE},
    {"a network namespace", NATIVE_ARCH, SYS_clone, {CLONE_NEWNET}, REFUSE, REFUSE},
    {"an ipc namespace", NATIVE_ARCH, SYS_clone, {CLONE_NEWIPC}, REFUSE, REFUSE},
    {"a uts namespace", NATIVE_ARCH, SYS_clone, {CLONE_NEWUTS}, REFUSE, REFUSE},
    {"a cgroup namespace", NATIVE_ARCH, SYS_clone, {CLONE_NEWCGROUP}, REFUSE, REFUSE},
    {"several at once", NATIVE_ARCH, SYS_clone, {CLONE_NEWUSER | CLONE_NEWNET}, REFUSE, REFUSE},
    {"unshare", NATIVE_ARCH, SYS_unshare, {CLONE_NEWUSER}, REFUSE, REFUSE},
    {"clone3", NATIVE_ARCH, SYS_clone3, {0}, UNKNOWN, UNKNOWN},
    {"a program is reported", NATIVE_ARCH, SYS_execve, {0}, REPORT, ALLOW},
    {"also by descriptor", NATIVE_ARCH, SYS_execveat, {0}, REPORT, ALLOW},
    {"a socket is reported", NATIVE_ARCH, SYS_socket, {AF_INET}, REPORT, REPORT},
    {"a pair of Unix sockets is allowed", NATIVE_ARCH, SYS_socketpair, {AF_UNIX}, ALLOW, ALLOW},
    {"a pair of others is refused", NATIVE_ARCH, SYS_socketpair, {AF_TIPC}, REFUSE, REFUSE},
    {"also with bits that the kernel ignores",
     NATIVE_ARCH,
     SYS_socketpair,
     {0x100000000 | AF_TIPC},
     REFUSE,
     REFUSE},
    {"an ordinary ioctl", NATIVE_ARCH, SYS_ioctl, {0, FIONREAD}, ALLOW, ALLOW},
    {"TIOCSTI", NATIVE_ARCH, SYS_ioctl, {0, TIOCSTI}, REFUSE, REFUSE},
    {"TIOCSTI with bits that the kernel ignores",
     NATIVE_ARCH,
     SYS_ioctl,
     {0, 0xffffffff00000000 | TIOCSTI},
     REFUSE,
     REFUSE},
    {"TIOCLINUX", NATIVE_ARCH, SYS_ioctl, {0, TIOCLINUX}, REFUSE, REFUSE},
    {"private memory", NATIVE_ARCH, SYS_mmap, {0, 0, 0, MAP_PRIVATE | MAP_ANONYMOUS}, ALLOW, ALLOW},
    {"a shared file", NATIVE_ARCH, SYS_mmap, {0, 0, 0, MAP_SHARED}, ALLOW, ALLOW},
    {"shared memory without a file",
     NATIVE_ARCH,
     SYS_mmap,
     {0, 0, 0, MAP_SHARED | MAP_ANONYMOUS},
     REFUSE,
     REFUSE},
    {"the same, asked for in the newer way",
     NATIVE_ARCH,
     SYS_mmap,
     {0, 0, 0, MAP_SHARED_VALIDATE | MAP_ANONYMOUS},
     REFUSE,
     REFUSE},
    {"an ordinary prctl", NATIVE_ARCH, SYS_prctl, {PR_SET_NAME}, ALLOW, ALLOW},
    {"a filter above this one", NATIVE_ARCH, SYS_prctl, {PR_SET_SECCOMP}, REFUSE, REFUSE},
    {"limits of its own", NATIVE_ARCH, SYS_prlimit64, {0}, ALLOW, ALLOW},
    {"limits of another process", NATIVE_ARCH, SYS_prlimit64, {1}, REFUSE, REFUSE},
    {"asking for the personality", NATIVE_ARCH, SYS_personality, {0xffffffff}, ALLOW, ALLOW},
    {"changing the personality", NATIVE_ARCH, SYS_personality, {0x0040000}, REFUSE, REFUSE},
    {"the last call of the table", NATIVE_ARCH, SYS_futex_waitv, {0}, ALLOW, ALLOW},
    {"the first call above it", NATIVE_ARCH, SYS_futex_waitv + 1, {0}, UNKNOWN, UNKNOWN},
    {"a call of the far future", NATIVE_ARCH, 0x3fffffff, {0}, UNKNOWN, UNKNOWN},
    {"a call in the x32 style", NATIVE_ARCH, 0x40000000, {0}, KILL, KILL},
    {"a negative number", NATIVE_ARCH, -2, {0}, KILL, KILL},
    {"a call of a foreign architecture", FOREIGN_ARCH, SYS_read, {0}, KILL, KILL},
#define REFUSED(call) \
    { \
#call, NATIVE_ARCH, SYS_##call, {0 }, REFUSE, REFUSE \
    }
    REFUSED(ptrace),
    REFUSED(process_vm_readv),
    REFUSED(process_vm_writev),
    REFUSED(kcmp),
    REFUSED(pidfd_getfd),
    REFUSED(setns),
    REFUSED(mount),
    REFUSED(umount2),
    REFUSED(pivot_root),
    REFUSED(chroot),
    REFUSED(fsopen),
    REFUSED(open_tree),
    REFUSED(move_mount),
    REFUSED(mount_setattr),
    REFUSED(open_by_handle_at),
    REFUSED(name_to_handle_at),
    REFUSED(bpf),
    REFUSED(perf_event_open),
    REFUSED(userfaultfd),
    REFUSED(io_uring_setup),
    REFUSED(io_uring_enter),
    REFUSED(io_uring_register),
    REFUSED(seccomp),
    REFUSED(add_key),
    REFUSED(request_key),
    REFUSED(keyctl),
    REFUSED(inotify_init1),
    REFUSED(fanotify_init),
    REFUSED(memfd_create),
    REFUSED(memfd_secret),
    REFUSED(shmget),
    REFUSED(msgget),
    REFUSED(semget),
    REFUSED(mq_open),
    REFUSED(kexec_load),
    REFUSED(finit_module),
    REFUSED(reboot),
    REFUSED(syslog),
#undef REFUSED
};

/* Refused only where no namespace hides what else the user owns. */
static const struct exposed_case {
    const char *name;
    long number;
    uint64_t args[4];
    uint32_t exposed; /* otherwise allowed */
} exposed_cases[] = {
    {"the mode of a file", SYS_fchmodat, {0}, REFUSE},
    {"the mode of an open file", SYS_fchmod, {0}, REFUSE},
    {"the group of a file", SYS_fchownat, {0}, REFUSE},
    {"the times of a file", SYS_utimensat, {0}, REFUSE},
    {"the attributes of a file", SYS_setxattr, {0}, REFUSE},
    {"the attributes of an open file", SYS_fsetxattr, {0}, REFUSE},
    {"the flags of an open file", SYS_ioctl, {3, FS_IOC_SETFLAGS}, REFUSE},
    {"shared memory by its number", SYS_shmat, {1}, REFUSE},
    {"a queue by its number", SYS_msgrcv, {1}, REFUSE},
    {"a semaphore by its number", SYS_semctl, {1}, REFUSE},
    {"a pair of stream sockets", SYS_socketpair, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}, ALLOW},
    {"a pair of datagram sockets", SYS_socketpair, {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC}, REFUSE},
    {"a pair of raw sockets, which are datagram sockets",
     SYS_socketpair,
     {AF_UNIX, SOCK_RAW},
     REFUSE},
    {"its own priority", SYS_setpriority, {PRIO_PROCESS, 0}, ALLOW},
    {"the priority of another process", SYS_setpriority, {PRIO_PROCESS, 1}, REFUSE},
    {"the priority of a user", SYS_setpriority, {PRIO_USER, 0}, REFUSE},
    {"its own processors", SYS_sched_setaffinity, {0}, ALLOW},
    {"the processors of another process", SYS_sched_setaffinity, {1}, REFUSE},
    {"the scheduler of another process", SYS_sched_setattr, {1}, REFUSE},
    {"the disk priority of another process", SYS_ioprio_set, {1, 1}, REFUSE},
    {"its own disk priority", SYS_ioprio_set, {1, 0}, ALLOW},
    {"reading", SYS_read, {0}, ALLOW},
    {"a signal, which is Landlock's", SYS_kill, {1}, ALLOW},
};

static void test_exposed(unsigned mode)
{
    brig_seccomp filter;

    CHECK(brig_seccomp_compile(mode, &filter) == BRIG_OK, "mode %u", mode);
    for (size_t i = 0; i < sizeof(exposed_cases) / sizeof(exposed_cases[0]); i++) {
        const struct exposed_case *c = &exposed_cases[i];
        struct seccomp_data call = {.nr = (int)c->number, .arch = NATIVE_ARCH};
        uint32_t wanted = (mode & BRIG_SECCOMP_EXPOSED) != 0 ? c->exposed : ALLOW;
        uint32_t decision;

        memcpy(call.args, c->args, sizeof(c->args));
        decision = decide(&filter, &call);
        CHECK(decision == wanted, "%s, mode %u: %#x, not %#x", c->name, mode, decision, wanted);
    }
    brig_seccomp_done(&filter);
}

static void test_mode(unsigned mode)
{
    brig_seccomp filter;

    CHECK(brig_seccomp_compile(mode, &filter) == BRIG_OK, "mode %u", mode);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct filter_case *c = &cases[i];
        struct seccomp_data call = {.nr = c->number, .arch = c->arch};
        uint32_t wanted = (mode & BRIG_SECCOMP_EXEC) != 0 ? c->exec : c->no_exec;
        uint32_t decision;

        memcpy(call.args, c->args, sizeof(c->args));
        decision = decide(&filter, &call);
        CHECK(decision == wanted, "%s, mode %u: %#x, not %#x", c->name, mode, decision, wanted);
    }
    brig_seccomp_done(&filter);
}

/* The hash in the sandbox report tells filters apart, and equal ones are equal. */
static void test_hash(void)
{
    brig_seccomp filters[3];

    CHECK(brig_seccomp_compile(BRIG_SECCOMP_NO_EXEC, &filters[0]) == BRIG_OK, "first");
    CHECK(brig_seccomp_compile(BRIG_SECCOMP_NO_EXEC, &filters[1]) == BRIG_OK, "second");
    CHECK(brig_seccomp_compile(BRIG_SECCOMP_EXEC, &filters[2]) == BRIG_OK, "third");
    CHECK(memcmp(filters[0].sha256, filters[1].sha256, BRIG_SHA256_BYTES) == 0, "equal");
    CHECK(memcmp(filters[0].sha256, filters[2].sha256, BRIG_SHA256_BYTES) != 0, "different");
    for (size_t i = 0; i < 3; i++)
        brig_seccomp_done(&filters[i]);
}

static void test_reported(void)
{
    CHECK(strcmp(brig_seccomp_find(SYS_execve)->kind, "exec") == 0, "execve");
    CHECK(strcmp(brig_seccomp_find(SYS_execveat)->call, "execveat") == 0, "execveat");
    CHECK(strcmp(brig_seccomp_find(SYS_socket)->kind, "socket") == 0, "socket");
    CHECK(brig_seccomp_find(SYS_read) == NULL, "read is not reported");
}

int main(void)
{
    enum { LEVEL_WITH_NOTIFICATION = 5 };
    static const unsigned modes[] = {BRIG_SECCOMP_NO_EXEC, BRIG_SECCOMP_EXEC};

    /* The program is asked, not a kernel: an emulator that has no seccomp can run this too. */
    CHECK(seccomp_api_set(LEVEL_WITH_NOTIFICATION) == 0, "a libseccomp without notification");
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        test_mode(modes[i]);
        test_mode(modes[i] | BRIG_SECCOMP_EXPOSED); /* nothing else is refused or allowed */
        test_exposed(modes[i]);
        test_exposed(modes[i] | BRIG_SECCOMP_EXPOSED);
    }
    test_hash();
    test_reported();
    return EXIT_SUCCESS;
}
