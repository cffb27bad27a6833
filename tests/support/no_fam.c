/* A file alteration monitor that never reports anything, in the place of libfam.so.0. Courier links to it, and tells of a fault and
   waits a second in every session if no monitor answers; the real one would leave a daemon running. */
#include <unistd.h>

struct connection { int fd; void *client; };

int FAMOpen(struct connection *monitor)
{
    int ends[2];
    if (pipe(ends))
        return -1;
    monitor->fd = ends[0];
    return 0;
}

int FAMClose(struct connection *monitor) { return close(monitor->fd); }
int FAMMonitorDirectory(struct connection *monitor, const char *name, int *request, void *data) { return *request = 1, 0; }
int FAMMonitorFile(struct connection *monitor, const char *name, int *request, void *data) { return *request = 1, 0; }
int FAMCancelMonitor(struct connection *monitor, const int *request) { return 0; }
int FAMPending(struct connection *monitor) { return 0; }
int FAMNextEvent(struct connection *monitor, void *event) { return -1; }
