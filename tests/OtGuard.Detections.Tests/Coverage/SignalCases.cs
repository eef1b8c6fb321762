using OtGuard.TestKit;
using static OtGuard.Detections.Tests.Coverage.CoverageSite;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of the kinds that rest on what was learned of the values of signals.</summary>
internal static class SignalCases
{
    private const int Learned = 1200;
    private const uint Wheels = 0x110;
    private const uint Engine = 0x130;

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        Process("B4", "value-out-of-band",
            "a feeder's current is told as ten times what it can be",
            static site => site.Tell(10, static reading => reading with { First = 9000 }),
            "the whole plant takes a little more than ever",
            static site => site.Tell(10, static reading => reading with
            {
                First = reading.First * 1.02, Second = reading.Second * 1.02, Sum = reading.Sum * 1.02,
            })),
        Process("B4", "value-unlikely",
            "a busbar's current is told as what it could be, and is not with these feeders",
            static site => site.Tell(60, static reading => reading with { Sum = 2800 - reading.Sum }),
            "it is told a moment late",
            static site => site.Tell(1, static reading => reading with { Sum = reading.Sum + 3 })),
        Process("B5", "value-toggling",
            "a coil is switched a hundred times within twenty seconds",
            static site => Switch(site, 100, 0.2),
            "it is switched twice beside",
            static site => Switch(site, 2, 2)),
        Process("B6", "value-stale",
            "a feeder's current stands still while the busbar's moves",
            static site => Freeze(site, 180),
            "it is read the same twice",
            static site => Freeze(site, 2)),
        new("C14", "node-value-unlikely",
            "a node has a value far from those it had",
            static site => Level(site, 95),
            "it has one it had, for longer than usual",
            static site => Level(site, 41))
        {
            Network = CoverageNetwork.OpcUa,
            LearnedSeconds = Learned,
        },
        Drive("D6", "payload-anomaly",
            "a frame's gear is one that the gearbox does not have",
            static site => site.Bus.Alter(Engine, 2, static (_, payload) => Put(payload, 5, 0x40)),
            "its last payload is sent twice",
            static site => site.Bus.Alter(Engine, 0.06, static (sent, _) => sent[^1])),
        Drive("D6", "signal-frozen",
            "the speed of two wheels stands still while the others go on",
            static site => site.Bus.Alter(Wheels, 10, static (sent, _) => sent[^1]),
            "it stands still for two frames",
            static site => site.Bus.Alter(Wheels, 0.04, static (sent, _) => sent[^1])),
        Drive("D6", "operating-state-unlearned",
            "the vehicle goes four times as fast as it was learned",
            static site => Everything(site, 4),
            "only two of its wheels do",
            static site => site.Bus.Alter(Wheels, 5, static (_, payload) => Faster(payload, 4))) with
        {
            TwinMayRaise = ["signal-out-of-range", "signals-contradict", "signal-frozen", "payload-anomaly"],
        },
        Drive("D8", "signal-out-of-range",
            "the speed of two wheels is four times as high as ever",
            static site => site.Bus.Alter(Wheels, 2, static (_, payload) => Faster(payload, 4)),
            "it is higher by what the road makes",
            static site => site.Bus.Alter(Wheels, 2, static (_, payload) => Put(payload, 1, (byte)(payload[1] | 1)))),
        Drive("D9", "signals-contradict",
            "two wheels slow down while the others gather speed",
            static site => site.Bus.Alter(Wheels, 10, static (_, payload) => Mirrored(payload)),
            "they differ by what the road makes",
            static site => site.Bus.Alter(Wheels, 10, static (_, payload) => Put(payload, 1, (byte)(payload[1] | 1)))),
        Drive("D11", "replayed-messages",
            "eight seconds of a message are played again",
            static site => site.Bus.Alter(Wheels, 8, static (sent, _) => sent[^400]),
            "two frames of it come as two of a moment before",
            static site => site.Bus.Alter(Wheels, 0.04, static (sent, _) => sent[^2])),
    ];

    private static CoverageCase Process(
        string row, string kind, string positive, Action<CoverageSite> act, string twin, Action<CoverageSite> actTwin) =>
        new(row, kind, positive, act, twin, actTwin) { Network = CoverageNetwork.Process, LearnedSeconds = Learned };

    private static CoverageCase Drive(
        string row, string kind, string positive, Action<CoverageSite> act, string twin, Action<CoverageSite> actTwin) =>
        new(row, kind, positive, act, twin, actTwin) { Network = CoverageNetwork.Drive, LearnedSeconds = Learned };

    private static void Switch(CoverageSite site, int times, double seconds)
    {
        for (var time = 0; time < times; time++)
        {
            site.Modbus(Scada, Rtu1).WriteSingleCoil(1, 5, time % 2 == 0);
            site.Wait(seconds);
        }
    }

    private static void Freeze(CoverageSite site, int seconds)
    {
        double? last = null;
        site.Tell(seconds, reading => reading with { First = last ??= reading.First });
    }

    private static void Level(CoverageSite site, int level)
    {
        for (var second = 0; second < 5; second++)
        {
            site.Sessions.Normal.Ask(Ua.ReadRequest("ns=2;s=Level", "ns=2;s=Flow"), Ua.ReadResponse(level, 7));
            site.Wait(1);
        }
    }

    private static void Everything(CoverageSite site, int times)
    {
        foreach (var identifier in site.Bus.Identifiers)
            site.Bus.Alter(identifier, 0, (_, payload) => Engine == identifier ? Scaled(payload, 2, times) : Faster(payload, times), lasts: 5);
        site.Bus.Wait(5);
    }

    private static byte[] Put(byte[] payload, int at, byte value)
    {
        payload[at] = value;
        return payload;
    }

    private static byte[] Faster(byte[] payload, int times) => Scaled(Scaled(payload, 0, times), 2, times);

    private static byte[] Scaled(byte[] payload, int at, int times) => Replace(payload, at, value => value * times);

    private static byte[] Mirrored(byte[] payload) =>
        Replace(Replace(payload, 0, static value => 4000 - value), 2, static value => 4000 - value);

    private static byte[] Replace(byte[] payload, int at, Func<int, int> change)
    {
        var value = change(payload[at] << 8 | payload[at + 1]);
        return Put(Put(payload, at, (byte)(value >> 8)), at + 1, (byte)value);
    }
}
