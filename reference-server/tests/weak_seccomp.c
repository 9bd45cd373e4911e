/* SPDX-License-Identifier: MIT */
/* A filter that refuses nothing but asks a listener, over the real one: the self-test must notice. */
#include "seccomp_filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker gives the name */
int __wrap_brig_seccomp_install(const brig_seccomp *filter, int *ret_listener);

int __wrap_brig_seccomp_install(const brig_seccomp *filter, int *ret_listener)
{
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    static const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

    (void)filter;
    if (listener < 0)
        return errno;
    *ret_listener = (int)listener;
    return 0;
}
/* NOLINTEND(bugprone-reserved-identifier) */
