using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.Pcan;
using OtGuard.Host.Capturing;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class DoctorTests
{
    private static readonly CanLink Plain = new()
    {
        Name = "can0",
        Index = 3,
        Kind = "can",
        IsUp = true,
        MaximumFrameBytes = 16,
        Modes = CanLinkModes.None,
        BitsPerSecond = 500_000,
        State = CanControllerState.ErrorPassive,
        ErrorCounters = (1, 130),
        FramesReceived = 12_345,
        FramesSent = 2,
    };

    private static readonly CaptureInventory NoCapture = new([], null, "Network interfaces are listened to on Linux.");

    private static readonly PcanInventory NoPcan = new(null, "PEAK's library is not installed.", []);

    [TestMethod]
    public void A_link_that_acknowledges_is_shown_with_what_to_type()
    {
        var (code, text) = Run(NoPcan, asJson: false, Plain);

        Assert.AreEqual(0, code);
        Assert.Contains("acknowledges", text);
        Assert.Contains("error passive", text);
        Assert.Contains("130 receiving, 1 sending", text);
        Assert.Contains("socketcan:can0 with --acknowledge", text);
        Assert.Contains(
            "  ip link set can0 down\n  ip link set can0 type can bitrate 500000 listen-only on berr-reporting on\n  ip link set can0 up\n",
            text);
        Assert.Contains("PEAK's library is not installed.", text);
    }

    [TestMethod]
    public void A_link_as_it_should_be_needs_no_commands()
    {
        var link = Plain with { Modes = CanLinkModes.ListenOnly | CanLinkModes.ErrorReporting };
        var (_, text) = Run(NoPcan, asJson: false, link);
        var (_, json) = Run(NoPcan, asJson: true, link);

        Assert.Contains("listen-only", text);
        Assert.DoesNotContain("ip link set", text);
        var parsed = JsonDocument.Parse(json.Split('\n')[0]).RootElement;
        Assert.AreEqual("canInterface", parsed.GetProperty("type").GetString());
        Assert.IsTrue(parsed.GetProperty("listenOnly").GetBoolean());
        Assert.IsTrue(parsed.GetProperty("startsUnasked").GetBoolean());
        Assert.AreEqual(0, parsed.GetProperty("commands").GetArrayLength());
        Assert.AreEqual(130, parsed.GetProperty("receiveErrorCounter").GetInt32());
    }

    [TestMethod]
    public void Channels_of_PEAK_adapters_are_shown_with_their_names_on_the_command_line()
    {
        var pcan = new PcanInventory("4.7.0.3", null, [new PcanChannel("PCAN_USBBUS1", "PCAN-USB FD", true, true)]);
        var (_, text) = Run(pcan, asJson: false);
        var (_, json) = Run(pcan, asJson: true);

        Assert.Contains("PCAN-Basic 4.7.0.3", text);
        Assert.Contains("pcan:PCAN_USBBUS1?bitrate=500000&data=2000000", text);
        Assert.Contains("No CAN interface", text);
        Assert.Contains("\"channels\":[{\"channel\":\"PCAN_USBBUS1\",\"adapter\":\"PCAN-USB FD\",\"free\":true,\"fd\":true}]", json);
    }

    [TestMethod]
    public void A_kernel_that_cannot_be_asked_is_a_fault_of_the_environment()
    {
        using var output = new StringWriter { NewLine = "\n" };

        var code = DoctorCommand.Run(new Unreachable(), () => NoPcan, () => NoCapture, asJson: true, output);

        Assert.AreEqual(4, code);
        Assert.Contains("\"text\":\"No answer.\"", output.ToString());
    }

    [TestMethod]
    public void This_machine_can_be_asked()
    {
        var run = Otguard.Run("doctor", "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error + run.Output);
        Assert.ContainsSingle(run.Json.Where(line => line.GetProperty("type").GetString() == "pcan"));
    }

    private static (int Code, string Text) Run(PcanInventory pcan, bool asJson, params CanLink[] links)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = DoctorCommand.Run(new Links(links), () => pcan, () => NoCapture, asJson, output);
        return (code, output.ToString());
    }

    private sealed class Links(CanLink[] links) : ICanLinks
    {
        public IReadOnlyList<CanLink> All() => links;
    }

    private sealed class Unreachable : ICanLinks
    {
        public IReadOnlyList<CanLink> All() => throw new LiveSourceException("No answer.");
    }
}
