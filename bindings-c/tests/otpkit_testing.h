/* The seams of a library that was built with the feature `testing`. No published library has them. */
#ifndef OTPKIT_TESTING_H
#define OTPKIT_TESTING_H

#include "otpkit.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct otpkit_testing_clock otpkit_testing_clock;

otpkit_testing_clock *otpkit_testing_clock_new(uint64_t unix_ms);
uint32_t otpkit_testing_clock_advance(otpkit_testing_clock *clock, uint64_t ms);
uint32_t otpkit_testing_clock_free(otpkit_testing_clock *clock);
uint32_t otpkit_testing_builder_clock(otpkit_builder *builder, otpkit_testing_clock *clock, otpkit_error **error);

/* The next pass of this point (an exported function's name, "callback", "event" or "future") panics. */
void otpkit_testing_panic_at(const char *point);
bool otpkit_testing_panic_is_set(void);

/* How long a request that nobody answered is kept after its deadline. */
void otpkit_testing_keep_requests_ms(uint64_t ms);

/* Writes what reached the log of Rust at its finest level, since the first call of this, into a file. */
bool otpkit_testing_trace_into(const char *path);

/* How many handles of all kinds are good. */
size_t otpkit_testing_open_handles(void);

#ifdef __cplusplus
}
#endif

#endif
