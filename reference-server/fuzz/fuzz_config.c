/* SPDX-License-Identifier: MIT */
/*
 * No file makes the configuration crash or leak; one that is accepted is possible, by its own check,
 * and one that is refused is so with a sentence that names it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <check.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The same file each time, with other contents: in memory, under a name that can be opened. */
static const char *file_of(const uint8_t *data, size_t len)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("config", MFD_CLOEXEC);
        CHECK(fd >= 0, "%s", strerror(errno));
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, len, 0) == (ssize_t)len, "%s", strerror(errno));
    return path;
}

static void check_profiles(const brig_config *config)
{
    for (size_t i = 0; i < config->profile_count; i++) {
        const brig_profile *profile = &config->profiles[i];

        CHECK(brig_limits_fault(&profile->limits) == NULL, "limits");
        CHECK(brig_config_find_profile(config, profile->name, strlen(profile->name)) == i,
              "found by its name");
        for (size_t j = 0; j < profile->read_only.count; j++)
            CHECK(strlen(profile->read_only.items[j]) > 0, "an empty path");
    }
    CHECK(brig_config_find_profile(config, "standard", 8) < config->profile_count,
          "the built-in profiles are there");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *path = file_of(data, len);
    brig_config *config = NULL;
    char error[1024] = "";
    brig_status status = brig_config_new(path, error, sizeof(error), &config);

    if (status == BRIG_OK) {
        CHECK(brig_config_check(config, path, error, sizeof(error)) == BRIG_OK, "%s", error);
        check_profiles(config);
        brig_config_free(config);
        return 0;
    }
    CHECK(config == NULL, "a configuration that was refused");
    CHECK(status == BRIG_ARGUMENT, "%s", brig_status_name(status));
    CHECK(strncmp(error, path, strlen(path)) == 0 && strlen(error) > strlen(path) + 2, "%s", error);
    return 0;
}
