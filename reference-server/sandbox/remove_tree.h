/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SANDBOX_REMOVE_TREE_H
#define BRIG_SANDBOX_REMOVE_TREE_H

/*
 * Remove a directory, whatever hostile code has left in it: links are removed and never followed,
 * and neither depth nor number of entries costs memory. Nobody may change it meanwhile. Makes no
 * use of the heap beyond opendir(). 0 or an errno.
 */
int brig_remove_tree(const char *path);

#endif
