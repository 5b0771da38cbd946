/* A call of every function of the header, each with one argument spoiled at a time. */
#ifndef SURFACE_H
#define SURFACE_H

#include "test.h"

/* What an accessor returned, and a completion that was not there. */
enum { DEFAULT = 1000, VALUE = 1001, UNTOLD = 1002 };

/* How the argument is spoiled. */
enum { WHOLE, NULLED, STALE, OTHER_KIND, GARBAGE };

/*
 * One function. `arguments` has a letter for each pointer argument, in order:
 *   h  a handle: NULL is OTPKIT_NULL_ARGUMENT (an accessor: its default), a bad one OTPKIT_STALE_HANDLE (its default)
 *   f  a handle to free: NULL is fine
 *   q  a request to complete: a stale one is OTPKIT_GONE, NULL is OTPKIT_STALE_HANDLE
 *   p  a text, struct, function or place that must be there
 *   o  may be NULL
 *   c  a completion: without it nothing is done
 */
typedef struct {
    const char *name;
    const char *arguments;
    uint32_t normal;
    uint32_t (*call)(void);
} surface;

extern const surface surfaces[];
extern const size_t surface_count;

/* Which argument is spoiled now (-1: none), and how. */
extern int spoiled;
extern int spoiling;

void surface_begin(void);
void surface_end(void);

#endif
