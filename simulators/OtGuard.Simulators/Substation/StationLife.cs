using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>The normal life of the station.</summary>
internal sealed class StationLife(Site site, SubstationOptions options)
{
    private static readonly TimeSpan NtpPeriod = TimeSpan.FromSeconds(64);
    private static readonly TimeSpan LldpPeriod = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SnmpPeriod = TimeSpan.FromSeconds(60);

    // Polling is triggered by a timer in software: its deviation from the grid is within one part in a hundred.
    private const double Jitter = 0.01;
    private const long Day = 86_400_000_000_000;

    private readonly long _end = options.Start + Nanoseconds(options.Duration);
    private readonly List<(SimulatedDevice Device, Action<Link, double> Give)> _commands = [];

    public void Begin()
    {
        // Which end of a link acts first is spread over the first period, so that polls do not come in one lump.
        foreach (var device in site.Devices)
        {
            foreach (var server in (EthernetHost[])[site.ScadaA, site.ScadaB]) Connect(server, device);
            Repeat(options.FastPoll, _ => Poll(device, FastRequests(device)));
            Repeat(options.MediumPoll, _ => Poll(device, [ModbusPdu.ReadCoilsRequest(0, 8)]));
            Repeat(options.SlowPoll, _ => Poll(device, SlowRequests));
            Repeat(options.SlowPoll, _ => Heartbeat(device));
            Repeat(NtpPeriod, _ =>
            {
                if (!device.IsOff) Synchronise(device.Host);
            });
        }

        foreach (var host in (EthernetHost[])[site.ScadaA, site.ScadaB, site.Workstation])
            Repeat(NtpPeriod, _ => Synchronise(host));
        Repeat(options.SpanningTreePeriod, _ => site.Capture.Add(BackgroundTraffic.SpanningTree(site.Switch)));
        Repeat(LldpPeriod, _ => site.Capture.Add(BackgroundTraffic.Lldp(site.Switch)));
        Repeat(SnmpPeriod, AskSwitch);
        Publish(site.Feeders[0], 1);
        Publish(site.Feeders[1], 2);
        ListCommands();
        if (options.Life == StationLifeKind.Calendar) PlanDays(options.Start / Day * Day);
        else PlanCycles(options.Start);
    }

    // A day at a time, so that the schedule does not grow with the length of the capture.
    private void PlanCycles(long first)
    {
        var cycle = Nanoseconds(options.Cycle);
        var start = first;
        for (; start < _end && start < first + Day; start += cycle) PlanCycle(start);
        if (start < _end) site.At(start, () => PlanCycles(start), null);
    }

    // What is planned for a day before the capture begins, or after it ends, is left out.
    private void PlanDays(long midnight)
    {
        PlanDay(midnight);
        if (midnight + Day < _end) site.At(midnight + Day, () => PlanDays(midnight + Day), null);
    }

    private void Connect(EthernetHost server, SimulatedDevice device)
    {
        var link = site.AddLink(server, device);
        if (options.JoinMidway) link.Session.JoinMidway();
        else site.At(options.Start + site.Traffic.Next(1_000_000), () => link.Open(), null);
    }

    // Tap changers have no switch whose position could be read.
    private byte[][] FastRequests(SimulatedDevice device) => site.Transformers.Contains(device)
        ? [ModbusPdu.ReadInputRegistersRequest(0, 8)]
        : [ModbusPdu.ReadInputRegistersRequest(0, 8), ModbusPdu.ReadDiscreteInputsRequest(0, 8)];

    // Settings and meters.
    private static byte[][] SlowRequests =>
        [ModbusPdu.ReadHoldingRegistersRequest(0, 16), ModbusPdu.ReadInputRegistersRequest(8, 4)];

    private void Poll(SimulatedDevice device, byte[][] requests)
    {
        var link = site.LinkOf(site.Active, device);
        if (device.PollsLeftOut > 0 && site.Random.NextDouble() < device.PollsLeftOut) return;
        if (link.Session.IsOpen) link.AskAll(requests);
    }

    private void Heartbeat(SimulatedDevice device)
    {
        var link = site.LinkOf(site.Standby, device);
        if (link.Session.IsOpen) link.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 1));
    }

    private void Synchronise(EthernetHost host)
    {
        var now = site.Capture.Now;
        site.Capture.Add(Packet.Udp(host, 123, site.Clock, 123, BackgroundTraffic.Ntp(server: false, now)));
        site.Capture.Wait(TimeSpan.FromMicroseconds(200 + site.Traffic.Next(100)));
        site.Capture.Add(Packet.Udp(
            site.Clock, 123, host, 123, BackgroundTraffic.Ntp(server: true, site.Capture.Now, now)));
    }

    private void AskSwitch(int count)
    {
        var request = (uint)count + 1;
        var upTime = (uint)((site.Capture.Now - options.Start) / 10_000_000 + 8_640_000);
        site.Capture.Add(Packet.Udp(
            site.ScadaA, 50161, site.Switch, 161, BackgroundTraffic.Snmp(request, null)));
        site.Capture.Wait(TimeSpan.FromMilliseconds(1));
        site.Capture.Add(Packet.Udp(
            site.Switch, 161, site.ScadaA, 50161, BackgroundTraffic.Snmp(request, upTime)));
    }

    // IEC 61850-8-1 §18.1.2.5: a change is repeated at growing intervals until the heartbeat is reached.
    private void Publish(SimulatedDevice feeder, ushort application)
    {
        var changed = options.Start;
        uint state = 1, sequence = 0;
        void Send()
        {
            if (feeder.IsOff) return;
            site.Capture.Add(BackgroundTraffic.Goose(
                feeder.Host, application, feeder.Coils[SubstationProcess.BreakerCoil], changed, state, sequence++,
                options.GooseHeartbeat));
        }

        Repeat(options.GooseHeartbeat, _ => Send());
        var closed = true;
        feeder.CoilWritten = (coil, value) =>
        {
            if (coil != SubstationProcess.BreakerCoil || value == closed) return;
            closed = value;
            site.At(site.Capture.Now + 4_000_000, () =>
            {
                changed = site.Capture.Now;
                state++;
                sequence = 0;
                Send();
                for (var delay = 4; delay <= 64; delay *= 4)
                    site.At(changed + delay * 1_000_000L, Send, null);
            }, null);
        };
    }

    private void ListCommands()
    {
        foreach (var feeder in site.Feeders) _commands.Add((feeder, OpenAndReclose));
        foreach (var transformer in site.Transformers)
        {
            _commands.Add((transformer, (link, _) => Command(
                link, ModbusPdu.WriteSingleRegister(10, (ushort)(1990 + 10 * site.Traffic.Next(5))))));
        }

        _commands.Add((site.Solar, (link, _) => Command(
            link, ModbusPdu.WriteMultipleRegistersRequest(10, (ushort)(2000 + 250 * site.Traffic.Next(5)), 50))));
        _commands.Add((site.Charging, (link, _) => Command(
            link, ModbusPdu.WriteMultipleRegistersRequest(10, (ushort)(400 + 100 * site.Traffic.Next(5)), 20))));
        _commands.Add((site.Capacitor, (link, _) => Command(
            link, ModbusPdu.WriteMultipleCoilsRequest(0, site.Traffic.Next(2) == 0, true))));
    }

    // An opened breaker is closed again before the operator's next command.
    private void OpenAndReclose(Link link, double slotSeconds)
    {
        Command(link, ModbusPdu.WriteSingleCoil(0, false));
        var open = TimeSpan.FromSeconds(slotSeconds * (0.3 + 0.1 * site.Traffic.NextDouble()));
        site.Later(open, () => Command(link, ModbusPdu.WriteSingleCoil(0, true)));
    }

    // A command is followed by reading it back, as the operator's screen does.
    private void Command(Link link, byte[] write)
    {
        if (!link.Session.IsOpen)
        {
            site.Later(TimeSpan.FromSeconds(1), () => Command(link, write));
            return;
        }

        var readBack = write[0] is 5 or 15
            ? ModbusPdu.ReadCoilsRequest(0, 8)
            : ModbusPdu.ReadHoldingRegistersRequest(0, 16);
        link.AskAll(write, readBack);
    }

    private void PlanCycle(long start)
    {
        var cycle = Nanoseconds(options.Cycle);
        var half = cycle / 2;
        long Around(double part) => start + (long)(cycle * (part + 0.02 * (site.Traffic.NextDouble() - 0.5)));
        site.At(start, () => site.Activate(site.ScadaA), null);
        site.At(Around(0.5), () => TakeOver(site.ScadaB), null);
        site.At(Around(0.985), () => TakeOver(site.ScadaA), null);
        for (var i = 0; i < 2; i++)
        {
            var commands = _commands.ToArray();
            site.Traffic.Shuffle(commands);
            var slot = half * 0.76 / commands.Length;
            for (var n = 0; n < commands.Length; n++)
            {
                var (device, give) = commands[n];
                var at = start + i * half + (long)(half * 0.1 + slot * (n + 0.5 * site.Traffic.NextDouble()));
                site.At(at, () => give(site.LinkOf(site.Active, device), slot / 1e9), null);
            }
        }

        var visit = Around(0.2);
        for (var i = 0; i < site.Devices.Count; i++)
        {
            var device = site.Devices[i];
            site.At(visit + i * cycle / 300, () => Visit(device), null);
        }

        foreach (var device in site.Devices)
        {
            foreach (var server in (EthernetHost[])[site.ScadaA, site.ScadaB])
            {
                site.At(start + site.Traffic.NextInt64(cycle), () => Reconnect(site.LinkOf(server, device)), null);
                site.At(start + site.Traffic.NextInt64(cycle), () => site.Resolve(server, device.Host), null);
            }

            site.At(start + site.Traffic.NextInt64(cycle), () => site.Resolve(device.Host, site.Clock), null);
        }

        foreach (var host in (EthernetHost[])[site.ScadaA, site.ScadaB, site.Workstation])
            site.At(start + site.Traffic.NextInt64(cycle), () => site.Resolve(host, site.Clock), null);
        site.At(start + site.Traffic.NextInt64(cycle), () => site.Resolve(site.ScadaA, site.Switch), null);
    }

    private void PlanDay(long midnight)
    {
        var date = DateTimeOffset.FromUnixTimeMilliseconds(midnight / 1_000_000);
        var isWorkday = date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday);
        void At(double hour, Action act)
        {
            var at = midnight + (long)(hour * 3_600e9);
            if (at >= options.Start && at < _end) site.At(at, act, null);
        }

        double Around(double hour) => hour + (site.Traffic.NextDouble() - 0.5) / 3;
        void Give(double hour, SimulatedDevice device, byte[] write) =>
            At(hour, () => Command(site.LinkOf(site.Active, device), write));
        void Work(double hour, SimulatedDevice feeder, double hours)
        {
            Give(hour, feeder, ModbusPdu.WriteSingleCoil(0, false));
            Give(hour + hours, feeder, ModbusPdu.WriteSingleCoil(0, true));
        }

        foreach (var transformer in site.Transformers)
        {
            Give(Around(6.2), transformer, ModbusPdu.WriteSingleRegister(10, (ushort)(2010 + 10 * site.Traffic.Next(3))));
            Give(Around(21.7), transformer, ModbusPdu.WriteSingleRegister(10, (ushort)(1990 + 10 * site.Traffic.Next(2))));
        }

        Give(Around(6), site.Capacitor, ModbusPdu.WriteMultipleCoilsRequest(0, true, true));
        Give(Around(22), site.Capacitor, ModbusPdu.WriteMultipleCoilsRequest(0, false, true));
        Give(Around(16.8), site.Charging, ModbusPdu.WriteMultipleRegistersRequest(10, (ushort)(400 + 100 * site.Traffic.Next(3)), 20));
        Give(Around(20.3), site.Charging, ModbusPdu.WriteMultipleRegistersRequest(10, 800, 20));
        if (site.Traffic.Next(4) == 0)
        {
            Give(Around(11.5), site.Solar, ModbusPdu.WriteMultipleRegistersRequest(10, (ushort)(2000 + 250 * site.Traffic.Next(3)), 50));
            Give(Around(14), site.Solar, ModbusPdu.WriteMultipleRegistersRequest(10, 3000, 50));
        }

        if (isWorkday && site.Traffic.Next(2) == 0)
            Work(Around(10), site.Feeders[site.Traffic.Next(site.Feeders.Count)], 0.3 + 1.2 * site.Traffic.NextDouble());
        if (date is { DayOfWeek: DayOfWeek.Sunday })
        {
            At(Around(3), () => TakeOver(site.ScadaB));
            At(Around(3.5), () => TakeOver(site.ScadaA));
        }

        // The maintenance window of the week, and the relay test of the month.
        if (date is { DayOfWeek: DayOfWeek.Tuesday })
        {
            for (var i = 0; i < site.Devices.Count; i++)
            {
                var device = site.Devices[i];
                At(9 + i * 0.1 + site.Traffic.NextDouble() * 0.05, () => Visit(device));
            }
        }

        if (date is { DayOfWeek: DayOfWeek.Thursday, Day: <= 7 })
            for (var i = 0; i < site.Feeders.Count; i++) Work(10 + i * 0.2, site.Feeders[i], 0.05);

        foreach (var device in site.Devices)
        {
            foreach (var server in (EthernetHost[])[site.ScadaA, site.ScadaB])
            {
                At(24 * site.Traffic.NextDouble(), () => Reconnect(site.LinkOf(server, device)));
                for (var hour = 0; hour < 24; hour += 4)
                    At(hour + 4 * site.Traffic.NextDouble(), () => site.Resolve(server, device.Host));
            }

            At(24 * site.Traffic.NextDouble(), () => site.Resolve(device.Host, site.Clock));
        }

        foreach (var host in (EthernetHost[])[site.ScadaA, site.ScadaB, site.Workstation])
            At(24 * site.Traffic.NextDouble(), () => site.Resolve(host, site.Clock));
        At(24 * site.Traffic.NextDouble(), () => site.Resolve(site.ScadaA, site.Switch));
    }

    // The server that takes over reads everything at once before it goes on polling.
    private void TakeOver(EthernetHost server)
    {
        if (site.Active == server) return;
        site.Activate(server);
        foreach (var device in site.Devices)
        {
            site.Capture.Wait(TimeSpan.FromMilliseconds(1));
            Poll(device, [.. FastRequests(device), ModbusPdu.ReadCoilsRequest(0, 8), .. SlowRequests]);
        }
    }

    private void Visit(SimulatedDevice device)
    {
        if (device.IsOff) return;
        var link = site.Connect(site.Workstation, device);
        link.AskAll(
            ModbusPdu.ReadHoldingRegistersRequest(0, 16), ModbusPdu.ReadInputRegistersRequest(0, 8),
            ModbusPdu.ReadDeviceIdentificationRequest());
        site.Capture.Wait(TimeSpan.FromMilliseconds(20));
        link.Close();
    }

    private void Reconnect(Link link)
    {
        if (!link.Session.IsOpen || link.Device.IsOff) return;
        link.Close();
        var at = site.Capture.Now + 200_000_000;
        site.At(at, link.Reopen, null);
    }

    private void Repeat(TimeSpan period, Action<int> act)
    {
        var step = Nanoseconds(period);
        var first = options.Start + 2_000_000 + (long)(site.Traffic.NextDouble() * step);
        void Run(int count)
        {
            act(count);
            var grid = first + (count + 1) * step;
            var next = grid + (long)(step * Jitter * (2 * site.Traffic.NextDouble() - 1));
            site.At(next, () => Run(count + 1), null);
        }

        site.At(first, () => Run(0), null);
    }

    private static long Nanoseconds(TimeSpan span) => span.Ticks * 100;
}
