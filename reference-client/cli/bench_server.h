/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CLI_BENCH_SERVER_H
#define BRIG_CLI_BENCH_SERVER_H

#include <sys/types.h>

#include <brig/client.h>

enum { BENCH_PATH_BYTES = 128 };

/* A listening server for the length of a measurement, with its socket and key below /tmp. */
typedef struct bench_server {
    pid_t pid;
    char directory[BENCH_PATH_BYTES];
    char socket_path[BENCH_PATH_BYTES];
    char key_file[BENCH_PATH_BYTES];
} bench_server;

/* False after a complaint. brig_bench_server_end() in any case. */
bool brig_bench_server_start(bench_server *server, const brig_server *which);
void brig_bench_server_end(bench_server *server);

#endif
