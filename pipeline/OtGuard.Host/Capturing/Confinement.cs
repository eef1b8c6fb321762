using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.Json;
using OtGuard.Collectors;

namespace OtGuard.Host.Capturing;

/// <summary>
/// Takes rights from a process: from one that captures all but receiving, and the calls that send; from the service
/// what it does not need, receiving among it.
/// </summary>
/// <remarks>
/// Rights are given up by one thread and then the program is executed anew: what a thread may do is inherited by the new
/// program and by each thread it starts, while giving up rights in place would leave those of the runtime's other threads
/// as they are. What is in force is read back from <c>/proc</c> for every thread.
/// </remarks>
[SupportedOSPlatform("linux")]
internal static unsafe class Confinement
{
    /// <summary>The right to open network interfaces (capability.h).</summary>
    private const int NetRaw = 13;

    /// <summary>
    /// What the service keeps of what it was given: reading and writing files of others (0, 1, 2, 3), and answering on
    /// a port below 1024 (10). An account that is not root has none of them.
    /// </summary>
    private const ulong OfTheService = 1UL << 0 | 1UL << 1 | 1UL << 2 | 1UL << 3 | 1UL << 10;

    private const int LastKnownCapability = 63;
    private const uint CapabilityVersion3 = 0x2008_0522;

    private const int SetNoNewPrivileges = 38;
    private const int DropFromBoundingSet = 24;
    private const int Ambient = 47;
    private const nuint AmbientRaise = 2;
    private const nuint AmbientClearAll = 4;

    private const nint SeccompSetModeFilter = 1;
    private const nint SeccompFilterAllThreads = 1;

    /// <summary>
    /// The runtime starts a thread by a write to a pipe of its own, which the filter refuses like any other: so none may
    /// start behind the filter. Those that it would start are the compiler's in the background, the collector's, and one
    /// that waits for debuggers at a socket.
    /// </summary>
    private static readonly (string Name, string Value)[] RuntimeSettings =
    [
        ("DOTNET_TieredCompilation", "0"), ("DOTNET_gcConcurrent", "0"), ("DOTNET_gcServer", "0"),
        ("DOTNET_EnableDiagnostics", "0"),
    ];

    /// <summary>
    /// Gives up every right but that to listen, and executes the program anew with the arguments it was started with and
    /// one more. Returns only where that fails.
    /// </summary>
    /// <exception cref="LiveSourceException">The kernel refused; the message says what.</exception>
    public static void ExecuteAnew(string mark)
    {
        // Its own session: Ctrl-C at the terminal is for the parent, which ends this process in order.
        _ = KernelCalls.StartSession();
        foreach (var (name, value) in RuntimeSettings) _ = KernelCalls.SetEnvironment(name, value, 1);
        ExecuteAnew(1UL << NetRaw, mark);
    }

    /// <summary>
    /// Gives up every right that the service does not need, that to listen among them, and executes the program anew as
    /// it was started, with one more variable in its environment. Returns only where that fails.
    /// </summary>
    /// <exception cref="LiveSourceException">The kernel refused; the message says what.</exception>
    public static void ExecuteServiceAnew(string variable, string value)
    {
        _ = KernelCalls.SetEnvironment(variable, value, 1);
        ExecuteAnew(OfTheService, mark: null);
    }

    /// <summary>Whether this thread may open network interfaces.</summary>
    public static bool MayListen => (ThreadRights.OfThisThread().Permitted & 1UL << NetRaw) != 0;

    private static void ExecuteAnew(ulong wanted, string? mark)
    {
        for (nuint capability = 0; capability <= LastKnownCapability; capability++)
            if ((wanted >> (int)capability & 1) == 0) _ = KernelCalls.ProcessControl(DropFromBoundingSet, capability, 0, 0, 0);
        if (KernelCalls.ProcessControl(SetNoNewPrivileges, 1, 0, 0, 0) != 0) throw Fault("give up new privileges");
        _ = KernelCalls.ProcessControl(Ambient, AmbientClearAll, 0, 0, 0);
        var kept = ThreadRights.OfThisThread().Permitted & wanted;
        var header = stackalloc uint[] { CapabilityVersion3, 0 };
        // Effective, permitted, inheritable: the low halves, then the high ones.
        var data = stackalloc uint[] { (uint)kept, (uint)kept, (uint)kept, 0, 0, 0 };
        if (KernelCalls.SetCapabilities(header, data) != 0) throw Fault("give up capabilities");
        for (nuint capability = 0; capability <= LastKnownCapability; capability++)
            if ((kept >> (int)capability & 1) != 0) _ = KernelCalls.ProcessControl(Ambient, AmbientRaise, capability, 0, 0);
        var arguments = File.ReadAllText("/proc/self/cmdline").Split('\0', StringSplitOptions.None)[..^1];
        var program = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)!.FullName;
        _ = KernelCalls.Execute(program, mark is null ? [.. arguments, null] : [.. arguments, mark, null]);
        throw Fault("execute the program anew");
    }

    /// <summary>Loads the filter for all threads, those that start later included.</summary>
    /// <param name="linkQuestions">The descriptor that asks the kernel for its CAN interfaces, or -1.</param>
    /// <exception cref="LiveSourceException">The kernel refused, or OtGuard does not know the processor.</exception>
    public static void LoadFilter(int linkQuestions)
    {
        var calls = SystemCallNumbers.OfThisMachine ?? throw new LiveSourceException(
            $"Interfaces are listened to on x86-64 and ARM64; for {RuntimeInformation.ProcessArchitecture} there is no filter that keeps the process from sending.");
        var program = SeccompProgram.Make(calls, linkQuestions);
        fixed (SeccompInstruction* instructions = program)
        {
            var description = new FilterDescription { Length = (ushort)program.Length, Instructions = instructions };
            if (KernelCalls.SystemCall(
                calls.Seccomp, SeccompSetModeFilter, SeccompFilterAllThreads, (nint)(&description), 0, 0) != 0)
                throw Fault("load its filter of system calls");
        }
    }

    /// <summary>What is in force, over all threads of this process.</summary>
    public static ConfinementState ReadBack()
    {
        var threads = Directory.GetDirectories("/proc/self/task").Select(ThreadRights.Of).OfType<ThreadRights>().ToList();
        return new ConfinementState(
            threads.Count,
            threads.Min(thread => thread.Seccomp),
            threads.All(thread => thread.NoNewPrivileges),
            threads.Aggregate(
                0UL, (all, thread) => all | thread.Permitted | thread.Effective | thread.Inheritable | thread.Ambient),
            threads.Aggregate(0UL, (all, thread) => all | thread.Bounding));
    }

    /// <summary>
    /// Tries the calls that have to be refused, each with a descriptor that does not exist: without a filter the kernel
    /// would say that, with it the call is not permitted. Names those that were not refused.
    /// </summary>
    public static IReadOnlyList<string> FindUnrefused()
    {
        var calls = SystemCallNumbers.OfThisMachine!;
        // Without a filter these would start a process.
        string[] starting = ["fork", "vfork"];
        return
        [
            .. calls.Refused.Concat(calls.Writing).Append(("sendto", calls.SendTo)).Append(("socket", calls.Socket))
                .Where(call => !starting.Contains(call.Item1) && !IsRefused(call.Item2)).Select(call => call.Item1),
        ];

        static bool IsRefused(int number) =>
            KernelCalls.SystemCall(number, -1, 0, 0, 0, 0) == -1 && Marshal.GetLastPInvokeError() == 1;
    }

    private static LiveSourceException Fault(string what) =>
        new($"The process could not {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterDescription
    {
        public ushort Length;
        public SeccompInstruction* Instructions;
    }

    /// <summary>What one thread may do, as <c>/proc</c> tells it.</summary>
    private sealed record ThreadRights(
        int Seccomp, bool NoNewPrivileges, ulong Inheritable, ulong Permitted, ulong Effective, ulong Bounding, ulong Ambient)
    {
        public static ThreadRights OfThisThread() => Of("/proc/thread-self")!;

        /// <summary>Null for a thread that has just ended.</summary>
        public static ThreadRights? Of(string folder)
        {
            Dictionary<string, string> fields = [];
            try
            {
                foreach (var line in File.ReadLines($"{folder}/status"))
                    if (line.Split(':', 2) is [var name, var value]) fields[name] = value.Trim();
            }
            catch (IOException)
            {
                return null;
            }

            ulong Set(string name) => ulong.Parse(fields[name], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return new ThreadRights(
                fields.TryGetValue("Seccomp", out var mode) ? int.Parse(mode, CultureInfo.InvariantCulture) : 0,
                fields.TryGetValue("NoNewPrivs", out var flag) && flag == "1",
                Set("CapInh"), Set("CapPrm"), Set("CapEff"), Set("CapBnd"), Set("CapAmb"));
        }
    }
}

/// <summary>What keeps a capture process from sending, as the kernel tells it.</summary>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Seccomp">The least of their modes: 2 where all run under a filter.</param>
/// <param name="NoNewPrivileges">Whether none can get rights by executing a program.</param>
/// <param name="Capabilities">What any of them holds, or could take.</param>
/// <param name="Bounding">What executing a program could give, were it not for <paramref name="NoNewPrivileges"/>.</param>
internal sealed record ConfinementState(int Threads, int Seccomp, bool NoNewPrivileges, ulong Capabilities, ulong Bounding)
{
    private const ulong NetRaw = 1UL << 13;

    /// <summary>Whether it may open network interfaces.</summary>
    public bool MayListen => (Capabilities & NetRaw) != 0;

    /// <summary>Whether it holds no more than the right to listen, and cannot get more.</summary>
    public bool HoldsNothingElse => NoNewPrivileges && (Capabilities & ~NetRaw) == 0;

    /// <summary>Whether the filter is in force as well.</summary>
    public bool IsComplete => HoldsNothingElse && Seccomp == 2;

    /// <summary>Writes it into an object of JSON.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("threads", Threads);
        json.WriteNumber("seccomp", Seccomp);
        json.WriteBoolean("noNewPrivileges", NoNewPrivileges);
        json.WriteNumber("capabilities", Capabilities);
        json.WriteNumber("bounding", Bounding);
    }

    /// <summary>Reads it from an object of JSON.</summary>
    public static ConfinementState Of(JsonElement json) => new(
        json.GetProperty("threads").GetInt32(), json.GetProperty("seccomp").GetInt32(),
        json.GetProperty("noNewPrivileges").GetBoolean(), json.GetProperty("capabilities").GetUInt64(),
        json.GetProperty("bounding").GetUInt64());

    public override string ToString()
    {
        var filter = Seccomp == 2 ? "seccomp filter" : "no seccomp filter";
        var privileges = NoNewPrivileges ? "no new privileges" : "new privileges possible";
        var capabilities = Capabilities switch
        {
            0 => "none",
            NetRaw => "CAP_NET_RAW alone",
            _ => $"0x{Capabilities:x} ({(MayListen ? "with" : "without")} CAP_NET_RAW)",
        };
        return string.Create(
            CultureInfo.InvariantCulture, $"{filter} on all {Threads} threads, {privileges}, capabilities {capabilities}");
    }
}
