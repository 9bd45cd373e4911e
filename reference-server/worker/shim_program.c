/* SPDX-License-Identifier: MIT */
/* brig-shim within brig-worker. ARCHITECTURE.md, "How a session starts". */
#include "shim_program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim_given.h"

#ifndef MFD_EXEC /* Linux 6.3; Debian 12's headers are older */
#define MFD_EXEC 0x0010U
#endif

/* Hidden, so that they are addressed and not looked up: of a table, both would get the same entry. */
__asm__(".pushsection .rodata\n"
        ".globl brig_shim_bytes, brig_shim_end\n"
        ".hidden brig_shim_bytes, brig_shim_end\n"
        "brig_shim_bytes: .incbin \"" BRIG_SHIM_FILE "\"\n"
        "brig_shim_end: .byte 0\n"
        ".popsection\n");
extern const uint8_t brig_shim_bytes[] __attribute__((visibility("hidden")));
extern const uint8_t brig_shim_end[] __attribute__((visibility("hidden")));

/* Older kernels know no other kind of memory file than one that can be executed. */
static int create(void)
{
    int fd = memfd_create("brig-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("brig-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

/* Above the numbers that pid 1 arranges for the shim. */
static int move_up(int fd)
{
    int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, BRIG_LISTENER_FD + 1);

    if (fd >= 0)
        (void)close(fd);
    return moved;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);

        if (wrote < 0)
            return -1;
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return 0;
}

int brig_shim_program_open(void)
{
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int fd = move_up(create());
    int error;

    if (fd < 0)
        return -1;
    /* Who executes what he cannot read is undumpable from the first moment. */
    if (write_all(fd, brig_shim_bytes, (size_t)(brig_shim_end - brig_shim_bytes)) == 0 &&
        fchmod(fd, S_IXUSR) == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0)
        return fd;
    error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}
