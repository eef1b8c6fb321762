namespace OtGuard.Host.Capturing;

/// <summary>Numbers of system calls; they differ between processors (asm/unistd_64.h, asm-generic/unistd.h).</summary>
internal sealed class SystemCallNumbers
{
    /// <summary>How the kernel names the processor (linux/audit.h, AUDIT_ARCH_*).</summary>
    public required uint Architecture { get; init; }

    /// <summary>Whether calls of 32-bit programs come with a mark in their number (x32).</summary>
    public bool HasMarkedCalls { get; init; }

    public required int Seccomp { get; init; }

    public required int Clone { get; init; }

    public required int Clone3 { get; init; }

    public required int Close { get; init; }

    public required int Socket { get; init; }

    public required int SendTo { get; init; }

    /// <summary>Calls that write to a descriptor, by name.</summary>
    public required IReadOnlyList<(string Name, int Number)> Writing { get; init; }

    /// <summary>Calls that send, start, reach into other processes or get round the rules, by name.</summary>
    public required IReadOnlyList<(string Name, int Number)> Refused { get; init; }

    /// <summary>Those of this machine; null where OtGuard knows none.</summary>
    public static SystemCallNumbers? OfThisMachine => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => X64,
        System.Runtime.InteropServices.Architecture.Arm64 => Arm64,
        _ => null,
    };

    public static SystemCallNumbers X64 { get; } = new()
    {
        Architecture = 0xC000_003E,
        HasMarkedCalls = true,
        Seccomp = 317,
        Clone = 56,
        Clone3 = 435,
        Close = 3,
        Socket = 41,
        SendTo = 44,
        Writing = [("write", 1), ("writev", 20), ("pwrite64", 18), ("pwritev", 296), ("pwritev2", 328)],
        Refused =
        [
            ("sendmsg", 46), ("sendmmsg", 307), ("sendfile", 40), ("splice", 275), ("tee", 276), ("vmsplice", 278),
            ("copy_file_range", 326), ("connect", 42), ("listen", 50), ("accept", 43), ("accept4", 288),
            ("socketpair", 53), ("io_setup", 206), ("io_submit", 209), ("io_uring_setup", 425), ("io_uring_enter", 426),
            ("io_uring_register", 427), ("execve", 59), ("execveat", 322), ("fork", 57), ("vfork", 58), ("ptrace", 101),
            ("process_vm_readv", 310), ("process_vm_writev", 311), ("pidfd_getfd", 438), ("dup2", 33), ("dup3", 292),
            ("close_range", 436), ("unshare", 272), ("setns", 308), ("bpf", 321), ("perf_event_open", 298),
            ("userfaultfd", 323),
        ],
    };

    public static SystemCallNumbers Arm64 { get; } = new()
    {
        Architecture = 0xC000_00B7,
        Seccomp = 277,
        Clone = 220,
        Clone3 = 435,
        Close = 57,
        Socket = 198,
        SendTo = 206,
        Writing = [("write", 64), ("writev", 66), ("pwrite64", 68), ("pwritev", 70), ("pwritev2", 287)],
        Refused =
        [
            ("sendmsg", 211), ("sendmmsg", 269), ("sendfile", 71), ("splice", 76), ("tee", 77), ("vmsplice", 75),
            ("copy_file_range", 285), ("connect", 203), ("listen", 201), ("accept", 202), ("accept4", 242),
            ("socketpair", 199), ("io_setup", 0), ("io_submit", 2), ("io_uring_setup", 425), ("io_uring_enter", 426),
            ("io_uring_register", 427), ("execve", 221), ("execveat", 281), ("ptrace", 117), ("process_vm_readv", 270),
            ("process_vm_writev", 271), ("pidfd_getfd", 438), ("dup3", 24), ("close_range", 436), ("unshare", 97),
            ("setns", 268), ("bpf", 280), ("perf_event_open", 241), ("userfaultfd", 282),
        ],
    };
}
