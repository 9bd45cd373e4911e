/* SPDX-License-Identifier: MIT */
/* "What is the mean of 1, 5, 3, 7, 2?" A model answered with code; a sandbox runs it. */
#include <stdio.h>
#include <stdlib.h>

#include <brig/client.h>

int main(void)
{
    const brig_client_config config = {.software = "example mean"};
    const brig_open open = {.profile = "standard"};
    const brig_eval eval = {.code = "mean(c(1, 5, 3, 7, 2))"};
    brig_client *client = NULL;
    brig_result result;
    int exit_code = EXIT_FAILURE;

    if (brig_client_new(&config, &client) != BRIG_OK)
        return EXIT_FAILURE;
    if (brig_client_start(client, NULL) == BRIG_OK &&
        brig_client_open(client, &open, NULL) == BRIG_OK &&
        brig_client_eval(client, &eval, &result) == BRIG_OK && result.value->kind == BRIG_FLOAT) {
        (void)printf("the mean is %g\n", result.value->number);
        exit_code = EXIT_SUCCESS;
    } else {
        (void)fprintf(stderr, "no mean: %s\n", brig_client_error(client)->message);
    }
    (void)brig_client_close(client);
    brig_client_free(client);
    return exit_code;
}
