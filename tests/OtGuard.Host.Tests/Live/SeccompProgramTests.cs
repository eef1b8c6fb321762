using OtGuard.Host.Capturing;

namespace OtGuard.Host.Tests.Live;

/// <summary>The filter's program, run here as the kernel runs it.</summary>
[TestClass]
public sealed class SeccompProgramTests
{
    private const uint Allowed = 0x7FFF_0000;
    private const uint Killed = 0x8000_0000;
    private const uint NotPermitted = 0x0005_0001;
    private const uint NotImplemented = 0x0005_0026;

    private const int Questions = 9;

    private static IEnumerable<object[]> Processors => [["x86-64"], ["ARM64"]];

    [TestMethod]
    [DynamicData(nameof(Processors))]
    public void What_sends_starts_or_gets_round_the_rules_is_refused(string processor)
    {
        var calls = Calls(processor);
        foreach (var (name, number) in calls.Refused) Assert.AreEqual(NotPermitted, Run(calls, number, 1), name);
        Assert.AreEqual(NotImplemented, Run(calls, calls.Clone3));
        Assert.AreEqual(NotPermitted, Run(calls, calls.Clone, 0x11), "a new process");
        Assert.AreEqual(Allowed, Run(calls, calls.Clone, 0x3D0F00), "a new thread");
    }

    [TestMethod]
    [DynamicData(nameof(Processors))]
    public void Writes_reach_the_channel_and_standard_error_alone(string processor)
    {
        var calls = Calls(processor);
        foreach (var (name, number) in calls.Writing)
        {
            Assert.AreEqual(Allowed, Run(calls, number, 1), name);
            Assert.AreEqual(Allowed, Run(calls, number, 2), name);
            foreach (var descriptor in (uint[])[0, 3, Questions, uint.MaxValue])
                Assert.AreEqual(NotPermitted, Run(calls, number, descriptor), name);
        }

        foreach (var kept in (uint[])[1, 2, Questions]) Assert.AreEqual(NotPermitted, Run(calls, calls.Close, kept));
        Assert.AreEqual(Allowed, Run(calls, calls.Close, 3));
        Assert.AreEqual(Allowed, Run(calls, calls.SendTo, Questions), "a question to the kernel");
        Assert.AreEqual(NotPermitted, Run(calls, calls.SendTo, 3));
        Assert.AreEqual(NotPermitted, Evaluate(SeccompProgram.Make(calls, -1), calls.Architecture, calls.SendTo, uint.MaxValue));
    }

    [TestMethod]
    [DynamicData(nameof(Processors))]
    public void New_sockets_are_of_kinds_that_do_not_send_by_themselves(string processor)
    {
        var calls = Calls(processor);
        Assert.AreEqual(Allowed, Run(calls, calls.Socket, 17, 3, 0x0300), "packet");
        Assert.AreEqual(Allowed, Run(calls, calls.Socket, 29, 3, 1), "raw CAN");
        Assert.AreEqual(Allowed, Run(calls, calls.Socket, 1, 2, 0), "for questions to a driver");
        // ISO-TP answers with flow control and J1939 with address claims, unasked.
        Assert.AreEqual(NotPermitted, Run(calls, calls.Socket, 29, 2, 6), "ISO-TP");
        Assert.AreEqual(NotPermitted, Run(calls, calls.Socket, 29, 2, 7), "J1939");
        foreach (var family in (uint[])[2, 10, 16, 40, 44]) Assert.AreEqual(NotPermitted, Run(calls, calls.Socket, family, 3, 1));
    }

    [TestMethod]
    public void Calls_by_the_numbers_of_another_processor_get_nowhere()
    {
        var program = SeccompProgram.Make(SystemCallNumbers.X64, Questions);

        Assert.AreEqual(Killed, Evaluate(program, 0x4000_0003, 4, 1), "32-bit x86");
        Assert.AreEqual(NotPermitted, Evaluate(program, SystemCallNumbers.X64.Architecture, 0x4000_0001, 1), "x32");
    }

    private static SystemCallNumbers Calls(string processor) =>
        processor == "ARM64" ? SystemCallNumbers.Arm64 : SystemCallNumbers.X64;

    private static uint Run(SystemCallNumbers calls, int number, params uint[] arguments) =>
        Evaluate(SeccompProgram.Make(calls, Questions), calls.Architecture, number, arguments);

    private static uint Evaluate(SeccompInstruction[] program, uint architecture, int number, params uint[] arguments)
    {
        uint accumulator = 0;
        for (var at = 0; at < program.Length; at++)
        {
            var (code, ifTrue, ifFalse, value) = program[at];
            switch (code)
            {
                case 0x20:
                    accumulator = value switch
                    {
                        0 => (uint)number,
                        4 => architecture,
                        _ => (value - 16) / 8 is var argument && argument < arguments.Length ? arguments[argument] : 0,
                    };
                    break;
                case 0x15:
                    at += accumulator == value ? ifTrue : ifFalse;
                    break;
                case 0x35:
                    at += accumulator >= value ? ifTrue : ifFalse;
                    break;
                case 0x45:
                    at += (accumulator & value) != 0 ? ifTrue : ifFalse;
                    break;
                case 0x06:
                    return value;
                default:
                    throw new InvalidOperationException($"Instruction {at} is unknown.");
            }
        }

        throw new InvalidOperationException("The program ran over its end.");
    }
}
