using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Car;

/// <summary>The normal life of the car: who sends, who forwards, what the driver touches, who visits in the workshop.</summary>
internal static class CarLife
{
    public const uint FunctionalRequest = 0x7DF;

    public static void Begin(VehicleNetwork network)
    {
        foreach (var definition in CarMessages.Classic) network.Add(definition);
        if (network.Options.Variant == VehicleVariant.CarFd)
        {
            foreach (var definition in CarMessages.FlexibleDataRate) network.Add(definition);
        }

        foreach (var (name, request, logical) in ((string, uint, ushort)[])
            [("ENG", 0x7E0, 0x1001), ("TCU", 0x7E1, 0x1002), ("ESP", 0x7E2, 0x1003), ("VCU", 0x7E3, 0x1000),
                ("BMS", 0x7E4, 0x1005)])
        {
            network.Servers.Add(new UdsServer(network, network.Node(name), request, request + 8, logical));
        }

        Forward(network);
        ListenToRequests(network);
        network.PlanHours((from, to) => Touch(network, from, to));
        if (!network.Options.Workshop) return;
        var testers = network.Servers.ConvertAll(server => new Tester(network, server));
        network.PlanHours((from, to) => Visit(network, testers, from, to));
    }

    // The gateway repeats some messages on the body's bus, a third to one millisecond later.
    private static void Forward(VehicleNetwork network)
    {
        var gateway = network.Node("GW");
        // Its own: how often it is used depends on what else is sent.
        var random = new Random(network.Options.Seed ^ 0x6A7E);
        foreach (var message in network.Messages.ToList())
        {
            if (message.Definition.ForwardedTo is not { } channel) continue;
            network.Buses[message.Definition.Channel].Listen(message.Id, message.Definition.Extended, frame =>
            {
                if (gateway.IsSilent) return;
                var delay = TimeSpan.FromMicroseconds(300 + 700 * random.NextDouble());
                network.Later(delay, () => network.Buses[channel].Send(frame));
            });
        }
    }

    // The charging station follows what it hears, whoever said it.
    private static void ListenToRequests(VehicleNetwork network)
    {
        var request = network.Message(CarMessages.ChargeRequest).Definition["RequestedPower"];
        network.Main.Listen(CarMessages.ChargeRequest, extended: false, frame =>
        {
            if (frame.Data.Length == 8) network.State.HeardKilowatts = request.Read(frame.Data);
        });
    }

    // Whatever the driver can touch is touched twice in each cycle, at moments of its own.
    private static void Touch(VehicleNetwork network, long from, long to)
    {
        var state = network.State;
        var cycle = network.Options.Cycle;
        void Twice(uint id, int channel, Action<VehicleState> change)
        {
            var message = network.Message(id, channel);
            for (var start = from; start < to; start += cycle.Ticks * 100)
            {
                for (var i = 0; i < 2; i++)
                {
                    network.At(start + (long)(network.Traffic.NextDouble() * cycle.Ticks * 100), () =>
                    {
                        change(state);
                        message.Fire();
                    }, null);
                }
            }
        }

        Twice(0x2B0, 1, s => s.LightsOn = !s.LightsOn);
        Twice(0x2B6, 1, s => s.WiperStage = (s.WiperStage + 1) % 4);
        Twice(CarMessages.Doors, 1, s => s.DoorsOpen = s.MetresPerSecond > 0 ? 0 : s.DoorsOpen == 0 ? 1 : 0);
        Twice(0x2DA, 1, s => s.CabinTarget = 19 + network.Traffic.Next(9) / 2.0);
        Twice(0x2F0, 1, s => s.KeyButton = s.KeyButton % 3 + 1);
        Twice(0x36E, 1, s => s.MediaVolume = 5 + network.Traffic.Next(30));
        Twice(0x378, 1, s => s.HornPressed = !s.HornPressed);
        Twice(CarMessages.SeatMemory, 0, s => s.SeatMemory = s.SeatMemory % 3 + 1);
    }

    private static void Visit(VehicleNetwork network, IReadOnlyList<Tester> testers, long from, long to)
    {
        for (var start = from; start < to; start += network.Options.Cycle.Ticks * 100)
        {
            network.At(start + 4_000_000_000, () => network.Play(Inspection(network, testers)), null);
            network.At(start + 2_000_000_000, () => DoIpTester.Inspect(network), null);
        }
    }

    /// <summary>What a workshop's tester does with every control unit: session, identification, trouble codes.</summary>
    public static IEnumerable<Step> Inspection(VehicleNetwork network, IReadOnlyList<Tester> testers)
    {
        foreach (var tester in testers)
        {
            yield return tester.Ask(0x10, 0x03);
            yield return network.Wait(50);
            byte[][] requests =
            [
                [0x22, 0xF1, 0x90], [0x22, 0xF1, 0x87], [0x22, 0xF1, 0x95], [0x22, 0xF1, 0x91, 0xF1, 0x8A],
                [0x3E, 0x00],
                [0x19, 0x02, 0xFF], [0x19, 0x01, 0xFF], [0x22, 0x01, 0x01], [0x22, 0x01, 0x03],
            ];
            foreach (var request in requests)
            {
                yield return tester.Ask(request);
                yield return network.Wait(40);
            }

            tester.Tell(0x3E, 0x80);
            yield return network.Wait(100);
            yield return tester.Ask(0x10, 0x01);
            yield return network.Wait(150);
        }
    }
}
