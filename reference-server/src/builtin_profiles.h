/* SPDX-License-Identifier: MIT */
#ifndef BRIG_SERVER_BUILTIN_PROFILES_H
#define BRIG_SERVER_BUILTIN_PROFILES_H

#include "../sandbox/profile.h"

enum { BRIG_PROFILES_BUILTIN = 3 };

/* The profiles that need not be written. Data: a limit of 0 and what is NULL are the defaults. */
extern const brig_profile brig_profiles_builtin[BRIG_PROFILES_BUILTIN];

#endif
