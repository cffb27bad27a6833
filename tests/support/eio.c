/* A disk that dies: after MAILFERRY_TEST_EIO_AFTER writes and syncs of files whose name contains MAILFERRY_TEST_EIO_NAME, each further one
   fails with EIO. Preloaded into the built program. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long done;

static int is_dead(int fd)
{
    const char *name = getenv("MAILFERRY_TEST_EIO_NAME"), *after = getenv("MAILFERRY_TEST_EIO_AFTER");
    char link[64], path[4096];
    if (!name || !after)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    if (!strstr(path, name) || atomic_fetch_add(&done, 1) < atol(after))
        return 0;
    errno = EIO;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return is_dead(fd) ? -1 : REAL(pwrite)(fd, bytes, length, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return is_dead(fd) ? -1 : REAL(pwrite64)(fd, bytes, length, at); }
ssize_t write(int fd, const void *bytes, size_t length) { return is_dead(fd) ? -1 : REAL(write)(fd, bytes, length); }
int fsync(int fd) { return is_dead(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return is_dead(fd) ? -1 : REAL(fdatasync)(fd); }
