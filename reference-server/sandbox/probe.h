/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_PROBE_H
#define BRIG_SANDBOX_PROBE_H

#include <stdint.h>

/*
 * The self-test: what native code tries at every stage of a session's start (ARCHITECTURE.md, "The
 * self-test"). The worker tries, brigd judges; this is what both know.
 *
 * X(PROBE, name, what is tried)
 */
#define BRIG_PROBES(X) \
    X(HOST_FILE, "host_file", "read a file of the host") \
    X(OTHER_FILE, "other_file", "read what lies in another session's /tmp") \
    X(WRITE_OUTSIDE, "write_outside", "make a file outside the workspace") \
    X(KERNEL_SETTING, "kernel_setting", "open /proc/sys/kernel/core_pattern for writing") \
    X(OTHER_PROCESS, "other_process", "read environment or memory of pid 1 in /proc") \
    X(SYSFS, "sysfs", "list /sys") \
    X(ENVIRONMENT, "environment", "read a variable of the server's environment") \
    X(TCP, "tcp", "connect to a port of the host over TCP") \
    X(UDP, "udp", "send a datagram over UDP") \
    X(NETLINK, "netlink", "open a netlink socket") \
    X(PACKET, "packet", "open a packet socket") \
    X(VSOCK, "vsock", "open a socket to the virtual machine's host") \
    X(ALG, "alg", "open a socket of the kernel's cryptography") \
    X(ABSTRACT_SOCKET, "abstract_socket", "connect to an abstract Unix socket of the host") \
    X(SOCKET_FILE, "socket_file", "bind a Unix socket in /tmp") \
    X(EXEC, "exec", "start a program") \
    X(FOREIGN_CALL, "foreign_call", "make a system call of a 32-bit program") \
    X(TRACE, "trace", "trace pid 1") \
    X(READ_MEMORY, "read_memory", "read memory of pid 1 by process_vm_readv") \
    X(SIGNAL, "signal", "send a signal to pid 1") \
    X(NAMESPACE, "namespace", "make a user namespace") \
    X(MOUNT, "mount", "make a file system") \
    X(DEVICE_NODE, "device_node", "make a device node") \
    X(DEVICE, "device", "open a device of the host") \
    X(FILE_HANDLE, "file_handle", "open a file by its number") \
    X(IO_URING, "io_uring", "make an io_uring") \
    X(BPF, "bpf", "make a map for BPF") \
    X(KEYRING, "keyring", "add a key to a keyring") \
    X(PERF, "perf", "count events of the processor") \
    X(USERFAULTFD, "userfaultfd", "handle page faults") \
    X(INOTIFY, "inotify", "watch files") \
    X(FANOTIFY, "fanotify", "watch a file system") \
    X(TERMINAL, "terminal", "type into the terminal") \
    X(SHARED_MEMORY, "shared_memory", "make memory that no limit counts") \
    X(MEMORY, "memory", "take more memory than the limit") \
    X(SPECULATION, "speculation", "run ahead in ways that a process may give up") \
    X(CAPABILITIES, "capabilities", "hold a capability, or gain one by a program") \
    X(DUMPABLE, "dumpable", "be opened by other processes in /proc")

typedef enum brig_probe {
#define BRIG_PROBE_ENUM(probe, name, what) BRIG_PROBE_##probe,
    BRIG_PROBES(BRIG_PROBE_ENUM)
#undef BRIG_PROBE_ENUM
        BRIG_PROBE_COUNT,
} brig_probe;

/*
 * Where they are tried, outermost first: what stopped a probe is the stage from which on it is
 * always refused.
 *
 * X(STAGE, name, the layer that was raised last)
 */
#define BRIG_PROBE_STAGES(X) \
    X(OUTER, "outer", "the outer wall") \
    X(MOUNTS, "mounts", "the session's own files (namespaces and mounts, or Landlock)") \
    X(CAPABILITIES, "capabilities", \
      "privileges given up (capabilities, no_new_privs, dumpable, speculation)") \
    X(LANDLOCK, "landlock", "Landlock") \
    X(LIMITS, "limits", "resource limits") \
    X(SECCOMP, "seccomp", "seccomp")

typedef enum brig_probe_stage {
#define BRIG_PROBE_STAGE_ENUM(stage, name, layer) BRIG_PROBE_AT_##stage,
    BRIG_PROBE_STAGES(BRIG_PROBE_STAGE_ENUM)
#undef BRIG_PROBE_STAGE_ENUM
        BRIG_PROBE_STAGE_COUNT,
} brig_probe_stage;

/*
 * What came of a try: 0 it worked, an errno, BRIG_PROBE_KILLED + the signal that ended it, or
 * BRIG_PROBE_NOT_TRIED.
 */
enum { BRIG_PROBE_NOT_TRIED = -1, BRIG_PROBE_KILLED = 1000 };

typedef struct brig_probe_outcomes {
    int16_t at[BRIG_PROBE_STAGE_COUNT][BRIG_PROBE_COUNT];
} brig_probe_outcomes;

/* What brigd lays out for the probes, so that a success is one. */
enum { BRIG_PROBE_FILES = 8, BRIG_PROBE_PATH_BYTES = 256, BRIG_PROBE_NAME_BYTES = 64 };

#endif
