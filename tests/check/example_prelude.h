/*
 * What the documented examples take as given: the variables and callbacks that any program has
 * under these names. An example that is not a whole program is compiled behind this file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wsproto.h>

extern int fd;
extern uint64_t now_ms;
extern uint8_t *buf, *data;
extern size_t len;
extern const char *text, *url;
extern wsp_endpoint *endpoint;
extern wsp_conn *conn;
extern wsp_group *group;

extern ptrdiff_t read_fd(void *ctx, void *out, size_t size);
extern ptrdiff_t write_fd(void *ctx, const void *from, size_t size);

extern wsp_listen on_open, on_message, on_error, on_close;
