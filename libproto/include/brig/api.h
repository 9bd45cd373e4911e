/* SPDX-License-Identifier: MIT */
#ifndef BRIG_API_H
#define BRIG_API_H

/* Marks what a shared library exports; everything else is hidden. */
#if defined(_WIN32) && defined(BRIG_SHARED)
#ifdef proto_EXPORTS /* CMake defines it while building target "proto" */
#define BRIG_API __declspec(dllexport)
#else
#define BRIG_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define BRIG_API __attribute__((visibility("default")))
#else
#define BRIG_API
#endif

#endif
