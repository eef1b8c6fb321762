using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>
/// The normal life of the station's OPC UA side. The historian holds two subscriptions (measured values at the pace of
/// the fast polling; switches, settings and the tariff, which change rarely, so that keep-alives show) and looks after
/// the server's state; the display reads powers at the pace of the slow polling, and sets the tariff.
/// </summary>
internal sealed class OpcUaLife(Site site, SubstationOptions options)
{
    private const double SessionTimeoutMilliseconds = 3_600_000;
    private const uint KeepAliveCount = 10;
    private const int OutstandingPublishRequests = 3;
    private const double Jitter = 0.01;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long Day = 86_400 * NanosecondsPerSecond;

    // A client that finds its subscription gone makes another one after so long.
    private static readonly TimeSpan Recreation = TimeSpan.FromSeconds(20);
    // A client that is refused tries again after so long.
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NtpPeriod = TimeSpan.FromSeconds(64);

    private readonly long _end = options.Start + Nanoseconds(options.Duration);
    private readonly OpcUaStation _station = site.OpcUa;
    private readonly List<OpcUaNodeId> _measured =
    [
        .. site.Devices.SelectMany(device => (OpcUaNodeId[])
        [
            Of(device, "Voltage"), Of(device, "Current"), Of(device, "ActivePower"), Of(device, "ReactivePower"),
        ]),
        Of(site.Station, "Frequency"),
    ];

    private readonly List<OpcUaNodeId> _states =
    [
        .. site.Transformers.Select(device => Of(device, "Tap")),
        .. site.Devices.Except(site.Transformers).Select(device => Of(device, "BreakerClosed")),
        .. Regulated(site).Select(device => Of(device, "Setpoint")), OpcUaAddressSpace.Tariff,
    ];

    private readonly List<OpcUaNodeId> _settings = [.. Regulated(site).Select(device => Of(device, "Setpoint"))];

    private readonly List<OpcUaNodeId> _powers =
    [
        .. site.Devices.Select(device => Of(device, "ActivePower")), Of(site.Charging, "Energy"),
        Of(site.Solar, "EnergyDelivered"), OpcUaAddressSpace.Tariff,
    ];

    private readonly uint _lifetime = options.Life == StationLifeKind.Cycles
        ? (uint)options.Cycle.TotalMilliseconds
        : OpcUaStation.TokenMilliseconds;

    private uint _firstSubscription;
    private bool _isBefore;
    private bool _isRecreating;

    public void Begin()
    {
        _station.ConnectHistorian = () => ConnectHistorian(isDiscovering: true);
        _station.ConnectDisplay = ConnectDisplay;
        if (options.JoinMidway) JoinMidway();
        else
        {
            At(options.Start + 10_000_000, _station.ConnectHistorian);
            At(options.Start + 500_000_000, _station.ConnectDisplay);
        }

        Repeat(options.SlowPoll, () => AskHistorian(link => link.Client.Read([OpcUaAddressSpace.ServerState])));
        Repeat(options.SlowPoll, () => AskDisplay(link => link.Client.Read(_powers)));
        foreach (var host in (EthernetHost[])[_station.Host, _station.Historian, _station.Display])
            Repeat(NtpPeriod, () => Synchronise(host));
        if (options.Life == StationLifeKind.Calendar) PlanDays(options.Start / Day * Day);
        else PlanCycles(options.Start);
    }

    // A day at a time, so that the schedule does not grow with the length of the capture.
    private void PlanCycles(long first)
    {
        var start = first;
        for (; start < _end && start < first + Day; start += Nanoseconds(options.Cycle)) PlanCycle(start);
        if (start < _end) At(start, () => PlanCycles(start));
    }

    // What was opened before the capture began is not in it; what is subscribed to is told from its beginning on.
    private void JoinMidway()
    {
        _isBefore = true;
        ConnectHistorian(isDiscovering: false);
        ConnectDisplay();
        _isBefore = false;
        site.Capture.Now = options.Start;
    }

    private OpcUaLink NewLink(EthernetHost host, OpcUaIdentity? own, string applicationUri)
    {
        var link = new OpcUaLink(site, host, own, applicationUri, _station.Random);
        if (_isBefore) link.Session.Visible = Visible.None;
        return link;
    }

    // A client asks how the server can be reached before it connects as it should.
    private void ConnectHistorian(bool isDiscovering)
    {
        if (_station.HistorianLink?.IsOpen == true) return;
        if (isDiscovering)
        {
            var discovery = NewLink(_station.Historian, null, _station.HistorianIdentity.ApplicationUri)
                .Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
            if (!discovery.IsOpen)
            {
                Retry(_station.ConnectHistorian);
                return;
            }

            discovery.Ask(discovery.Client.GetEndpoints(_station.Server.Url));
            discovery.Close(hasSession: false);
            site.Capture.Wait(TimeSpan.FromMilliseconds(20));
        }

        var link = NewLink(_station.Historian, _station.HistorianIdentity, _station.HistorianIdentity.ApplicationUri)
            .Open(OpcUaSecurity.Sign, _lifetime);
        _station.HistorianLink = link;
        link.LogIn("historian", OpcUaStation.HistorianUser, SessionTimeoutMilliseconds);
        link.Ask(link.Client.Read([OpcUaAddressSpace.NamespaceArray, OpcUaAddressSpace.ServerArray]));
        Subscribe(link);
        link.Told = () => HearHistorian(link);
        link.Session.Visible = Visible.Both;
        PlanRenewal(link, OpcUaSecurity.Sign);
    }

    private void ConnectDisplay()
    {
        if (_station.DisplayLink?.IsOpen == true) return;
        var link = NewLink(_station.Display, null, "urn:energy:display").Open(OpcUaSecurity.None, _lifetime);
        if (!link.IsOpen)
        {
            Retry(_station.ConnectDisplay);
            return;
        }

        _station.DisplayLink = link;
        link.LogIn("display", null, SessionTimeoutMilliseconds);
        link.Ask(link.Client.Read([OpcUaAddressSpace.NamespaceArray]));
        link.Session.Visible = Visible.Both;
        PlanRenewal(link, OpcUaSecurity.None);
    }

    // Belongs to what the refused attempt belonged to.
    private void Retry(Action connect) => site.Later(RetryPeriod, connect);

    private void Subscribe(OpcUaLink link)
    {
        var interval = options.FastPoll.TotalMilliseconds;
        link.Ask(link.Client.CreateSubscription(interval, KeepAliveCount));
        _firstSubscription = link.Client.Subscription;
        link.Ask(link.Client.CreateMonitoredItems(_firstSubscription, 1, interval, _measured));
        link.Ask(link.Client.CreateSubscription(interval, KeepAliveCount));
        link.Ask(link.Client.CreateMonitoredItems(link.Client.Subscription, 1000, interval, _states));
        for (var i = 0; i < OutstandingPublishRequests; i++) link.Ask(link.Client.Publish());
        _station.Pump();
    }

    private void HearHistorian(OpcUaLink link)
    {
        if (link.Client.Result == OpcUaStatus.Good)
        {
            link.Ask(link.Client.Publish());
            return;
        }

        if (link.Client.Result != OpcUaStatus.BadNoSubscription || _isRecreating) return;
        _isRecreating = true;
        At(site.Capture.Now + Nanoseconds(Recreation), () =>
        {
            _isRecreating = false;
            if (link.IsOpen) Subscribe(link);
        });
    }

    // Part 4 v1.05 §5.6.2.1: a client renews once three quarters of the lifetime are over.
    private void PlanRenewal(OpcUaLink link, OpcUaSecurity security)
    {
        // In cycles it has a place of its own in each.
        if (options.Life == StationLifeKind.Cycles) return;
        At(site.Capture.Now + _lifetime * 750_000L, () =>
        {
            if (!link.IsOpen) return;
            link.OpenChannel(security, _lifetime);
            PlanRenewal(link, security);
        });
    }

    private void AskHistorian(Asking message) => Ask(_station.HistorianLink, message);

    private void AskDisplay(Asking message) => Ask(_station.DisplayLink, message);

    private static void Ask(OpcUaLink? link, Asking message)
    {
        if (link?.IsOpen == true) link.Ask(message(link));
    }

    private void ReadSettings() => AskHistorian(link => link.Client.Read(_settings));

    private void ReadItems() => AskHistorian(link => link.Client.Call(
        OpcUaAddressSpace.Server, OpcUaAddressSpace.GetMonitoredItems, OpcUaVariant.Of(_firstSubscription)));

    private void SetTariff(int tariff) => AskDisplay(
        link => link.Client.Write(OpcUaAddressSpace.Tariff, OpcUaVariant.Of(tariff)));

    // A page that is opened on the display.
    private void LookAround()
    {
        AskDisplay(link => link.Client.Browse(OpcUaAddressSpace.Objects, OpcUaAddressSpace.Station));
        site.Capture.Wait(TimeSpan.FromMilliseconds(30));
        AskDisplay(link => link.Client.Read([OpcUaAddressSpace.ServerStatus]));
    }

    private void Reconnect(Func<OpcUaLink?> link, Action connect)
    {
        if (link() is not { IsOpen: true } open) return;
        open.Close();
        At(site.Capture.Now + 2 * NanosecondsPerSecond, connect);
    }

    private void PlanCycle(long start)
    {
        var cycle = Nanoseconds(options.Cycle);
        void Around(double part, Action act) =>
            At(start + (long)(cycle * (part + 0.02 * (_station.Random.NextDouble() - 0.5))), act);

        Around(0.08, ReadSettings);
        Around(0.10, () => SetTariff(1 + _station.Random.Next(2)));
        Around(0.14, ReadItems);
        Around(0.16, LookAround);
        Around(0.27, () => Renew(_station.HistorianLink, OpcUaSecurity.Sign));
        Around(0.30, () => Renew(_station.DisplayLink, OpcUaSecurity.None));
        Around(0.45, () => Reconnect(() => _station.HistorianLink, _station.ConnectHistorian));
        Around(0.55, () => Reconnect(() => _station.DisplayLink, _station.ConnectDisplay));
        foreach (var (asker, asked) in Neighbours)
            At(start + _station.Random.NextInt64(cycle), () => site.Resolve(asker, asked));
    }

    private void Renew(OpcUaLink? link, OpcUaSecurity security)
    {
        if (link?.IsOpen == true) link.OpenChannel(security, _lifetime);
    }

    private void PlanDays(long midnight)
    {
        PlanDay(midnight);
        if (midnight + Day < _end) At(midnight + Day, () => PlanDays(midnight + Day));
    }

    // What is planned for a day before the capture begins, or after it ends, is left out.
    private void PlanDay(long midnight)
    {
        void On(double hour, Action act)
        {
            var at = midnight + (long)(hour * 3_600e9);
            if (at >= options.Start && at < _end) At(at, act);
        }

        double Around(double hour) => hour + (_station.Random.NextDouble() - 0.5) / 3;
        for (var hour = 0; hour < 24; hour++) On(hour + 1 / 60.0, ReadSettings);
        On(Around(1.5), ReadItems);
        On(Around(2.1), () => Reconnect(() => _station.HistorianLink, _station.ConnectHistorian));
        On(Around(5.4), () => Reconnect(() => _station.DisplayLink, _station.ConnectDisplay));
        On(6, () => SetTariff(1));
        On(22, () => SetTariff(2));
        On(Around(8), LookAround);
        On(Around(16), LookAround);
        foreach (var (asker, asked) in Neighbours)
        {
            for (var hour = 0; hour < 24; hour += 4)
                On(hour + 4 * _station.Random.NextDouble(), () => site.Resolve(asker, asked));
        }
    }

    private IEnumerable<(EthernetHost Asker, EthernetHost Asked)> Neighbours =>
    [
        (_station.Historian, _station.Host), (_station.Display, _station.Host), (_station.Host, site.Clock),
        (_station.Historian, site.Clock), (_station.Display, site.Clock),
    ];

    private void Synchronise(EthernetHost host)
    {
        var now = site.Capture.Now;
        site.Capture.Add(Packet.Udp(host, 123, site.Clock, 123, BackgroundTraffic.Ntp(server: false, now)));
        site.Capture.Wait(TimeSpan.FromMicroseconds(200 + _station.Random.Next(100)));
        site.Capture.Add(Packet.Udp(
            site.Clock, 123, host, 123, BackgroundTraffic.Ntp(server: true, site.Capture.Now, now)));
    }

    private void Repeat(TimeSpan period, Action act)
    {
        var step = Nanoseconds(period);
        var first = options.Start + 2_000_000 + (long)(_station.Random.NextDouble() * step);
        void Run(int count)
        {
            act();
            var grid = first + (count + 1) * step;
            At(grid + (long)(step * Jitter * (2 * _station.Random.NextDouble() - 1)), () => Run(count + 1));
        }

        At(first, () => Run(0));
    }

    private void At(long time, Action act) => site.At(time, act, null);

    private static SimulatedDevice[] Regulated(Site site) => [.. site.Transformers, site.Solar, site.Charging];

    private static OpcUaNodeId Of(SimulatedDevice device, string name) => OpcUaAddressSpace.Of(device, name);

    private static long Nanoseconds(TimeSpan span) => span.Ticks * 100;

    private delegate ReadOnlySpan<byte> Asking(OpcUaLink link);
}
