/* SPDX-License-Identifier: MIT */
/* The worker's system calls: one table, a reason a line. ARCHITECTURE.md, "The walls". */
#include "seccomp_filter.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>
#include <sodium.h>

/* X(call, reason): refused with EPERM whatever the arguments. */
#define REFUSED_CALLS(X) \
    X(ptrace, "reads and stops other processes") \
    X(process_vm_readv, "reads other processes") \
    X(process_vm_writev, "writes other processes") \
    X(process_madvise, "acts on other processes' memory") \
    X(process_mrelease, "acts on other processes' memory") \
    X(kcmp, "compares kernel pointers of processes") \
    X(pidfd_getfd, "takes descriptors of other processes") \
    X(migrate_pages, "acts on other processes' memory") \
    X(move_pages, "acts on other processes' memory") \
    X(unshare, "new namespaces: most of the kernel's attack surface") \
    X(setns, "other namespaces") \
    X(mount, "changes the file system's shape") \
    X(umount2, "changes the file system's shape") \
    X(pivot_root, "changes the file system's shape") \
    X(chroot, "changes the file system's shape") \
    X(open_tree, "changes the file system's shape") \
    X(move_mount, "changes the file system's shape") \
    X(fsopen, "changes the file system's shape") \
    X(fsconfig, "changes the file system's shape") \
    X(fsmount, "changes the file system's shape") \
    X(fspick, "changes the file system's shape") \
    X(mount_setattr, "changes the file system's shape") \
    X(open_by_handle_at, "opens files by number, past every directory") \
    X(name_to_handle_at, "makes such numbers") \
    X(bpf, "programs in the kernel") \
    X(perf_event_open, "watches the kernel and other processes") \
    X(userfaultfd, "holds the kernel at a page fault") \
    X(io_uring_setup, "a second way to every system call") \
    X(io_uring_enter, "a second way to every system call") \
    X(io_uring_register, "a second way to every system call") \
    X(seccomp, "filters above this one could hide its reports") \
    X(add_key, "keyrings are not in a namespace") \
    X(request_key, "keyrings are not in a namespace") \
    X(keyctl, "keyrings are not in a namespace") \
    X(inotify_init, "watches files that others share") \
    X(inotify_init1, "watches files that others share") \
    X(inotify_add_watch, "watches files that others share") \
    X(fanotify_init, "watches files that others share") \
    X(fanotify_mark, "watches files that others share") \
    X(memfd_create, "memory that no limit of the process counts; programs without a file") \
    X(memfd_secret, "memory that no limit of the process counts") \
    X(shmget, "memory that no limit of the process counts") \
    X(semget, "kernel memory that outlives a process") \
    X(msgget, "kernel memory that outlives a process") \
    X(mq_open, "kernel memory that outlives a process") \
    X(vmsplice, "shares pages with pipes") \
    X(modify_ldt, "segments: a source of kernel faults") \
    X(iopl, "hardware") \
    X(ioperm, "hardware") \
    X(kexec_load, "replaces the kernel") \
    X(kexec_file_load, "replaces the kernel") \
    X(init_module, "extends the kernel") \
    X(finit_module, "extends the kernel") \
    X(delete_module, "changes the kernel") \
    X(reboot, "stops the machine") \
    X(swapon, "administration") \
    X(swapoff, "administration") \
    X(acct, "administration") \
    X(quotactl, "administration") \
    X(quotactl_fd, "administration") \
    X(syslog, "shows kernel addresses") \
    X(settimeofday, "the machine's clock") \
    X(clock_settime, "the machine's clock") \
    X(adjtimex, "the machine's clock") \
    X(clock_adjtime, "the machine's clock") \
    X(sethostname, "the session's name is constant") \
    X(setdomainname, "the session's name is constant") \
    X(vhangup, "terminals") \
    X(uselib, "obsolete") \
    X(ustat, "obsolete") \
    X(sysfs, "obsolete") \
    X(lookup_dcookie, "obsolete") \
    X(nfsservctl, "obsolete") \
    X(_sysctl, "obsolete")

/* Refused for some arguments. A second comparison is not needed by any of them. */
static const struct argument_rule {
    int number;
    struct scmp_arg_cmp when;
} argument_rules[] = {
    /* namespaces, as in unshare */
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_NEWNS, CLONE_NEWNS}},
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_NEWCGROUP, CLONE_NEWCGROUP}},
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_NEWUTS, CLONE_NEWUTS}},
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_NEWIPC, CLONE_NEWIPC}},
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER}},
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_NEWPID, CLONE_NEWPID}},
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_NEWNET, CLONE_NEWNET}},
    /* families whose pairs talk to more than each other; AF_UNIX pairs are pipes */
    {SCMP_SYS(socketpair), {0, SCMP_CMP_NE, AF_UNIX, 0}},
    /* typing into a terminal; the kernel looks at the low 32 bits only */
    {SCMP_SYS(ioctl), {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, TIOCSTI}},
    {SCMP_SYS(ioctl), {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, TIOCLINUX}},
    /* shared memory without a file: no limit of the process counts it */
    {SCMP_SYS(mmap),
     {3, SCMP_CMP_MASKED_EQ, MAP_SHARED | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS}},
    /* as the call seccomp */
    {SCMP_SYS(prctl), {0, SCMP_CMP_MASKED_EQ, 0xffffffffU, PR_SET_SECCOMP}},
    /* limits of other processes: with those of the shim, code could end its own supervision */
    {SCMP_SYS(prlimit64), {0, SCMP_CMP_NE, 0, 0}},
    /* asking for the personality is harmless, changing it weakens address layout */
    {SCMP_SYS(personality), {0, SCMP_CMP_NE, 0xffffffffU, 0}},
};

/*
 * X(call, reason): refused besides, where no namespace hides what else the user owns. Landlock does
 * not hold what these reach.
 */
#define EXPOSED_CALLS(X) \
    X(chmod, "modes of any file of the user's") \
    X(fchmod, "modes of files that are open for reading") \
    X(fchmodat, "modes of any file of the user's") \
    X(chown, "groups of any file of the user's") \
    X(lchown, "groups of any file of the user's") \
    X(fchown, "groups of files that are open for reading") \
    X(fchownat, "groups of any file of the user's") \
    X(utime, "times of any file of the user's") \
    X(utimes, "times of any file of the user's") \
    X(futimesat, "times of any file of the user's") \
    X(utimensat, "times of any file of the user's") \
    X(setxattr, "attributes of any file of the user's") \
    X(lsetxattr, "attributes of any file of the user's") \
    X(fsetxattr, "attributes of files that are open for reading") \
    X(removexattr, "attributes of any file of the user's") \
    X(lremovexattr, "attributes of any file of the user's") \
    X(fremovexattr, "attributes of files that are open for reading") \
    X(shmat, "shared memory of others, by its number") \
    X(shmctl, "shared memory of others, by its number") \
    X(semop, "semaphores of others, by their number") \
    X(semtimedop, "semaphores of others, by their number") \
    X(semctl, "semaphores of others, by their number") \
    X(msgsnd, "queues of others, by their number") \
    X(msgrcv, "queues of others, by their number") \
    X(msgctl, "queues of others, by their number") \
    X(mq_unlink, "queues of others, by their name")

static const struct argument_rule exposed_rules[] = {
    /* a pair of datagram sockets can still be connected, to a file that is a socket */
    {SCMP_SYS(socketpair), {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_DGRAM}},
    {SCMP_SYS(socketpair), {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW}},
    /* the scheduler: of any process of the user's */
    {SCMP_SYS(sched_setaffinity), {0, SCMP_CMP_NE, 0, 0}},
    {SCMP_SYS(sched_setscheduler), {0, SCMP_CMP_NE, 0, 0}},
    {SCMP_SYS(sched_setparam), {0, SCMP_CMP_NE, 0, 0}},
    {SCMP_SYS(sched_setattr), {0, SCMP_CMP_NE, 0, 0}},
    {SCMP_SYS(setpriority), {0, SCMP_CMP_NE, PRIO_PROCESS, 0}},
    {SCMP_SYS(setpriority), {1, SCMP_CMP_NE, 0, 0}},
    {SCMP_SYS(ioprio_set), {0, SCMP_CMP_NE, 1, 0}},
    {SCMP_SYS(ioprio_set), {1, SCMP_CMP_NE, 0, 0}},
    /* attributes of files that are open for reading */
    {SCMP_SYS(ioctl), {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, FS_IOC_SETFLAGS}},
    {SCMP_SYS(ioctl), {1, SCMP_CMP_MASKED_EQ, 0xffffffffU, FS_IOC_FSSETXATTR}},
};

/* System calls that are newer than this table do not exist for the code. */
enum { LAST_KNOWN_CALL = SYS_futex_waitv, X32_CALLS = 0x40000000 };

static const struct sock_filter prologue[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    /* libseccomp kills them on x86-64 only; no other architecture has them. */
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_CALLS, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_KNOWN_CALL, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
};

enum { PROLOGUE_LENGTH = sizeof(prologue) / sizeof(prologue[0]) };

/* Calls that this architecture does not have carry negative numbers. */
static int refuse(scmp_filter_ctx rules, uint32_t action, int number)
{
    return number < 0 ? 0 : seccomp_rule_add(rules, action, number, 0);
}

static int add_refused(scmp_filter_ctx rules, unsigned mode)
{
    static const int exposed[] = {
#define EXPOSED_NUMBER(call, reason) SCMP_SYS(call),
        EXPOSED_CALLS(EXPOSED_NUMBER)
#undef EXPOSED_NUMBER
    };
    static const int numbers[] = {
#define REFUSED_NUMBER(call, reason) SCMP_SYS(call),
        REFUSED_CALLS(REFUSED_NUMBER)
#undef REFUSED_NUMBER
    };
    int error = 0;

    for (size_t i = 0; error == 0 && i < sizeof(numbers) / sizeof(numbers[0]); i++)
        error = refuse(rules, SCMP_ACT_ERRNO(EPERM), numbers[i]);
    if ((mode & BRIG_SECCOMP_EXPOSED) != 0)
        for (size_t i = 0; error == 0 && i < sizeof(exposed) / sizeof(exposed[0]); i++)
            error = refuse(rules, SCMP_ACT_ERRNO(EPERM), exposed[i]);
    /* Its flags lie in memory, where no filter can see them; the C library falls back to clone. */
    if (error == 0)
        error = refuse(rules, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
    return error;
}

static int add_rules(scmp_filter_ctx rules, const struct argument_rule *added, size_t count)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = seccomp_rule_add_array(rules, SCMP_ACT_ERRNO(EPERM), added[i].number, 1,
                                       &added[i].when);
    return error;
}

static int add_argument_rules(scmp_filter_ctx rules, unsigned mode)
{
    int error = add_rules(rules, argument_rules, sizeof(argument_rules) / sizeof(*argument_rules));

    if (error == 0 && (mode & BRIG_SECCOMP_EXPOSED) != 0)
        error = add_rules(rules, exposed_rules, sizeof(exposed_rules) / sizeof(*exposed_rules));
    return error;
}

static int add_reported(scmp_filter_ctx rules, unsigned mode)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < BRIG_SECCOMP_REPORTED_COUNT; i++)
        if ((mode & BRIG_SECCOMP_EXEC) == 0 || brig_seccomp_reported_calls[i].number == SYS_socket)
            error = refuse(rules, SCMP_ACT_NOTIFY, brig_seccomp_reported_calls[i].number);
    return error;
}

static scmp_filter_ctx make_rules(unsigned mode)
{
    enum { OPTIMIZE_BINARY_TREE = 2 };
    scmp_filter_ctx rules = seccomp_init(SCMP_ACT_ALLOW);

    if (rules == NULL)
        return NULL;
    if (seccomp_attr_set(rules, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0 ||
        seccomp_attr_set(rules, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_BINARY_TREE) != 0 ||
        add_refused(rules, mode) != 0 || add_argument_rules(rules, mode) != 0 ||
        add_reported(rules, mode) != 0) {
        seccomp_release(rules);
        return NULL;
    }
    return rules;
}

/* libseccomp writes its program to a descriptor only. */
static brig_status export_program(scmp_filter_ctx rules, brig_seccomp *filter)
{
    brig_status status = BRIG_SYSTEM;
    size_t count;
    off_t bytes;
    int fd = memfd_create("seccomp", MFD_CLOEXEC);

    if (fd < 0 || seccomp_export_bpf(rules, fd) != 0)
        goto out;
    bytes = lseek(fd, 0, SEEK_END);
    if (bytes <= 0 || bytes % (off_t)sizeof(struct sock_filter) != 0)
        goto out;
    count = (size_t)bytes / sizeof(struct sock_filter);
    if (count > BPF_MAXINSNS - PROLOGUE_LENGTH)
        goto out;
    filter->code = calloc(PROLOGUE_LENGTH + count, sizeof(*filter->code));
    if (filter->code == NULL) {
        status = BRIG_NO_MEMORY;
        goto out;
    }
    if (pread(fd, filter->code + PROLOGUE_LENGTH, (size_t)bytes, 0) != bytes)
        goto out;
    for (size_t i = 0; i < PROLOGUE_LENGTH; i++)
        filter->code[i] = prologue[i];
    filter->length = (unsigned short)(PROLOGUE_LENGTH + count);
    status = BRIG_OK;
out:
    if (fd >= 0)
        (void)close(fd);
    return status;
}

brig_status brig_seccomp_compile(unsigned mode, brig_seccomp *ret_filter)
{
    brig_seccomp filter = {0};
    scmp_filter_ctx rules = make_rules(mode);
    brig_status status;

    if (rules == NULL)
        return BRIG_SYSTEM;
    status = export_program(rules, &filter);
    seccomp_release(rules);
    if (status != BRIG_OK) {
        brig_seccomp_done(&filter);
        return status;
    }
    (void)crypto_hash_sha256(filter.sha256, (const unsigned char *)filter.code,
                             filter.length * sizeof(*filter.code));
    *ret_filter = filter;
    return BRIG_OK;
}

void brig_seccomp_done(brig_seccomp *filter)
{
    free(filter->code);
    *filter = (brig_seccomp){0};
}

int brig_seccomp_install(const brig_seccomp *filter, int *ret_listener)
{
    const struct sock_fprog program = {filter->length, filter->code};
    long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

    if (listener < 0)
        return errno;
    *ret_listener = (int)listener;
    return 0;
}
