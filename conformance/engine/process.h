/* SPDX-License-Identifier: MIT */
#ifndef BRIG_CONF_PROCESS_H
#define BRIG_CONF_PROCESS_H

/* Free what the code has allocated; its call has ended. */
void conf_process_give_back(void);

#endif
