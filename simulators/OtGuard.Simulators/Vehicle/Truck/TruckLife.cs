namespace OtGuard.Simulators.Vehicle.Truck;

/// <summary>The normal life of the truck: claims at the beginning, long messages, requests, trouble codes.</summary>
internal static class TruckLife
{
    public static void Begin(VehicleNetwork network)
    {
        foreach (var definition in TruckMessages.All) network.Add(definition);
        foreach (var address in (byte[])
            [TruckMessages.Engine, TruckMessages.Transmission, TruckMessages.Brakes, TruckMessages.Retarder,
                TruckMessages.Cluster, TruckMessages.Body, TruckMessages.Tool])
        {
            // NAME: arbitrary address capable no, industry group 1 (on highway), function and identity by address.
            var name = 1UL << 60 | (ulong)address << 40 | 0x123UL << 21 | 0x1000UL + address;
            network.TruckNodes.Add(new TruckNode(network, TruckMessages.NameOf(address), address, name));
        }

        network.PlanHours((from, to) => Plan(network, from, to));
    }

    private static void Plan(VehicleNetwork network, long from, long to)
    {
        var start = network.Options.Start;
        void Every(TimeSpan period, TimeSpan first, Action act)
        {
            var step = period.Ticks * 100;
            var at = start + first.Ticks * 100;
            if (at < from) at += (from - at + step - 1) / step * step;
            for (; at < to; at += step) network.At(at + network.Traffic.Next(2_000_000), act, null);
        }

        var nodes = network.TruckNodes;
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            if (from == start) network.At(start + 1_000_000 * (i + 1), node.Claim, null);
            if (node.Address is TruckMessages.Engine or TruckMessages.Transmission or TruckMessages.Brakes)
                Every(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300 + 170 * i), node.ReportFaults);
        }

        var engine = Node(network, TruckMessages.Engine);
        var cluster = Node(network, TruckMessages.Cluster);
        var tool = Node(network, TruckMessages.Tool);
        Every(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(800), () =>
            engine.SendBroadcast(J1939Id.EngineConfiguration, Configuration()));
        Every(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(3), () =>
            cluster.Request(J1939Id.EngineHours, TruckMessages.Engine));
        Every(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(7), () =>
            cluster.Request(J1939Id.VehicleIdentification));
        if (!network.Options.Workshop) return;
        Every(network.Options.Cycle, TimeSpan.FromSeconds(10), () => tool.Request(J1939Id.AddressClaimed));
        Every(network.Options.Cycle, TimeSpan.FromSeconds(12), () =>
            tool.Request(J1939Id.ComponentIdentification, TruckMessages.Engine));
        Every(network.Options.Cycle, TimeSpan.FromSeconds(14), () =>
            tool.Request(J1939Id.SoftwareIdentification, TruckMessages.Transmission));
    }

    public static TruckNode Node(VehicleNetwork network, byte address) =>
        network.TruckNodes.First(node => node.Address == address);

    // 39 bytes: five points of the torque curve and limits, as EC1 has them.
    private static byte[] Configuration()
    {
        var data = new byte[39];
        for (var i = 0; i < data.Length; i++) data[i] = (byte)(i * 37 + 11);
        return data;
    }
}
