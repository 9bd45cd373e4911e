/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_STEP_H
#define BRIG_SANDBOX_STEP_H

#include <brig/buffer.h>
#include <brig/value.h>

/*
 * One step of a plan (ARCHITECTURE.md, "The walls"). plan.c makes lists of them, bwrap_args.c and
 * walls.c carry them out, nobody else decides anything.
 *
 * X(OP, name, where): where says who carries the step out.
 *   OUTER     whoever starts the template: bubblewrap, or brigd itself
 *   TEMPLATE  the template, before its engine: where bubblewrap cannot be had
 *   GRANT     nobody: the next Landlock step of the list reads it
 *   KEEPER    the keeper of a session without namespaces
 *   MOUNT     the shim, before `go`: the session's file system
 *   SHIM      the shim, after `go`
 *   WORKER    the worker, between fork and the engine
 */
#define BRIG_STEPS(X) \
    X(UNSHARE, "unshare", OUTER)     /* all namespaces, no terminal, no environment */ \
    X(VARIABLE, "variable", OUTER)   /* path: name, text: value */ \
    X(DEVICES, "devices", OUTER)     /* a minimal /dev */ \
    X(HOST_PROC, "host_proc", OUTER) /* the /proc that is there, bound */ \
    X(PROGRAM, "program", OUTER)     /* the worker binary, copied to path */ \
    X(SEAL, "seal", OUTER)           /* the root becomes read-only */ \
    X(CONFINE, "confine", TEMPLATE)  /* Landlock, for the template with all its sessions; exec */ \
    X(READ, "read", GRANT)           /* what is at path and below */ \
    X(USE, "use", GRANT)             /* a device */ \
    X(KEEP, "keep", GRANT)           /* a directory of the template's and its sessions' own */ \
    X(PLACE, "place", KEEPER)        /* a directory of the session's, new below path */ \
    X(OWN, "own", KEEPER)            /* one in it, for the code; exec */ \
    X(DOMAIN, "domain", KEEPER)      /* signals and abstract sockets end at the session */ \
    X(FILES, "files", MOUNT)         /* Landlock: no files but what is granted; exec */ \
    X(ROOT, "root", MOUNT)           /* a new tmpfs at path, to become the root */ \
    X(DIRECTORY, "directory", MOUNT) /* an empty directory */ \
    X(SCRATCH, "scratch", MOUNT)     /* a private tmpfs within the session's limits; exec */ \
    X(BIND_DIRECTORY, "bind_directory", MOUNT) /* read-only, with all that is below */ \
    X(BIND_FILE, "bind_file", MOUNT)           /* read-only */ \
    X(DEVICE, "device", MOUNT)       /* one device node; text: the real one, if another */ \
    X(SYMLINK, "symlink", MOUNT)     /* path points to text */ \
    X(TEXT_FILE, "text_file", MOUNT) /* a file that holds text */ \
    X(PROC, "proc", MOUNT)           /* a /proc that shows own processes only */ \
    X(ENTER, "enter", MOUNT)         /* the new root becomes the only one */ \
    X(HOSTNAME, "hostname", MOUNT)   /* text */ \
    X(CGROUP_NAMESPACE, "cgroup_namespace", SHIM) /* the leaf brigd chose becomes the root */ \
    X(SPECULATION, "speculation", SHIM)           /* no more than the kernel decides for all */ \
    X(CAPABILITIES, "capabilities", SHIM)         /* none left, none to be had */ \
    X(PRIVILEGES, "privileges", SHIM)             /* none held, and none can be had */ \
    X(LANDLOCK, "landlock", WORKER)               /* what the list grants, once more; exec */ \
    X(LIMITS, "limits", WORKER)                   /* resource limits, read back */ \
    X(SECCOMP, "seccomp", WORKER)                 /* the filter of system calls; exec */

typedef enum brig_step_op {
#define BRIG_STEP_ENUM(op, name, where) BRIG_STEP_##op,
    BRIG_STEPS(BRIG_STEP_ENUM)
#undef BRIG_STEP_ENUM
        BRIG_STEP_COUNT,
} brig_step_op;

typedef enum brig_step_where {
    BRIG_STEP_OUTER,
    BRIG_STEP_TEMPLATE,
    BRIG_STEP_GRANT,
    BRIG_STEP_KEEPER,
    BRIG_STEP_MOUNT,
    BRIG_STEP_SHIM,
    BRIG_STEP_WORKER,
} brig_step_where;

typedef struct brig_step {
    brig_step_op op;
    char *path; /* NULL if the step has none */
    char *text; /* likewise */
} brig_step;

/* A list that owns its texts. Zero-initialised it is empty; the first fault is kept. */
typedef struct brig_steps {
    brig_step *items;
    size_t count;
    size_t capacity;
    brig_status fault;
} brig_steps;

/* The text of a step that differs where programs may be started; otherwise it has none. */
#define BRIG_STEP_TEXT_EXEC "exec"
bool brig_step_allows_exec(const brig_step *step);

const char *brig_step_name(brig_step_op op);
brig_step_where brig_step_place(brig_step_op op);

/* Add a step; path and text are copied, either may be NULL. Failure is kept in .fault. */
void brig_steps_add(brig_steps *steps, brig_step_op op, const char *path, const char *text);
void brig_steps_done(brig_steps *steps);

/* Is there such a step? path NULL: any. */
bool brig_steps_have(const brig_steps *steps, brig_step_op op, const char *path);

/* One array of [name, path or nil, text or nil], without what is done outside of the template. */
void brig_steps_encode(const brig_steps *steps, brig_buffer *to);

/* Is it the list of a session without namespaces, whose walls are Landlock's? */
bool brig_steps_are_reduced(const brig_steps *steps);

/*
 * The reverse. BRIG_OK, BRIG_NO_MEMORY, or BRIG_MALFORMED: not such an array, an unknown or outer
 * step, or a list that lacks a wall that every such list must have: one of a template that confines
 * itself, of a session with namespaces, or of one without. *ret_steps is set on success.
 */
brig_status brig_steps_decode(const brig_value *encoded, brig_steps *ret_steps);

#endif
