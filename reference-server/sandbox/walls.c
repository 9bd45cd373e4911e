/* SPDX-License-Identifier: MIT */
/* Raising the inner walls; between fork and engine only this acts. ARCHITECTURE.md, "The walls". */
#include "walls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "landlock.h"
#include "speculation.h"

/*
 * What others of the same user start later finds room as well, so that no session starves another:
 * without a group brigd counts each session's processes, and this is only the second line.
 */
enum { CROWD_ROOM = 1024 };

/* Room for mount points and short texts, no more. */
static const char root_options[] = "size=1m,nr_inodes=4096,mode=0755";

/* 0 or the errno of a call that has just returned. */
static int outcome(int result)
{
    return result == 0 ? 0 : errno;
}

/* Steps between `root` and `enter` run in the new root: where a path will be. */
static const char *target_of(const brig_step *step)
{
    return step->path + 1;
}

static int raise_root(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    (void)walls;
    (void)session;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", step->path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, root_options) != 0)
        return errno;
    return outcome(chdir(step->path));
}

static int raise_directory(const brig_walls *walls, const brig_step *step,
                           brig_walls_session *session)
{
    (void)walls;
    (void)session;
    /* A link of the root may stand there already: /lib, above a listed /lib/x. */
    if (mkdir(target_of(step), 0755) != 0 && errno != EEXIST)
        return errno;
    return 0;
}

static int raise_scratch(const brig_walls *walls, const brig_step *step,
                         brig_walls_session *session)
{
    unsigned long flags = MS_NOSUID | MS_NODEV;

    (void)walls;
    if (!brig_step_allows_exec(step))
        flags |= MS_NOEXEC;
    if (mkdir(target_of(step), 0700) != 0)
        return errno;
    return outcome(mount("tmpfs", target_of(step), "tmpfs", flags, session->scratch_options));
}

/* An empty file to mount on, or one with a text. */
static int make_file(const char *path, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int error = 0;

    if (fd < 0)
        return errno;
    if (len > 0 && write(fd, text, len) != (ssize_t)len)
        error = EIO;
    (void)close(fd);
    return error;
}

/* A copy of the mount gets its attributes before it appears: it is never open for writing. */
static int bind(const char *source, const char *target, uint64_t attributes)
{
    struct mount_attr wanted = {.attr_set = attributes};
    int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    int error = 0;

    if (tree < 0)
        return errno;
    if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &wanted, sizeof(wanted)) != 0 ||
        move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) != 0)
        error = errno;
    (void)close(tree);
    return error;
}

static int raise_bind_directory(const brig_walls *walls, const brig_step *step,
                                brig_walls_session *session)
{
    (void)walls;
    (void)session;
    /* The point may exist: a directory above another one that was bound before. */
    if (mkdir(target_of(step), 0755) != 0 && errno != EEXIST)
        return errno;
    return bind(step->path, target_of(step),
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static int raise_bind_file(const brig_walls *walls, const brig_step *step,
                           brig_walls_session *session)
{
    int error = make_file(target_of(step), NULL);

    (void)walls;
    (void)session;
    if (error != 0)
        return error;
    return bind(step->path, target_of(step),
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static int raise_device(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    int error = make_file(target_of(step), NULL);

    (void)walls;
    (void)session;
    if (error != 0)
        return error;
    return bind(step->text != NULL ? step->text : step->path, target_of(step),
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

static int raise_symlink(const brig_walls *walls, const brig_step *step,
                         brig_walls_session *session)
{
    (void)walls;
    (void)session;
    return outcome(symlink(step->text, target_of(step)));
}

static int raise_text_file(const brig_walls *walls, const brig_step *step,
                           brig_walls_session *session)
{
    (void)walls;
    (void)session;
    return make_file(target_of(step), step->text);
}

static int raise_proc(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    (void)walls;
    (void)session;
    if (mkdir(target_of(step), 0555) != 0)
        return errno;
    return outcome(mount("proc", target_of(step), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                         "subset=pid,hidepid=invisible"));
}

/* The old root is stacked below the new one and then detached: no path leads to it. */
static int raise_enter(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    struct mount_attr sealed = {.attr_set = MOUNT_ATTR_RDONLY};

    (void)walls;
    (void)step;
    (void)session;
    if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
        return errno;
    return outcome(mount_setattr(AT_FDCWD, "/", 0, &sealed, sizeof(sealed)));
}

static int raise_hostname(const brig_walls *walls, const brig_step *step,
                          brig_walls_session *session)
{
    (void)walls;
    (void)session;
    return outcome(sethostname(step->text, strlen(step->text)));
}

static int raise_cgroup_namespace(const brig_walls *walls, const brig_step *step,
                                  brig_walls_session *session)
{
    (void)walls;
    (void)step;
    (void)session;
    /* EINVAL: a kernel without cgroups has no names of them to hide. */
    if (unshare(CLONE_NEWCGROUP) != 0 && errno != EINVAL)
        return errno;
    return 0;
}

static int drop_bounding_set(void)
{
    for (int capability = 0;; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            return errno == EINVAL && capability > 0 ? 0 : errno;
}

/* The worker, which comes later, must never find a shim that it could trace. */
static int give_up_all(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    struct __user_cap_data_struct left[_LINUX_CAPABILITY_U32S_3];

    if (syscall(SYS_capset, &header, none) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_capget, &header, left) != 0)
        return errno;
    if (memcmp(left, none, sizeof(left)) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return ENOTSUP;
    return outcome(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

/* Only now do the capabilities of the user namespace go; everything before needed them. */
static int raise_capabilities(const brig_walls *walls, const brig_step *step,
                              brig_walls_session *session)
{
    const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                               SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                               SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    int error = drop_bounding_set();

    (void)walls;
    (void)step;
    (void)session;
    if (error != 0)
        return error;
    if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) != 0)
        return errno;
    return give_up_all();
}

/*
 * A user without capabilities cannot empty its bounding set; no_new_privs keeps it from gaining
 * from it.
 */
static int raise_privileges(const brig_walls *walls, const brig_step *step,
                            brig_walls_session *session)
{
    (void)walls;
    (void)step;
    (void)session;
    if (geteuid() == 0 || getuid() == 0)
        return EPERM;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return errno;
    return give_up_all();
}

static int raise_landlock(const brig_walls *walls, const brig_step *step,
                          brig_walls_session *session)
{
    return brig_landlock_apply(&walls->steps, step, session->place);
}

/*
 * Around a template, whose parent is brigd. That it is out of reach is tried: in need the template
 * ends all that it can signal.
 */
static int raise_confine(const brig_walls *walls, const brig_step *step,
                         brig_walls_session *session)
{
    int error = outcome(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));

    if (error == 0)
        error = raise_landlock(walls, step, session);
    if (error == 0 && (kill(getppid(), 0) == 0 || errno != EPERM))
        error = ENOTSUP;
    return error;
}

static int raise_place(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    (void)walls;
    (void)step;
    return outcome(chdir(session->place));
}

static int raise_own(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    (void)walls;
    (void)session;
    return outcome(mkdir(step->path, 0700));
}

/* The keeper's parent is the template. */
static int raise_domain(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    (void)walls;
    (void)step;
    (void)session;
    return brig_landlock_scope(getppid());
}

static int raise_limits(const brig_walls *walls, const brig_step *step, brig_walls_session *session)
{
    const brig_limits_extra extra = {
        .data_bytes = walls->runtime_bytes,
        .processes = session->crowd,
        .spare_processes = walls->is_reduced ? CROWD_ROOM : 0,
        .is_workspace_watched = walls->is_reduced,
    };

    (void)step;
    return brig_limits_apply(&session->limits, &extra, &session->in_force);
}

static int raise_speculation(const brig_walls *walls, const brig_step *step,
                             brig_walls_session *session)
{
    (void)walls;
    (void)step;
    (void)session;
    return brig_speculation_restrict();
}

static int raise_seccomp(const brig_walls *walls, const brig_step *step,
                         brig_walls_session *session)
{
    (void)step;
    return brig_seccomp_install(&walls->filter, &session->listener);
}

static int (*const raise_step[BRIG_STEP_COUNT])(const brig_walls *walls, const brig_step *step,
                                                brig_walls_session *session) = {
    [BRIG_STEP_ROOT] = raise_root,
    [BRIG_STEP_DIRECTORY] = raise_directory,
    [BRIG_STEP_SCRATCH] = raise_scratch,
    [BRIG_STEP_BIND_DIRECTORY] = raise_bind_directory,
    [BRIG_STEP_BIND_FILE] = raise_bind_file,
    [BRIG_STEP_DEVICE] = raise_device,
    [BRIG_STEP_SYMLINK] = raise_symlink,
    [BRIG_STEP_TEXT_FILE] = raise_text_file,
    [BRIG_STEP_PROC] = raise_proc,
    [BRIG_STEP_ENTER] = raise_enter,
    [BRIG_STEP_HOSTNAME] = raise_hostname,
    [BRIG_STEP_CGROUP_NAMESPACE] = raise_cgroup_namespace,
    [BRIG_STEP_CAPABILITIES] = raise_capabilities,
    [BRIG_STEP_CONFINE] = raise_confine,
    [BRIG_STEP_PLACE] = raise_place,
    [BRIG_STEP_OWN] = raise_own,
    [BRIG_STEP_DOMAIN] = raise_domain,
    [BRIG_STEP_FILES] = raise_landlock,
    [BRIG_STEP_PRIVILEGES] = raise_privileges,
    [BRIG_STEP_LANDLOCK] = raise_landlock,
    [BRIG_STEP_LIMITS] = raise_limits,
    [BRIG_STEP_SPECULATION] = raise_speculation,
    [BRIG_STEP_SECCOMP] = raise_seccomp,
};

brig_status brig_walls_prepare(const brig_value *plan, brig_walls *ret_walls)
{
    brig_walls walls = {.runtime_bytes = brig_limits_runtime_bytes()};
    unsigned mode = BRIG_SECCOMP_NO_EXEC;
    brig_status status = brig_steps_decode(plan, &walls.steps);

    if (status != BRIG_OK)
        return status;
    walls.is_reduced = brig_steps_are_reduced(&walls.steps);
    for (size_t i = 0; i < walls.steps.count; i++)
        if (walls.steps.items[i].op == BRIG_STEP_SECCOMP &&
            brig_step_allows_exec(&walls.steps.items[i]))
            mode = BRIG_SECCOMP_EXEC;
    if (walls.is_reduced)
        mode |= BRIG_SECCOMP_EXPOSED;
    status = brig_seccomp_compile(mode, &walls.filter);
    if (status != BRIG_OK) {
        brig_walls_done(&walls);
        return status;
    }
    *ret_walls = walls;
    return BRIG_OK;
}

void brig_walls_done(brig_walls *walls)
{
    brig_steps_done(&walls->steps);
    brig_seccomp_done(&walls->filter);
}

void brig_walls_session_init(brig_walls_session *session, const brig_session_limits *limits)
{
    const uint64_t page_bytes = 4096;
    /* The kernel would round up, beyond the limit. */
    const uint64_t bytes = limits->workspace_bytes - limits->workspace_bytes % page_bytes;

    *session = (brig_walls_session){.limits = *limits, .listener = -1};
    (void)snprintf(session->scratch_options, sizeof(session->scratch_options),
                   "size=%llu,nr_inodes=%llu,mode=0700", (unsigned long long)bytes,
                   (unsigned long long)limits->workspace_files);
}

static uint64_t count_crowd(void)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    struct stat status;
    uint64_t count = 0;
    char path[64];

    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        (void)snprintf(path, sizeof(path), "/proc/%.20s/task", entry->d_name);
        /* A directory for each thread, and two more links. */
        if (stat(path, &status) == 0 && status.st_uid == getuid())
            count += status.st_nlink;
    }
    if (processes != NULL)
        (void)closedir(processes);
    return count;
}

brig_status brig_walls_session_place(const brig_walls *walls, brig_walls_session *session)
{
    for (size_t i = 0; i < walls->steps.count; i++) {
        const brig_step *step = &walls->steps.items[i];
        int len;

        if (step->op != BRIG_STEP_PLACE)
            continue;
        len = snprintf(session->place, sizeof(session->place), "%s/sXXXXXX", step->path);
        if (len < 0 || (size_t)len >= sizeof(session->place) || mkdtemp(session->place) == NULL) {
            session->place[0] = '\0';
            return BRIG_SYSTEM;
        }
    }
    session->crowd = count_crowd();
    return BRIG_OK;
}

bool brig_walls_path(const brig_walls_session *session, const char *name,
                     char ret_path[BRIG_PLACE_BYTES])
{
    int len = snprintf(ret_path, BRIG_PLACE_BYTES, "%s/%s", session->place, name);

    return len > 0 && len < BRIG_PLACE_BYTES;
}

int brig_walls_raise(const brig_walls *walls, brig_step_where where, brig_walls_session *session)
{
    for (size_t i = 0; i < walls->steps.count; i++) {
        const brig_step *step = &walls->steps.items[i];
        int error;

        if (brig_step_place(step->op) != where)
            continue;
        error = raise_step[step->op](walls, step, session);
        if (error != 0) {
            session->failed = step->op;
            return error;
        }
        if (session->on_raised != NULL)
            session->on_raised(session->context, step->op);
    }
    return 0;
}
