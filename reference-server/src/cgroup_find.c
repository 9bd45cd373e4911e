/* SPDX-License-Identifier: MIT */
/* Where control groups are mounted, which one is ours, and how their small files are used. */
#include "cgroup_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

enum { LINE_BYTES = 4 * PATH_MAX };

static const char *const controllers[CGROUP_PART_COUNT] = {
    [CGROUP_MEMORY] = "memory",
    [CGROUP_PIDS] = "pids",
    [CGROUP_CPU_TIME] = "cpuacct",
    [CGROUP_CPU_SHARE] = "cpu",
};

/* Is `word` one of the items of a list that is parted by `parting`? */
static bool has_item(const char *list, const char *word, char parting)
{
    size_t len = strlen(word);

    while (*list != '\0') {
        size_t item = strcspn(list, (char[]){parting, '\n', '\0'});

        if (item == len && memcmp(list, word, len) == 0)
            return true;
        list += item;
        list += *list != '\0' ? 1 : 0;
    }
    return false;
}

bool brig_cgroup_has_word(const char *list, const char *word)
{
    return has_item(list, word, ' ');
}

/* A line of /proc/self/cgroup is NUMBER:CONTROLLER,CONTROLLER:PATH; version 2 has none there. */
static bool find_membership(const char *controller, char path[PATH_MAX])
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[LINE_BYTES];
    bool is_found = false;

    while (file != NULL && !is_found && fgets(line, sizeof(line), file) != NULL) {
        char *list = strchr(line, ':');
        char *place = list == NULL ? NULL : strchr(list + 1, ':');

        if (place == NULL)
            continue;
        *place = '\0';
        place[1 + strcspn(place + 1, "\n")] = '\0';
        is_found = controller == NULL ? list[1] == '\0' : has_item(list + 1, controller, ',');
        if (is_found)
            is_found = snprintf(path, PATH_MAX, "%s", place + 1) < PATH_MAX;
    }
    if (file != NULL)
        (void)fclose(file);
    return is_found;
}

typedef struct mount_place {
    char root[PATH_MAX]; /* what of the hierarchy is mounted */
    char point[PATH_MAX];
} mount_place;

/* ID PARENT DEVICE ROOT POINT OPTIONS … - TYPE SOURCE SUPER_OPTIONS */
static bool parse_mount(const char *line, const char *controller, mount_place *ret_mount)
{
    const char *behind = strstr(line, " - ");
    char type[32];
    char options[256];

    if (behind == NULL || sscanf(behind, " - %31s %*s %255s", type, options) != 2 ||
        sscanf(line, "%*s %*s %*s %4095s %4095s", ret_mount->root, ret_mount->point) != 2)
        return false;
    if (controller == NULL)
        return strcmp(type, "cgroup2") == 0;
    return strcmp(type, "cgroup") == 0 && has_item(options, controller, ',');
}

static bool find_mount(const char *controller, mount_place *ret_mount)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char line[LINE_BYTES];
    bool is_found = false;

    while (file != NULL && !is_found && fgets(line, sizeof(line), file) != NULL)
        is_found = parse_mount(line, controller, ret_mount);
    if (file != NULL)
        (void)fclose(file);
    return is_found;
}

bool brig_cgroup_find_own(cgroup_part part, char ret_path[PATH_MAX])
{
    const char *controller = part < CGROUP_PART_COUNT ? controllers[part] : NULL;
    mount_place mount;
    char path[PATH_MAX];

    if (!find_membership(controller, path) || !find_mount(controller, &mount))
        return false;
    /* In a container the mount may show only a part of the hierarchy, which we are in or not. */
    size_t len = strcmp(mount.root, "/") == 0 ? 0 : strlen(mount.root);
    const char *rest = strncmp(path, mount.root, len) == 0 ? path + len : "";

    return snprintf(ret_path, PATH_MAX, "%s%s", mount.point, strcmp(rest, "/") == 0 ? "" : rest) <
           PATH_MAX;
}

bool brig_cgroup_write(int directory, const char *name, const char *text)
{
    int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
    size_t len = strlen(text);

    if (fd < 0)
        return false;
    ssize_t wrote = write(fd, text, len);
    int cause = errno;
    (void)close(fd);
    errno = cause;
    return wrote == (ssize_t)len;
}

void brig_cgroup_read(int directory, const char *name, char *text, size_t text_bytes)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

    text[0] = '\0';
    if (fd < 0)
        return;
    ssize_t got = read(fd, text, text_bytes - 1);
    (void)close(fd);
    text[got < 0 ? 0 : got] = '\0';
}

brig_status brig_cgroup_refused(brig_cgroups *groups, const char *what)
{
    (void)snprintf(groups->failure, sizeof(groups->failure), "%s: %s", what, strerror(errno));
    return BRIG_UNAVAILABLE;
}
