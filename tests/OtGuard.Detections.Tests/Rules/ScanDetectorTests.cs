using OtGuard.Collectors;
using OtGuard.Detections.Scan;
using OtGuard.Models;

namespace OtGuard.Detections.Tests.Rules;

[TestClass]
public sealed class ScanDetectorTests
{
    private const string Scanner = "10.0.0.66";

    private static readonly ScanOptions Options = new();

    [TestMethod]
    [DataRow(49, 0)]
    [DataRow(50, 1)]
    [DataRow(51, 1)]
    public void Addresses_that_do_not_answer_are_a_scan_at_the_limit(int addresses, int expected)
    {
        var scene = new Scene(new ScanDetector(Options));
        for (var i = 0; i < addresses; i++) Fail(scene, $"10.0.7.{i}", 8080);

        Assert.HasCount(expected, Scans(scene, "address-scan"));
    }

    [TestMethod]
    [DataRow(0L, 1, DisplayName = "the last at the end of the long window")]
    [DataRow(100L, 0, DisplayName = "just after it")]
    public void Addresses_are_counted_within_the_long_window(long lateByNanoseconds, int expected)
    {
        var scene = new Scene(new ScanDetector(Options));
        var start = scene.Now;
        for (var i = 0; i < 49; i++) Fail(scene, $"10.0.7.{i}", 8080);
        scene.Now = new CaptureTime(start.UnixNanoseconds + Options.LongWindow.Ticks * 100 + lateByNanoseconds);
        Fail(scene, "10.0.7.200", 8080);

        Assert.HasCount(expected, Scans(scene, "address-scan"));
    }

    [TestMethod]
    public void A_scan_of_a_whole_subnet_is_one_deviation_with_all_of_its_addresses()
    {
        var scene = new Scene(new ScanDetector(Options));
        for (var i = 0; i < 65_536; i++)
        {
            scene.Wait(TimeSpan.FromMilliseconds(10));
            Fail(scene, $"10.7.{i >> 8}.{i & 255}", 8080);
        }

        var scan = Scans(scene, "address-scan").Single();
        Assert.AreEqual(65_536, scan.Occurrences);
        Assert.AreEqual("65,536 addresses in 10.9 min", scan.Finding.Observed);
        Assert.AreEqual(65_536, scan.Frames.Count);
        Assert.AreEqual(1, scan.Frames.First);
        Assert.AreEqual(65_536.0, scan.Finding.Score);
    }

    [TestMethod]
    public void Addresses_that_answer_are_no_scan()
    {
        var scene = new Scene(new ScanDetector(Options));
        for (var i = 0; i < 100; i++)
        {
            var connection = scene.Connection(Scanner, $"10.0.7.{i}");
            scene.Network(Operation.ConnectionAttempted, connection).Network(Operation.ConnectionOpened, connection);
        }

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    public void Devices_that_answered_before_and_are_off_are_no_scan()
    {
        var scene = new Scene(new ScanDetector(Options));
        for (var i = 0; i < 100; i++)
            scene.Network(Operation.ConnectionOpened, scene.Connection(Scanner, $"10.0.7.{i}", 8080));
        for (var i = 0; i < 100; i++) Fail(scene, $"10.0.7.{i}", 8080);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow(24, 0)]
    [DataRow(25, 1)]
    [DataRow(26, 1)]
    public void Refused_ports_are_a_scan_at_the_limit(int ports, int expected)
    {
        var scene = new Scene(new ScanDetector(Options));
        for (var i = 0; i < ports; i++) Fail(scene, "10.0.0.9", (ushort)(2000 + i));

        Assert.HasCount(expected, Scans(scene, "port-scan"));
    }

    [TestMethod]
    [DataRow(0L, 1)]
    [DataRow(100L, 0)]
    public void Ports_are_counted_within_the_window(long lateByNanoseconds, int expected)
    {
        var scene = new Scene(new ScanDetector(Options));
        var start = scene.Now;
        for (var i = 0; i < 24; i++) Fail(scene, "10.0.0.9", (ushort)(2000 + i));
        scene.Now = new CaptureTime(start.UnixNanoseconds + Options.Window.Ticks * 100 + lateByNanoseconds);
        Fail(scene, "10.0.0.9", 3000);

        Assert.HasCount(expected, Scans(scene, "port-scan"));
    }

    [TestMethod]
    public void One_port_tried_again_and_again_is_no_scan()
    {
        var scene = new Scene(new ScanDetector(Options));
        for (var i = 0; i < 1000; i++) Fail(scene, "10.0.0.9", 502);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow(9, 0)]
    [DataRow(10, 1)]
    [DataRow(11, 1)]
    public void Devices_asked_who_they_are_are_probed_controllers(int devices, int expected)
    {
        var scene = new Scene(new ScanDetector(Options));
        for (var i = 0; i < devices; i++)
            scene.Exchange(
                code: 43, operation: Operation.Identify, connection: scene.Connection(Scanner, $"10.0.7.{i}"));

        Assert.HasCount(expected, Scans(scene, "plc-scan"));
    }

    private static void Fail(Scene scene, string address, ushort port) =>
        scene.Network(Operation.ConnectionRefused, scene.Connection(Scanner, address, port), Direction.ToClient);

    private static IReadOnlyList<Deviation> Scans(Scene scene, string kind) =>
        [.. scene.Deviations.Where(deviation => deviation.Kind.Name == kind)];
}
