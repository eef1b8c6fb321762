using OtGuard.Simulators.Wire;
using static OtGuard.Detections.Tests.Coverage.CoverageSite;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of the kinds that rest on models of rhythm, traffic and order.</summary>
internal static class RhythmCases
{
    private const uint Slow = 0x320;
    private const int Learned = 1200;

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        new("A10", "poll-rhythm-changed",
            "the SCADA server asks an RTU additionally, ten times every few seconds",
            static site => AskBeside(site, 10),
            "it asks once more now and then",
            static site => AskBeside(site, 1))
        {
            LearnedSeconds = Learned,
        },
        new("A11", "polling-suspended",
            "the registers of an RTU are no longer read, though its coils are",
            static site => site.WithoutRegisters(60),
            "the recorder is down for a minute",
            static site => site.Wait(60))
        {
            LearnedSeconds = Learned,
        },
        new("A12", "traffic-unusual",
            "an RTU takes a tenth of a second for each answer",
            static site => Answer(site, 100),
            "it takes a tenth longer than ever",
            static site => Answer(site, 2.2))
        {
            // Thirty windows of half a minute, so that the conversation's own edges are believed.
            LearnedSeconds = 1800,
        },
        new("C17", "subscription-starved",
            "a subscription no longer reports while its client goes on reading",
            static site => Report(site, 60).Sessions.Silence().Normal(60),
            "a report is left out",
            static site => Report(Report(site, 60).Sessions.Silence().Normal(1), 10))
        {
            Network = CoverageNetwork.OpcUa,
            LearnedSeconds = Learned,
            Clean = static site => Report(site, 1),
        },
        new("D2", "message-rhythm-changed",
            "a message comes every 80 ms and no longer every 100",
            static site => Instead(site, 0.08, 200),
            "one frame of it is late by a quarter of its cycle",
            static site => Instead(site, 0.125, 1))
        {
            Network = CoverageNetwork.Car,
            LearnedSeconds = Learned,
        },
        new("D3", "message-thinned",
            "every other frame of a message does not come",
            static site => LeaveOut(site, 200),
            "one frame of it does not come",
            static site => LeaveOut(site, 1))
        {
            Network = CoverageNetwork.Car,
            LearnedSeconds = Learned,
        },
        new("D5", "identifier-sequence",
            "two identifiers are sent in turn by somebody, at a tenth of the bus's rate",
            static site => InTurn(site, 20),
            "one identifier is sent once more",
            static site => InTurn(site, 0.1))
        {
            Network = CoverageNetwork.Car,
            LearnedSeconds = Learned,
            // A frame beside its sender's own is one too many, whatever the order.
            TwinMayRaise = ["message-too-fast"],
        },
    ];

    private static void AskBeside(CoverageSite site, int times)
    {
        for (var round = 0; round < 6; round++)
        {
            site.Normal(10);
            for (var again = 0; again < times; again++)
                site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 0, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        }
    }

    private static void Answer(CoverageSite site, double milliseconds)
    {
        var session = (TcpSession)site.Modbus(Scada, Rtu1).Channel;
        var before = session.ServerLatency;
        session.ServerLatency = TimeSpan.FromMilliseconds(milliseconds);
        site.Normal(90);
        session.ServerLatency = before;
        site.Normal(30);
    }

    private static CoverageSite Report(CoverageSite site, int seconds)
    {
        site.Sessions.Reports = true;
        return site.Normal(seconds);
    }

    private static void Instead(CoverageSite site, double seconds, int frames)
    {
        site.Bus.Wait(2).Mute(Slow);
        for (var frame = 0; frame < frames; frame++) site.Bus.Wait(seconds - 0.00025).SendAgain(Slow);
        site.Bus.Wait(0.05).Unmute(Slow).Wait(2);
    }

    private static void LeaveOut(CoverageSite site, int frames)
    {
        site.Bus.Wait(2);
        for (var frame = 0; frame < frames; frame++) site.Bus.Mute(Slow).Wait(0.1).Unmute(Slow).Wait(0.1);
    }

    private static void InTurn(CoverageSite site, double seconds)
    {
        site.Bus.Wait(2);
        var identifiers = site.Bus.Identifiers;
        for (var frame = 0; frame * 0.05 < seconds - 0.06; frame++)
            site.Bus.Wait(0.05).SendAgain(identifiers[frame % 2]);
    }
}
