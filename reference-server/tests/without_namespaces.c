/* SPDX-License-Identifier: MIT */
/*
 * Run a program as in a container of Docker's defaults: without_namespaces PROGRAM [ARGUMENT…]
 * No call makes namespaces or mounts, clone3 does not exist, and root lacks CAP_SYS_ADMIN.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int refused[] = {
    SYS_unshare,   SYS_setns,         SYS_mount,       SYS_umount2,           SYS_pivot_root,
    SYS_open_tree, SYS_move_mount,    SYS_fsopen,      SYS_fsconfig,          SYS_fsmount,
    SYS_fspick,    SYS_mount_setattr, SYS_bpf,         SYS_perf_event_open,   SYS_userfaultfd,
    SYS_add_key,   SYS_keyctl,        SYS_request_key, SYS_open_by_handle_at, SYS_sethostname,
};

enum {
    REFUSED_COUNT = sizeof(refused) / sizeof(refused[0]),
    OTHERS_LENGTH = 7,
    LENGTH = 1 + 2 * REFUSED_COUNT + OTHERS_LENGTH,
    NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                     CLONE_NEWPID | CLONE_NEWNET,
};

static unsigned short write_filter(struct sock_filter code[LENGTH])
{
    const struct sock_filter others[OTHERS_LENGTH] = {
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    unsigned short at = 0;

    code[at++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < REFUSED_COUNT; i++) {
        code[at++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refused[i], 0, 1);
        code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    for (size_t i = 0; i < OTHERS_LENGTH; i++)
        code[at++] = others[i];
    return at;
}

int main(int argc, char *argv[])
{
    struct sock_filter code[LENGTH];
    const struct sock_fprog program = {write_filter(code), code};

    if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        perror("no_new_privs");
        return 1;
    }
    if (argc < 2 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0 ||
        (geteuid() == 0 && prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) != 0)) {
        perror("without_namespaces");
        return 1;
    }
    (void)execv(argv[1], argv + 1);
    perror(argv[1]);
    return 1;
}
