/* The main of a target without libFuzzer: replays the files given. SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static bool replay(const char *path)
{
    struct fuzz_blob input = {NULL, 0, 0};
    uint8_t part[4096];
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return false;
    for (size_t n = fread(part, 1, sizeof part, f); n > 0; n = fread(part, 1, sizeof part, f))
        fuzz_blob_add(&input, part, n);
    bool whole = ferror(f) == 0;
    if (fclose(f) != 0 || !whole) {
        fuzz_blob_free(&input);
        return false;
    }
    uint8_t *exact = fuzz_copy(input.data, input.len);
    (void)LLVMFuzzerTestOneInput(exact, input.len);
    free(exact);
    fuzz_blob_free(&input);
    return true;
}

int main(int argc, char **argv)
{
    int unreadable = 0;
    for (int i = 1; i < argc; i++) {
        /* Flushed first: a crash leaves the name of its input as the last line. */
        printf("%s\n", argv[i]);
        fflush(stdout);
        if (!replay(argv[i])) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            unreadable++;
        }
    }
    printf("%d replayed\n", argc - 1 - unreadable);
    return unreadable == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
