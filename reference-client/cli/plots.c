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

static void name_of(char name[PLOT_NAME_BYTES], unsigned number, const char *suffix)
{
    (void)snprintf(name, PLOT_NAME_BYTES, "plot-%03u.%s", number, suffix);
}

/* One number serves all formats of a plot. */
static bool is_free(int directory, unsigned number)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        char name[PLOT_NAME_BYTES];

        name_of(name, number, formats[i].suffix);
        if (faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return false;
    }
    return true;
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

/* Never over a file, and never through a link: neither may have come between. */
static bool save(int directory, const char *name, brig_span bytes)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
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

bool brig_plots_save(int directory, const brig_value *display, unsigned *number,
                     void (*each)(void *context, const char *name), void *context)
{
    bool all_saved = true;

    do
        (*number)++;
    while (*number < MAX_PLOTS && !is_free(directory, *number));
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const brig_value *content = brig_value_get(display, formats[i].mime);
        char name[PLOT_NAME_BYTES];

        if (content == NULL || (content->kind != BRIG_BIN && content->kind != BRIG_TEXT))
            continue;
        name_of(name, *number, formats[i].suffix);
        if (save(directory, name, content->bytes))
            each(context, name);
        else
            all_saved = false;
    }
    return all_saved;
}
