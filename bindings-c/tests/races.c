/* G1, G2, G3 through the C interface, on the memory store, with 16 threads. */
#define TEST_MAIN
#include "test.h"

enum { THREADS = 16 };

typedef struct {
    otpkit_client *client;
    const char *id;
    const char *code;
    int calls;
    int distinct; /* each thread sends wrong codes that nobody else sends */
    long approved, evaluated, ended, other;
    long next_wrong;
    pthread_barrier_t barrier;
} storm;

static void *checker(void *argument)
{
    storm *s = (storm *)argument;
    int i;
    pthread_barrier_wait(&s->barrier);
    for (i = 0; i < s->calls; i++) {
        char wrong[16];
        const char *code = s->code;
        otpkit_reply *reply = NULL;
        uint32_t status;
        long *count = &s->other;
        if (s->distinct) {
            wrong_code(wrong, s->code, (unsigned long)__atomic_add_fetch(&s->next_wrong, 1, __ATOMIC_RELAXED));
            code = wrong;
        }
        status = otpkit_check(s->client, s->id, code, "login", &reply, NULL);
        if (status == OTPKIT_OK && otpkit_reply_approved(reply)) count = &s->approved;
        if (status == OTPKIT_NOT_APPROVED) {
            const char *reason = otpkit_reply_reason(reply);
            int compared = strcmp(otpkit_reply_status(reply), "pending") == 0;
            /* The guess that uses up the attempts was compared too; it already says that all is over. */
            count = compared ? &s->evaluated : &s->ended;
            if (reason == NULL) count = &s->other;
        }
        __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
        otpkit_reply_free(reply);
    }
    return NULL;
}

static void run(storm *s)
{
    pthread_t threads[THREADS];
    int i;
    pthread_barrier_init(&s->barrier, NULL, THREADS);
    for (i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, checker, s);
    for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&s->barrier);
}

static void g1_ten_thousand_right_checks_approve_once(void)
{
    test_inbox inbox;
    storm s;
    double began;
    otpkit_client *client = client_with_inbox("{}", &inbox);
    otpkit_reply *started = must_start(client, "{\"to\":\"+31612345678\",\"purpose\":\"login\"}");
    memset(&s, 0, sizeof s);
    s.client = client;
    s.id = otpkit_reply_id(started);
    s.code = inbox.code;
    s.calls = test_rounds(10000, 160) / THREADS;
    began = test_now();
    run(&s);
    printf("    G1: %d right checks, %d threads: %ld approved, %ld others, %.2f s\n", s.calls * THREADS, THREADS, s.approved,
           s.other, test_now() - began);
    CHECK(s.approved == 1);
    CHECK(s.ended == s.calls * THREADS - 1);
    CHECK(s.other == 0);
    otpkit_reply_free(started);
    otpkit_client_free(client);
}

static void g2_ten_thousand_wrong_codes_five_evaluated(void)
{
    test_inbox inbox;
    storm s;
    otpkit_reply *reply = NULL;
    otpkit_client *client = client_with_inbox("{}", &inbox);
    otpkit_reply *started = must_start(client, "{\"to\":\"+31612345678\",\"purpose\":\"login\"}");
    memset(&s, 0, sizeof s);
    s.client = client;
    s.id = otpkit_reply_id(started);
    s.code = inbox.code;
    s.calls = test_rounds(10000, 160) / THREADS;
    s.distinct = 1;
    run(&s);
    printf("    G2: %d distinct wrong codes: %ld left attempts, %ld ended, %ld approved, %ld others\n", s.calls * THREADS,
           s.evaluated, s.ended, s.approved, s.other);
    /* 5 are compared: 4 of them leave attempts, the 5th ends it and is answered as ended. */
    CHECK(s.evaluated == 4);
    CHECK(s.ended == s.calls * THREADS - 4);
    CHECK(s.approved == 0);
    CHECK(s.other == 0);
    CHECK_STATUS(OTPKIT_NOT_APPROVED, otpkit_check(client, s.id, inbox.code, "login", &reply, NULL));
    CHECK_TEXT("locked", otpkit_reply_reason(reply));
    otpkit_reply_free(reply);
    otpkit_reply_free(started);
    otpkit_client_free(client);
}

/* ---- G3 ---- */

typedef struct {
    storm *s;
    const char *code;
    int approved;
} guess;

static void *guesser(void *argument)
{
    guess *g = (guess *)argument;
    otpkit_reply *reply = NULL;
    pthread_barrier_wait(&g->s->barrier);
    g->approved = otpkit_check(g->s->client, g->s->id, g->code, "login", &reply, NULL) == OTPKIT_OK;
    otpkit_reply_free(reply);
    return NULL;
}

static void g3_the_right_code_wins_among_three_wrong_ones(void)
{
    test_inbox inbox;
    int trial, trials = test_rounds(1000, 20), won = 0, false_wins = 0;
    otpkit_client *client = client_with_inbox("{}", &inbox);
    for (trial = 0; trial < trials; trial++) {
        char request[96], wrong[3][16];
        otpkit_reply *started;
        pthread_t threads[4];
        guess guesses[4];
        storm s;
        int i;
        snprintf(request, sizeof request, "{\"to\":\"+316%08d\",\"purpose\":\"login\"}", 20000000 + trial);
        started = must_start(client, request);
        memset(&s, 0, sizeof s);
        s.client = client;
        s.id = otpkit_reply_id(started);
        pthread_barrier_init(&s.barrier, NULL, 4);
        for (i = 0; i < 4; i++) {
            guesses[i].s = &s;
            guesses[i].code = inbox.code;
            guesses[i].approved = 0;
            if (i < 3) {
                wrong_code(wrong[i], inbox.code, (unsigned long)i + 1);
                guesses[i].code = wrong[i];
            }
        }
        for (i = 0; i < 4; i++) pthread_create(&threads[i], NULL, guesser, &guesses[(i + trial) % 4]);
        for (i = 0; i < 4; i++) pthread_join(threads[i], NULL);
        won += guesses[3].approved;
        for (i = 0; i < 3; i++) false_wins += guesses[i].approved;
        pthread_barrier_destroy(&s.barrier);
        otpkit_reply_free(started);
    }
    printf("    G3: right code beside 3 wrong ones: %d of %d approved, %d false\n", won, trials, false_wins);
    CHECK(won == trials);
    CHECK(false_wins == 0);
    otpkit_client_free(client);
}

int main(void)
{
    g1_ten_thousand_right_checks_approve_once();
    g2_ten_thousand_wrong_codes_five_evaluated();
    g3_the_right_code_wins_among_three_wrong_ones();
    return test_end("races");
}
