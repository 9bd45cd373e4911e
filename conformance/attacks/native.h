/* SPDX-License-Identifier: MIT */
#ifndef BRIG_ATTACKS_NATIVE_H
#define BRIG_ATTACKS_NATIVE_H

/*
 * What hostile R code does with dyn.load() and .C(): every function follows R's convention for
 * compiled code (pointers to vectors, results written in place) and needs no header of R.
 */

/* One probe by name; *ret_outcome becomes "allowed", an errno's name or a signal's. */
void attack_probe(char **name, char **ret_outcome);
/* All of them, a line "name outcome" each, on standard output. */
void attack_probe_all(int *ret_count);

/* Results below are 0 or an errno. */
void attack_kill(int *pid, int *signal, int *ret_error);
void attack_close(int *first, int *last);
void attack_write(int *fd, unsigned char *bytes, int *len, int *ret_error);
void attack_drain(int *fd, int *milliseconds, int *ret_bytes);
void attack_descriptors(int *ret_open, int *size); /* 1 for each number that is open */
/* So many calls of the tool `look`, with ids that rise; every thousand what has arrived is read, or not. */
void attack_flood(int *count, int *reads, int *ret_error);
void attack_send_rights(int *fd, int *sent, unsigned char *bytes, int *len, int *ret_error);
/* Send descriptors that nobody receives, until that fails. */
void attack_keep_rights(int *ret_kept, int *ret_error);
void attack_write_from_clone(int *fd, unsigned char *bytes, int *len, int *ret_error);
void attack_connect(int *fd, int *family, unsigned char *name, int *len, int *ret_error);

void attack_crash(void);
void attack_overflow_stack(int *depth);
/* Close these descriptors, block every signal and never return. */
void attack_stay(int *first, int *last);
void attack_exit(int *status); /* without R's leave */

/* Take so many MiB in each of so many processes, and touch them. ret_got: MiB that were had. */
void attack_memory(int *megabytes, int *ret_got);
void attack_memory_of_children(int *count, int *megabytes, int *ret_refused);
void attack_shared_memory(int *megabytes, int *ret_got);
/* Fork until it fails or `most` children are there. */
void attack_fork(int *most, int *ret_forked, int *ret_error);
/* Children that leave their session and process group and stay. */
void attack_daemon(int *ret_error);
/* Random numbers and arguments for system calls, in children that may die of it. */
void attack_fuzz(int *seed, int *count, int *ret_made);
/* Handles of the root's file system by brute force, as in the escape called shocker. */
void attack_handles(int *tries, int *ret_opened);

#endif
