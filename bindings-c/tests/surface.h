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

/* Each list ends with a row that has no name. */
extern const surface surface_objects[];
extern const surface surface_verbs[];

#define ROW(function, arguments, normal) {"otpkit_" #function, arguments, normal, call_##function}

/* Which argument is spoiled now (-1: none), and how. */
extern int spoiled;
extern int spoiling;

/* What the calls work on. */
enum { CLIENT, BUILDER, REPLY, ERROR_, OUTBOX, REQUEST, KINDS };
extern otpkit_client *client;
extern otpkit_reply *started;        /* pending */
extern otpkit_reply *checked;        /* approved */
extern otpkit_reply *reported;       /* of a delivery report */
extern otpkit_error *failure;
extern otpkit_outbox *outbox;
extern otpkit_request *sending;      /* a request to send */
extern otpkit_request *checking;     /* and one to check */

/* The argument at this place: as given, or spoiled. */
void *pointer(int index, const void *value);
void *handle(int index, int kind, const void *value);
#define C(index) ((otpkit_client *)handle(index, CLIENT, client))
#define TEXT(index, text) ((const char *)pointer(index, text))

/* A request that waits for its answer, a call that may start, a builder. */
otpkit_request *new_request(void);
const char *fresh_start(void);
otpkit_builder *fresh_builder(void);

void surface_begin(void);
void surface_end(void);

#endif
