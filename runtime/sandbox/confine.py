"""Confines itself, then becomes the program: confine.py [options] -- program arguments...

Started with an environment of its own; what the program shall see arrives as MHNOS_ENV_<NAME>, so that LD_PRELOAD and
its like take effect only behind the fence. `--probe` prints the kernel's Landlock ABI (0 without) and ends.
"""
import ctypes
import os
import resource
import signal
import struct
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1 << 0, 1 << 1
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
TASKS_ADDED_MAX = 512  # tasks that may be added to those which the user has now

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        sys.exit("confine: %s: %s" % (what, os.strerror(ctypes.get_errno())))
    return result


def landlock_abi():
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def landlock(readable, writable):
    abi = landlock_abi()
    if abi < 1:
        sys.exit("confine: this kernel has no Landlock")
    known = (1 << 13) - 1
    known |= (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0) | (IOCTL_DEV if abi >= 5 else 0)
    scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS
    attributes = struct.pack("=QQQ", known, 0, scopes) if abi >= 6 else struct.pack("=Q", known)
    ruleset = check(libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0), "ruleset")
    rules = [(path, EXECUTE | READ_FILE | READ_DIR) for path in readable] + [(path, known) for path in writable]
    for path, access in rules:
        try:
            target = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        allowed = access & known if os.path.isdir(path) else access & known & OF_A_FILE
        rule = struct.pack("=Qi", allowed, target)
        check(libc.syscall(ADD_RULE, ruleset, 1, rule, 0), "rule for " + path)
        os.close(target)
    check(libc.syscall(RESTRICT_SELF, ruleset, 0), "restrict")
    os.close(ruleset)


def limit(kind, value):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def main(arguments):
    if arguments == ["--probe"]:
        print(landlock_abi())
        return
    readable, writable, fenced = [], [], False
    while arguments and arguments[0] != "--":
        option = arguments.pop(0)
        if option == "--landlock":
            fenced = True
        elif option == "--read":
            readable.append(arguments.pop(0))
        elif option == "--write":
            writable.append(arguments.pop(0))
        elif option == "--open-files":
            limit(resource.RLIMIT_NOFILE, int(arguments.pop(0)))
        elif option == "--die-with-parent":
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        else:
            sys.exit("confine: unknown option " + option)
    program = arguments[1:]
    limit(resource.RLIMIT_CORE, 0)
    with open("/proc/loadavg") as load:  # running/all tasks: an upper bound of the user's own
        limit(resource.RLIMIT_NPROC, int(load.read().split()[3].split("/")[1]) + TASKS_ADDED_MAX)
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if fenced:
        landlock(readable, writable)
    prefix = b"MHNOS_ENV_"
    environment = {k[len(prefix):]: v for k, v in os.environb.items() if k.startswith(prefix)}
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores, and a program expects to have
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(program[0], program, environment)
    except OSError as error:
        sys.stderr.write("%s: %s\n" % (program[0], error.strerror))
        os._exit(126 if isinstance(error, PermissionError) else 127)


main(sys.argv[1:])
