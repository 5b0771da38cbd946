/*
 * Runs the files of tests/vectors, the behaviour suite that every language runs, through the C interface: once with calls
 * from JSON, once with the functions that take arguments, and once asynchronously.
 *
 *   vectors file.json ... [-only part-of-a-name]
 */
#define TEST_MAIN
#include "vectors.h"

static long passed, failed;

static const char *const MODE_NAMES[MODES] = {"json", "arguments", "async"};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void run_file(const char *path, const char *only)
{
    char why[256];
    json_t *file = load_json(path, why, sizeof why), *cases = json_object_get(file, "cases"), *each;
    size_t i;
    int mode;
    if (json_array_size(cases) == 0) {
        printf("FAIL %s: %s\n", path, file == NULL ? why : "the file has no case");
        failed++;
    }
    json_array_foreach(cases, i, each) {
        const char *name = json_string_value(json_object_get(each, "name"));
        if (only != NULL && strstr(name, only) == NULL) continue;
        for (mode = 0; mode < MODES; mode++) {
            running *r = (running *)calloc(1, sizeof *r);
            long before = test_failed;
            r->mode = mode;
            if (!run_case(r, each)) {
                printf("FAIL %s/%s (%s): %s\n", file_name(path), name, MODE_NAMES[mode], r->why);
                failed++;
            } else if (test_failed > before) {
                printf("FAIL %s/%s (%s): the accessors differ\n", file_name(path), name, MODE_NAMES[mode]);
                failed++;
            } else {
                passed++;
            }
            /* A provider that never answers may hold its script a while; it reads it no more. */
            free(r);
        }
    }
    json_decref(file);
}

int main(int count, char **arguments)
{
    const char *only = NULL;
    int i;
    otpkit_testing_keep_requests_ms(0);
    for (i = 1; i < count; i++)
        if (strcmp(arguments[i], "-only") == 0 && i + 1 < count) only = arguments[i + 1];
    for (i = 1; i < count && strcmp(arguments[i], "-only") != 0; i++) run_file(arguments[i], only);
    test_end("accessors");
    printf("vectors: %ld passed, %ld failed\n", passed, failed);
    return failed > 0 || passed == 0 || test_failed > 0;
}
