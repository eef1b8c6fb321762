namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of the kinds about messages on a bus: what is sent, in which form and when, and the bus's errors.</summary>
internal static class BusCases
{
    private const uint Fast = 0x0C0;
    private const uint BusError = 0x80;
    private const uint Controller = 0x4;
    private const uint BusOff = 0x40;
    private const byte TransmitPassive = 0x20;

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        new("D1", "unknown-identifier",
            "an identifier that was never on the bus",
            static site => site.Bus.Wait(1).Send(0x666, "0011223344556677").Wait(1),
            "an identifier that came once while learning",
            static site => site.Bus.Wait(1).Send(0x666, "0011223344556677").Wait(1))
        {
            Network = CoverageNetwork.Car,
            CleanForTwin = static site => site.Bus.Wait(1).Send(0x666, "0011223344556677").Wait(1),
        },
        new("D2", "message-too-fast",
            "frames of a known message are put between its own, with plausible data, at twice the rate",
            static site => Beside(site, 50),
            "two frames of it come close together by the bus's jitter",
            static site => site.Bus.Wait(2))
        {
            Network = CoverageNetwork.Car,
        },
        new("D3", "message-missing",
            "a cyclic message stops while the bus goes on",
            static site => site.Bus.Wait(2).Mute(Fast).Wait(6).Unmute(Fast).Wait(1),
            "two of its frames are lost",
            static site => site.Bus.Wait(2).Mute(Fast).Wait(0.05).Unmute(Fast).Wait(2))
        {
            Network = CoverageNetwork.Car,
        },
        new("D4", "bus-flood",
            "a message below all others takes the bus",
            static site => Flood(site, 3000),
            "a message of a diagnostic session comes often for a moment",
            static site => Flood(site, 40))
        {
            Network = CoverageNetwork.Car,
            CleanForTwin = static site => site.Bus.Wait(1).Send(0x001, "00").Wait(1),
            TwinMayRaise = [],
        },
        new("D7", "message-form",
            "a message comes with another data length code",
            static site => site.Bus.Wait(1).Send(0x5F0, "0011").Wait(1),
            "a message comes with a data length code it had while learning",
            static site => site.Bus.Wait(1).Send(0x5F0, "0011").Wait(1))
        {
            Network = CoverageNetwork.Car,
            CleanForTwin = static site => site.Bus.Wait(1).Send(0x5F0, "0011").Wait(1),
            TwinMayRaise = ["message-too-fast"],
        },
        new("D10", "end-to-end-violation",
            "frames of a message with a counter are sent by somebody who does not know it",
            static site => Beside(site, 20),
            "frames of it are lost",
            static site => site.Bus.Wait(2).Mute(Fast).Wait(0.05).Unmute(Fast).Wait(2))
        {
            Network = CoverageNetwork.Car,
        },
        new("D12", "error-burst",
            "forty error frames within half a second",
            static site => Errors(site, 40, BusError, 0),
            "five error frames when a plug is pulled",
            static site => Errors(site, 5, BusError, 0))
        {
            Network = CoverageNetwork.Car,
        },
        new("D12", "error-passive",
            "the controller that listens becomes error passive",
            static site => Errors(site, 1, Controller, TransmitPassive),
            "it reports one error",
            static site => Errors(site, 1, BusError, 0))
        {
            Network = CoverageNetwork.Car,
            WithoutBaseline = true,
        },
        new("D13", "bus-off",
            "the controller that listens goes bus-off",
            static site => Errors(site, 1, BusOff, 0),
            "it becomes error passive and recovers",
            static site => Errors(site, 1, Controller, TransmitPassive))
        {
            Network = CoverageNetwork.Car,
            WithoutBaseline = true,
            TwinMayRaise = ["error-passive"],
        },
        new("D13", "remote-bus-off",
            "a message stops during a burst of error frames",
            static site =>
            {
                Errors(site, 40, BusError, 0);
                site.Bus.Mute(Fast).Wait(3).Unmute(Fast).Wait(2);
            },
            "the burst passes and all messages go on",
            static site =>
            {
                Errors(site, 40, BusError, 0);
                site.Bus.Wait(4);
            })
        {
            Network = CoverageNetwork.Car,
            TwinMayRaise = ["error-burst"],
        },
    ];

    /// <summary>Frames beside the genuine ones, each about half a period after one.</summary>
    private static void Beside(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++) site.Bus.Wait(0.01975).Send(Fast, "0110200000007FFF00"[..16]);
    }

    private static void Flood(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++) site.Bus.Wait(0.0005).Send(0x001, "00");
        site.Bus.Wait(2);
    }

    private static void Errors(CoverageSite site, int count, uint classes, byte controller)
    {
        site.Bus.Wait(1);
        for (var i = 0; i < count; i++) site.Bus.Wait(0.01).SendError(classes, controller);
        site.Bus.Wait(0.1);
    }
}
