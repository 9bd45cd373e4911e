/* SPDX-License-Identifier: MIT */
/* Plots from the sandbox as files of the host. */
#include "plots.h"

#include <errno.h>
#include <stdio.h>

#include <fcntl.h>
#include <unistd.h>

enum { MAX_PLOTS = 999 };

static const struct format {
    const char *mime;
    const char *suffix;
} formats[] = {
    {"image/png", "png"},
    {"image/svg+xml", "svg"},
};

static int create_next(int directory, const char *suffix, unsigned *number,
                       char name[PLOT_NAME_BYTES])
{
    while (*number < MAX_PLOTS) {
        int fd;

        (*number)++;
        (void)snprintf(name, PLOT_NAME_BYTES, "plot-%03u.%s", *number, suffix);
        fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    errno = EEXIST;
    return -1;
}

static bool write_all(int fd, brig_span bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes.data += written;
            bytes.len -= (size_t)written;
        }
    }
    return true;
}

static bool save(int directory, const char *suffix, brig_span bytes, unsigned *number,
                 char name[PLOT_NAME_BYTES])
{
    int fd = create_next(directory, suffix, number, name);
    bool is_written;

    if (fd < 0)
        return false;
    is_written = write_all(fd, bytes);
    if (close(fd) != 0 || !is_written) {
        (void)unlinkat(directory, name, 0);
        return false;
    }
    return true;
}

unsigned brig_plots_save(int directory, const brig_value *display, unsigned *number,
                         void (*each)(void *context, const char *name), void *context)
{
    unsigned saved = 0;

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const brig_value *content = brig_value_get(display, formats[i].mime);
        char name[PLOT_NAME_BYTES];

        if (content == NULL || (content->kind != BRIG_BIN && content->kind != BRIG_TEXT))
            continue;
        if (!save(directory, formats[i].suffix, content->bytes, number, name))
            continue;
        saved++;
        each(context, name);
    }
    return saved;
}
