using System.Runtime.InteropServices;

namespace OtGuard.Host.Capturing;

/// <summary>
/// The filter of system calls under which the capture process runs: a program of classic BPF that the kernel runs before
/// each call (seccomp(2)).
/// </summary>
/// <remarks>
/// Refused are all calls that send. A write reaches two descriptors alone: the channel to the parent (standard output)
/// and standard error; neither they nor the descriptor that asks the kernel for its CAN interfaces can be closed or
/// replaced, so that no socket gets their number. New sockets are of kinds that only receive without a sending call:
/// AF_PACKET, raw AF_CAN (other protocols of CAN answer by themselves), and AF_UNIX, through which libpcap asks the driver
/// and which cannot be connected. New threads are allowed by the filter, new processes are not.
/// </remarks>
internal static class SeccompProgram
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfNotLess = 0x35;
    private const ushort JumpIfAnySet = 0x45;
    private const ushort Return = 0x06;

    private const uint Allow = 0x7FFF_0000;
    private const uint KillProcess = 0x8000_0000;
    private const uint NotPermitted = 0x0005_0000 | 1;
    private const uint NotImplemented = 0x0005_0000 | 38;

    // struct seccomp_data: number, architecture, instruction pointer, six arguments of 64 bits, low half first.
    private const uint Number = 0;
    private const uint Architecture = 4;
    private const uint FirstArgument = 16;
    private const uint ThirdArgument = 32;

    private const uint MarkedCalls = 0x4000_0000;
    private const uint CloneThread = 0x0001_0000;
    private const uint FamilyUnix = 1;
    private const uint FamilyPacket = 17;
    private const uint FamilyCan = 29;
    private const uint ProtocolCanRaw = 1;

    /// <summary>Makes the program.</summary>
    /// <param name="calls">The numbers of the processor.</param>
    /// <param name="linkQuestions">The descriptor that asks the kernel for its CAN interfaces, or -1.</param>
    public static SeccompInstruction[] Make(SystemCallNumbers calls, int linkQuestions)
    {
        List<SeccompInstruction> program =
        [
            new(LoadWord, 0, 0, Architecture),
            new(JumpIfEqual, 1, 0, calls.Architecture),
            new(Return, 0, 0, KillProcess),
            new(LoadWord, 0, 0, Number),
        ];
        if (calls.HasMarkedCalls)
        {
            program.Add(new(JumpIfNotLess, 0, 1, MarkedCalls));
            program.Add(new(Return, 0, 0, NotPermitted));
        }

        foreach (var (_, number) in calls.Refused) Refuse(program, number, NotPermitted);
        // The C library then starts its threads with clone, whose flags can be looked at.
        Refuse(program, calls.Clone3, NotImplemented);
        foreach (var (_, number) in calls.Writing) OnArgument(program, number, [1, 2], Allow, NotPermitted);
        OnArgument(program, calls.SendTo, linkQuestions < 0 ? [] : [(uint)linkQuestions], Allow, NotPermitted);
        OnArgument(program, calls.Close, linkQuestions < 0 ? [1, 2] : [1, 2, (uint)linkQuestions], NotPermitted, Allow);
        program.AddRange(
        [
            new(JumpIfEqual, 0, 4, (uint)calls.Clone),
            new(LoadWord, 0, 0, FirstArgument),
            new(JumpIfAnySet, 0, 1, CloneThread),
            new(Return, 0, 0, Allow),
            new(Return, 0, 0, NotPermitted),
            new(JumpIfEqual, 0, 8, (uint)calls.Socket),
            new(LoadWord, 0, 0, FirstArgument),
            new(JumpIfEqual, 4, 0, FamilyPacket),
            new(JumpIfEqual, 3, 0, FamilyUnix),
            new(JumpIfEqual, 0, 3, FamilyCan),
            new(LoadWord, 0, 0, ThirdArgument),
            new(JumpIfEqual, 0, 1, ProtocolCanRaw),
            new(Return, 0, 0, Allow),
            new(Return, 0, 0, NotPermitted),
            new(Return, 0, 0, Allow),
        ]);
        return [.. program];
    }

    private static void Refuse(List<SeccompInstruction> program, int number, uint result)
    {
        program.Add(new(JumpIfEqual, 0, 1, (uint)number));
        program.Add(new(Return, 0, 0, result));
    }

    /// <summary>One call: a first argument that is among the values gives one result, any other the other one.</summary>
    private static void OnArgument(
        List<SeccompInstruction> program, int number, ReadOnlySpan<uint> values, uint among, uint other)
    {
        program.Add(new(JumpIfEqual, 0, (byte)(values.Length + 3), (uint)number));
        program.Add(new(LoadWord, 0, 0, FirstArgument));
        for (var i = 0; i < values.Length; i++)
            program.Add(new(JumpIfEqual, (byte)(values.Length - i), 0, values[i]));
        program.Add(new(Return, 0, 0, other));
        program.Add(new(Return, 0, 0, among));
    }
}

/// <summary>struct sock_filter.</summary>
/// <param name="Code">What is done.</param>
/// <param name="IfTrue">How many instructions are skipped where a comparison holds.</param>
/// <param name="IfFalse">How many where it does not.</param>
/// <param name="Value">A constant, or an offset in what is loaded from.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SeccompInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);
