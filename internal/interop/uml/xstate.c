/*
 * Lets User-Mode Linux run on processors whose extended state is larger than it
 * knows of (those with AMX, for one): it saves and restores as much of the state as
 * fits its buffer, but the host takes back nothing but the whole. What is missing at the
 * end, no guest has used; it is filled up with zeros. Loaded by uml-run with LD_PRELOAD.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { GETREGSET = 0x4204, SETREGSET = 0x4205, XSTATE = 0x202 };

static char whole[64 << 10] __attribute__((aligned(64)));
static size_t size; /* of the state, 0 while it is not known */

long ptrace(int request, ...)
{
	va_list ap;
	va_start(ap, request);
	long pid = va_arg(ap, long);
	void *addr = va_arg(ap, void *);
	void *data = va_arg(ap, void *);
	va_end(ap);

	if (request >= 1 && request <= 3) { /* PTRACE_PEEK...: the C library returns the word */
		long word;
		long result = syscall(SYS_ptrace, request, pid, addr, &word);
		return result < 0 ? result : word;
	}
	struct iovec *given = data, all = {whole, sizeof whole};
	if (request == SETREGSET && (long)addr == XSTATE) {
		if (size == 0 && syscall(SYS_ptrace, GETREGSET, pid, addr, &all) == 0) {
			size = all.iov_len;
			memset(whole, 0, size);
		}
		if (given->iov_len < size) {
			memcpy(whole, given->iov_base, given->iov_len);
			all.iov_len = size;
			data = &all;
		}
	}
	return syscall(SYS_ptrace, request, pid, addr, data);
}
