/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_NOTIFY_H
#define BRIG_SERVER_NOTIFY_H

/*
 * Tell the service manager something, such as "READY=1", if it wants to know (NOTIFY_SOCKET):
 * one datagram. Whether it arrives is the manager's affair.
 */
void brig_notify(const char *state);

#endif
