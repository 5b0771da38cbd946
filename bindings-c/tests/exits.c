/*
 * Ends with calls under way, which is to be clean: `exits return` from main, `exits exit` from a thread, `exits close`
 * after dlclose. Loads the library by itself; the first argument is its path. test.sh runs each many times.
 */
#define _POSIX_C_SOURCE 200809L
#include "otpkit.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int asked;

static void never(void *data, otpkit_request *request)
{
    (void)data;
    (void)request;
    __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
}

static void event(void *data, const char *json)
{
    (void)data;
    (void)json;
}

static void completed(void *context, uint32_t status, otpkit_reply *reply, otpkit_error *error)
{
    (void)context;
    (void)status;
    (void)reply;
    (void)error;
}

static void *leave(void *nothing)
{
    (void)nothing;
    exit(7);
}

/* C has no cast from the pointer that dlsym gives to one to a function; a copy of its bytes is the usual way. */
static void find(void *library, const char *name, void *function, size_t size)
{
    void *found = dlsym(library, name);
    if (found == NULL) exit(3);
    memcpy(function, &found, size);
}
#define FIND(name) find(library, "otpkit_" #name, &name, sizeof name)

int main(int count, char **arguments)
{
    otpkit_builder *(*builder_new)(const char *, otpkit_error **);
    uint32_t (*builder_add_provider)(otpkit_builder *, const char *, const otpkit_provider *, void *, otpkit_error **);
    uint32_t (*builder_on_event)(otpkit_builder *, otpkit_event_call, void *, otpkit_free, otpkit_error **);
    otpkit_client *(*builder_build)(otpkit_builder *, otpkit_error **);
    uint64_t (*start_async)(const otpkit_client *, const char *, otpkit_completion, void *);
    void *library = count == 3 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    otpkit_provider provider;
    otpkit_builder *builder;
    otpkit_client *client;
    pthread_t thread;
    int i;

    if (library == NULL) return 2;
    FIND(builder_new);
    FIND(builder_add_provider);
    FIND(builder_on_event);
    FIND(builder_build);
    FIND(start_async);
    memset(&provider, 0, sizeof provider);
    provider.size = sizeof provider;
    provider.send = never;
    builder = builder_new("{}", NULL);
    if (builder_add_provider(builder, "mine", &provider, NULL, NULL) != OTPKIT_OK) return 4;
    if (builder_on_event(builder, event, NULL, NULL, NULL) != OTPKIT_OK) return 4;
    client = builder_build(builder, NULL);
    for (i = 0; i < 4; i++) {
        char request[64];
        snprintf(request, sizeof request, "{\"to\":\"+316123456%02d\"}", i);
        if (start_async(client, request, completed, NULL) == 0) return 5;
    }
    while (__atomic_load_n(&asked, __ATOMIC_SEQ_CST) < 2) continue;
    if (strcmp(arguments[2], "close") == 0) {
        /* Its threads go on, so its code stays; loaded again, it is the same library. */
        if (dlclose(library) != 0) return 6;
        library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        FIND(start_async);
        return start_async(client, "{\"to\":\"+31612345699\"}", completed, NULL) == 0 ? 5 : 7;
    }
    if (strcmp(arguments[2], "exit") == 0) {
        pthread_create(&thread, NULL, leave, NULL);
        pthread_join(thread, NULL);
    }
    return 7;
}
