using System.Globalization;
using System.Text.Json;
using OtGuard.Simulators.Wire;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>A flood of facts is few alerts, each true, with complete counts.</summary>
[TestClass]
public sealed class FloodTests : IDisposable
{
    private const int Addresses = 65_536;
    private const int MalformedMessages = 100_000;
    private const int FuzzedFrames = 100_000;
    private const int MostAlerts = 10;

    /// <summary>Each flood lasts so long: well within the ten minutes.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);

    private static readonly EthernetHost Scada = EthernetHost.At("10.0.0.5");
    private static readonly EthernetHost Rtu = EthernetHost.At("10.0.0.9");
    private static readonly EthernetHost Intruder = EthernetHost.At("10.0.0.66");

    private readonly TemporaryFolder _folder = new();

    public TestContext TestContext { get; set; } = null!;

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void A_scan_malformed_messages_and_a_fuzzed_bus_at_once_are_at_most_ten_alerts_in_ten_minutes()
    {
        WriteNormal();
        WriteScan();
        WriteMalformed();
        WriteFuzzedBus();
        Otguard.Run("learn", _folder.File("normal.pcap"), "-o", _folder.File("plant.baseline"));
        Otguard.Run("learn", _folder.File("normal.log"), "-o", _folder.File("car.baseline"));
        File.WriteAllText(_folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = "data",
            baseline = "plant.baseline",
            http = new { port = 0 },
            sources = new object[]
            {
                new { name = "scan", address = "scan.pcap" }, new { name = "malformed", address = "malformed.pcap" },
                new { name = "car", address = "fuzzed.log", baseline = "car.baseline" },
            },
            sinks = new { file = new[] { new { path = "told.jsonl" } } },
        }));

        var run = Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        var store = _folder.File("data/otguard.store");
        var alerts = Otguard.Run("alerts", "list", "--store", store, "--state", "all", "--format", "jsonl").Json;
        var deviations = Otguard.Run("store", "export", "deviations", "--store", store).Json;
        TestContext.WriteLine($"{alerts.Count} alerts of {deviations.Count} deviations: {run.Error}");
        Assert.IsLessThanOrEqualTo(MostAlerts, alerts.Count, run.Error);
        Assert.IsLessThanOrEqualTo(MostAlerts, Raised(run.Error), run.Error);
        // Nothing is left out: each deviation that is an alarm is counted to one alert.
        var alarms = deviations.Count(one => one.GetProperty("severity").GetInt32() >= Models.Severity.AlarmFrom);
        Assert.AreEqual(alarms, alerts.Sum(one => one.GetProperty("deviations").GetInt64()));
        Assert.AreEqual(
            deviations.Where(one => one.GetProperty("severity").GetInt32() >= Models.Severity.AlarmFrom)
                .Sum(one => one.GetProperty("occurrences").GetInt64()),
            alerts.Sum(one => one.GetProperty("occurrences").GetInt64()));
        // True: the scan is told with all it tried, the flood of messages with all that were malformed.
        var scan = deviations.Single(one => one.GetProperty("kind").GetString() == "address-scan");
        Assert.Contains("65,536", scan.GetProperty("observed").GetString()!);
        var malformed = deviations
            .Where(one => one.GetProperty("sensor").GetString() == "malformed")
            .Max(one => one.GetProperty("occurrences").GetInt64());
        Assert.IsGreaterThanOrEqualTo(MalformedMessages, malformed);
        Assert.Contains(
            "unknown-identifier", deviations.Select(one => one.GetProperty("kind").GetString()).ToList());
        // The sink was sent no more than what people were told: new alerts, and storms that doubled.
        Assert.IsLessThanOrEqualTo(
            3 * MostAlerts, File.ReadAllLines(_folder.File("told.jsonl")).Length);
    }

    private static int Raised(string error)
    {
        var line = error.Split('\n').Single(text => text.EndsWith("alerts raised.", StringComparison.Ordinal));
        return int.Parse(line.Split("; ")[1].Split(' ')[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    private void WriteNormal()
    {
        var capture = new CaptureBuilder(CaptureBuilder.DefaultStart - TimeSpan.FromHours(1).Ticks * 100);
        var client = new ModbusClient(new TcpSession(capture, Scada, 49152, Rtu, 502).Open());
        for (var i = 0; i < 300; i++)
        {
            client.ReadHoldingRegisters(1, 0, 1, 2, 3);
            capture.Wait(TimeSpan.FromSeconds(1));
        }

        Write("normal.pcap", capture);
        using var log = new StreamWriter(_folder.File("normal.log"));
        for (var i = 0; i < 30_000; i++) Line(log, 1_768_190_000 + i * 0.01, 0x100 + i % 8, "0102030405060708");
    }

    private void WriteScan()
    {
        var capture = new CaptureBuilder();
        for (var i = 0; i < Addresses; i++)
        {
            var host = EthernetHost.At(string.Create(CultureInfo.InvariantCulture, $"10.1.{i >> 8}.{i & 255}"));
            new TcpSession(capture, Intruder, (ushort)(1024 + i % 60_000), host, 502).OpenUnanswered();
            capture.Now = CaptureBuilder.DefaultStart + Length.Ticks * 100 / Addresses * (i + 1);
        }

        Write("scan.pcap", capture);
    }

    private void WriteMalformed()
    {
        var capture = new CaptureBuilder();
        var random = new Random(1);
        var session = new TcpSession(capture, Intruder, 50_000, Rtu, 502).Open();
        var pdu = new byte[6];
        var client = new ModbusClient(session);
        for (var i = 0; i < MalformedMessages; i++)
        {
            // A read of far more than an answer can hold, of other registers each time.
            random.NextBytes(pdu);
            pdu[0] = (byte)(1 + i % 4);
            pdu[3] = 0xFF;
            client.Request(1, pdu.AsSpan(0, 5));
            capture.Now = CaptureBuilder.DefaultStart + Length.Ticks * 100 / MalformedMessages * (i + 1);
        }

        Write("malformed.pcap", capture);
    }

    private void WriteFuzzedBus()
    {
        var random = new Random(2);
        using var log = new StreamWriter(_folder.File("fuzzed.log"));
        for (var i = 0; i < FuzzedFrames; i++)
            Line(
                log, 1_768_197_600 + Length.TotalSeconds / FuzzedFrames * i,
                i % 2 == 0 ? 0x100 + i / 2 % 8 : random.Next(0x800),
                i % 2 == 0 ? "0102030405060708" : random.NextInt64().ToString("X16", CultureInfo.InvariantCulture));
    }

    private static void Line(StreamWriter log, double seconds, int id, string data) =>
        log.Write(string.Create(CultureInfo.InvariantCulture, $"({seconds:0.000000}) can0 {id:X3}#{data}\n"));

    private void Write(string name, CaptureBuilder capture)
    {
        using var file = File.Create(_folder.File(name));
        capture.WriteTo(file);
    }
}
