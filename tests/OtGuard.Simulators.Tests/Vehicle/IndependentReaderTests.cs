using System.Diagnostics;
using System.Globalization;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Tests.Vehicle;

[TestClass]
public sealed class IndependentReaderTests
{
    [TestMethod]
    [DataRow(VehicleVariant.Car)]
    [DataRow(VehicleVariant.CarFd)]
    [DataRow(VehicleVariant.Truck)]
    public void Python_can_reads_the_log_as_it_was_written(VehicleVariant variant)
    {
        // Python needs a minute for all of them.
        AssertReadEqual([.. Drives.Of(variant).Frames.Select(f => f.Frame).Take(50_000)]);
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car)]
    [DataRow(VehicleVariant.CarFd)]
    [DataRow(VehicleVariant.Truck)]
    public void Tshark_finds_nothing_wrong(VehicleVariant variant)
    {
        var drive = Drives.Of(variant);
        var pcapng = drive.ToPcapng();

        Tshark.AssertHealthy(pcapng);
        var ids = Tshark.Run(pcapng, "-T", "fields", "-e", "can.id", "-e", "frame.interface_name");
        Assert.HasCount(drive.Frames.Count, ids);
        for (var i = 0; i < ids.Length; i++)
        {
            var frame = drive.Frames[i].Frame;
            Assert.AreEqual($"{frame.Id}\t{frame.ChannelName}", ids[i]);
        }
    }

    [TestMethod]
    public void Tshark_finds_nothing_wrong_in_diagnostics_over_IP()
    {
        var pcap = Drives.Of(VehicleVariant.Car).Ethernet.ToPcap();

        Tshark.AssertHealthy(pcap);
        Assert.IsGreaterThan(20, Tshark.Run(pcap, "-Y", "doip and uds").Length);
    }

    /// <summary>Holds every frame against what python-can makes of the candump log.</summary>
    internal static void AssertReadEqual(IReadOnlyList<CanFrame> frames)
    {
        var read = PythonCan(Drives.ToCandump(frames));

        Assert.HasCount(frames.Count, read);
        for (var i = 0; i < read.Length; i++)
        {
            var frame = frames[i];
            // Of an error frame python-can keeps that it is one, and forgets the channel.
            var expected = frame.IsError
                ? $"{Microseconds(frame)} error"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Microseconds(frame)} {frame.ChannelName} {frame.Id:x} {Bit(frame.IsExtended)} {Bit(frame.IsRemote)} {Bit(frame.IsFd)} {Bit((frame.Flags & CanFrameTypes.BitRateSwitch) != 0)} {frame.Length} {Convert.ToHexStringLower(frame.Data)}");
            Assert.AreEqual(expected.TrimEnd(), read[i].TrimEnd());
        }
    }

    private static long Microseconds(CanFrame frame) => frame.Time / 1000;

    private static int Bit(bool value) => value ? 1 : 0;

    private static string[] PythonCan(string log)
    {
        const string script = """
            import sys, can
            for m in can.CanutilsLogReader(sys.argv[1]):
                t = round(m.timestamp * 1e6)
                if m.is_error_frame: print(t, 'error')
                else: print(t, m.channel, '%x' % m.arbitration_id, int(m.is_extended_id), int(m.is_remote_frame), int(m.is_fd), int(m.bitrate_switch), m.dlc, '' if m.is_remote_frame else m.data.hex())
            """;
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".log");
        try
        {
            File.WriteAllText(path, log);
            // The Python that has Debian's packages, whatever else comes first in the path.
            var start = new ProcessStartInfo("/usr/bin/python3", ["-c", script, path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Start(start);
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0 && errors.Result.Contains("No module named 'can'", StringComparison.Ordinal)) Missing();
            Assert.AreEqual(0, process.ExitCode, errors.Result);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Missing();
            throw;
        }
    }

    private static void Missing()
    {
        const string message = "python-can is not installed (tests/run.sh --install-peers installs it).";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
    }
}
