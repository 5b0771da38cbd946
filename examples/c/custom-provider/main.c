/*
 * Two providers of your own. "gateway" stands for a service that is reached over the network: its callback hands the
 * request to a worker thread and returns; the worker answers when it is done. It is down today, so otpkit goes on to
 * "spare", which answers at once.
 */
#define _POSIX_C_SOURCE 200809L
#include <otpkit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What belongs to a provider: its user data. otpkit frees it, with the function that is named for it. */
typedef struct {
    const char *name;
    int sent;
    char last_code[16]; /* this program has no phone to read it from */
} account;

static void close_account(void *data)
{
    account *own = data;
    printf("%s: sent %d, closed\n", own->name, own->sent);
    free(own);
}

/* ---- "gateway": answers later, from a thread of its own ---- */

static void *post_to_gateway(void *request)
{
    /* Until the request is completed it lends its texts: to, text, code, and how long the call still waits. */
    printf("gateway: no connection, with %ld ms to spare\n", (long)(otpkit_request_deadline_ms(request) / 1000 * 1000));
    /* Nothing was sent, for sure: so another provider may be tried. When in doubt, say OTPKIT_RESULT_AMBIGUOUS. */
    otpkit_request_complete(request, OTPKIT_RESULT_NOT_SENT, NULL, -1, "no connection");
    return NULL;
}

static void gateway_send(void *data, otpkit_request *request)
{
    pthread_t worker;
    (void)data;
    if (pthread_create(&worker, NULL, post_to_gateway, request) != 0) {
        otpkit_request_complete(request, OTPKIT_RESULT_NOT_SENT, NULL, -1, "no thread");
        return;
    }
    pthread_detach(worker);
}

/* ---- "spare": answers at once ---- */

static void spare_send(void *data, otpkit_request *request)
{
    account *own = data;
    printf("spare: \"%.13s...\" to %s\n", otpkit_request_text(request), otpkit_request_to(request));
    own->sent++;
    strncpy(own->last_code, otpkit_request_code(request), sizeof own->last_code - 1);
    otpkit_request_complete(request, OTPKIT_RESULT_SENT, "message-1", -1, NULL);
}

static account *add(otpkit_builder *builder, const char *name, void (*send)(void *, otpkit_request *))
{
    account *own = calloc(1, sizeof *own);
    otpkit_provider provider;
    otpkit_error *error = NULL;
    memset(&provider, 0, sizeof provider);
    provider.size = sizeof provider;
    provider.send = send;
    provider.free = close_account;
    own->name = name;
    if (otpkit_builder_add_provider(builder, name, &provider, own, &error) != OTPKIT_OK) {
        fprintf(stderr, "%s: %s\n", otpkit_error_field(error), otpkit_error_message(error));
        exit(1);
    }
    return own;
}

int main(void)
{
    /* The settings name the providers in the order in which they are tried; the functions are added beside them. */
    static const char settings[] = "{\"brand\": \"Acme\", \"providers\": {"
                                   "\"gateway\": {\"type\": \"callback\", \"timeout_ms\": 3000},"
                                   "\"spare\": {\"type\": \"callback\"}}}";
    otpkit_error *error = NULL;
    otpkit_builder *builder = otpkit_builder_new(settings, &error);
    otpkit_client *client;
    otpkit_reply *started = NULL, *checked = NULL;
    account *spare;
    uint32_t status;

    add(builder, "gateway", gateway_send);
    spare = add(builder, "spare", spare_send);
    client = otpkit_builder_build(builder, &error);
    if (client == NULL || otpkit_start(client, "{\"to\": \"+31612345678\"}", &started, &error) != OTPKIT_OK) {
        fprintf(stderr, "%s\n", otpkit_error_message(error));
        return 1;
    }
    printf("served by %s\n", otpkit_reply_provider(started));

    status = otpkit_check(client, otpkit_reply_id(started), spare->last_code, NULL, &checked, NULL);
    printf("%s\n", status == OTPKIT_OK ? "approved" : "not approved");

    otpkit_reply_free(checked);
    otpkit_reply_free(started);
    otpkit_client_free(client);
    otpkit_runtime_shutdown(1000); /* so that the accounts are closed before the program ends */
    return status == OTPKIT_OK ? 0 : 1;
}
