using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.AddressBinding;

/// <summary>
/// A8: an IP address moves to another link address than the learned one; two link addresses claim one IP address in
/// turns; a host asks for more addresses than a host needs.
/// </summary>
/// <remarks>
/// The first needs a baseline. The second does not: it takes A claiming, B claiming and A claiming again within
/// <see cref="AddressBindingOptions.ConflictSpan"/>, so that a device replaced by another (A, then B) is none. It looks
/// at ARP only: in the headers of routed packets an address changes its MAC with the router that delivers it.
/// </remarks>
internal sealed class AddressBindingDetector : IDetector
{
    private static readonly DeviationKind Changed = DeviationCatalogue.Kind("address-binding-changed");
    private static readonly DeviationKind Conflict = DeviationCatalogue.Kind("address-conflict");
    private static readonly DeviationKind Burst = DeviationCatalogue.Kind("address-request-burst");

    private readonly AddressBindingOptions _options;
    private readonly LruTable<NetworkAddress, Claims> _claims;
    private readonly LruTable<NetworkAddress, Requests> _requests;

    public AddressBindingDetector(AddressBindingOptions options)
    {
        _options = options;
        _claims = new LruTable<NetworkAddress, Claims>(options.MaximumHosts);
        _requests = new LruTable<NetworkAddress, Requests>(options.MaximumHosts);
    }

    public string Name => "address-binding";

    public IReadOnlyList<string> Kinds { get; } = [Changed.Name, Conflict.Name, Burst.Name];

    public Interests Interests => Interests.Network;

    public void Observe(in Observation observation, DetectionContext context)
    {
        switch (observation.Operation)
        {
            case Operation.AddressBound:
                if ((context.Novelty & Novelty.Binding) != 0) RaiseChange(in observation, context);
                else if (observation.Connection.Transport == Transport.Link) Claim(in observation, context);
                break;
            case Operation.AddressSought:
                Seek(in observation, context);
                break;
            default:
                break;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void RaiseChange(in Observation observation, DetectionContext context)
    {
        if (context.Baseline is not { } baseline) return;
        var (address, link) = (observation.Subject, observation.LinkAddress);
        var key = Facts.Of(address, link);
        if (context.Deviations.Repeat(Changed.Name, key, in observation)) return;
        var learned = Phrases.List(baseline.BindingOf(address), "no link address");
        var silence = TimeSpan.FromTicks(Math.Max(0, observation.LatencyNanoseconds) / 100);
        var severity = new SeverityTally(Changed)
            .Inform(
                silence >= _options.ReplacementSilence,
                $"the address was silent for {Spans.Text(silence)} before, as when a device is exchanged")
            .Add(baseline.KnowsHost(link) || baseline.IsBound(link), 10, $"{link} was learned as another host's");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Changed,
                Subject = address.ToString(),
                Expected = $"at {learned}",
                Observed = $"at {link}",
                Message = new Message(
                    "address-binding-changed",
                    ("address", address.ToString()),
                    ("link", link.ToString()),
                    ("learned", learned)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    private void Claim(in Observation observation, DetectionContext context)
    {
        var (address, link) = (observation.Subject, observation.LinkAddress);
        // Where a link address was learned, the learned part says what is new; two learned ones are a redundant adapter.
        if (address.Kind == AddressKind.None || context.Baseline is { } baseline && baseline.BindingOf(address).Count > 0)
            return;
        ref var claims = ref _claims.GetOrAdd(address, static () => default);
        if (link == claims.Latest)
        {
            claims.LatestEvent = Event.Of(in observation);
            return;
        }

        var returns = link == claims.Before && observation.Time - claims.BeforeEvent.Time <= _options.ConflictSpan;
        var between = claims.LatestEvent;
        var other = claims.Latest;
        claims = new Claims
        {
            Latest = link,
            LatestEvent = Event.Of(in observation),
            Before = claims.Latest,
            BeforeEvent = claims.LatestEvent,
        };
        if (returns) RaiseConflict(in observation, other, between, context);
    }

    private static void RaiseConflict(
        in Observation observation, NetworkAddress other, Event between, DetectionContext context)
    {
        var (address, link) = (observation.Subject, observation.LinkAddress);
        var key = Facts.Of(address);
        if (context.Deviations.Repeat(Conflict.Name, key, in observation)) return;
        var severity = new SeverityTally(Conflict);
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Conflict,
                Subject = address.ToString(),
                Expected = "one link address for an IP address",
                Observed = $"{link} and {other} in turns",
                Message = new Message(
                    "address-conflict",
                    ("address", address.ToString()),
                    ("first", link.ToString()),
                    ("second", other.ToString())),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
        Event.Cover(deviation, [between], context.Deviations);
    }

    private void Seek(in Observation observation, DetectionContext context)
    {
        var sender = observation.LinkAddress;
        ref var requests = ref _requests.GetOrAdd(sender, () => new Requests(_options));
        if (context.Baseline is not { } baseline || !baseline.KnowsHost(observation.Subject))
            requests.UnknownSought = observation.Time;
        // One more than are allowed makes the burst.
        if (!requests.Window.Add(Event.Of(in observation))) return;

        var key = Facts.Of(sender);
        if (context.Deviations.Repeat(Burst.Name, key, in observation)) return;
        var onlyKnown = observation.Time - requests.UnknownSought > _options.RequestSpan;
        var severity = new SeverityTally(Burst)
            .Inform(onlyKnown, "it looks for hosts that are known: partners that do not answer");
        var limit = string.Create(CultureInfo.InvariantCulture, $"{_options.MaximumRequests}");
        var span = string.Create(CultureInfo.InvariantCulture, $"{_options.RequestSpan.TotalSeconds:0} s");
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Burst,
                Subject = sender.ToString(),
                Expected = $"at most {limit} requests in {span}",
                Observed = $"more than {limit} requests in {span}, the latest for {observation.Subject}",
                Message = new Message(
                    onlyKnown ? "address-request-burst.known" : "address-request-burst",
                    ("sender", sender.ToString()),
                    ("address", observation.Subject.ToString()),
                    ("limit", limit),
                    ("span", span)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
        Event.Cover(deviation, requests.Window.Earlier(), context.Deviations);
    }

    /// <summary>The two link addresses that claimed an IP address last, and when.</summary>
    private struct Claims
    {
        public NetworkAddress Latest;
        public Event LatestEvent;
        public NetworkAddress Before;
        public Event BeforeEvent;
    }

    /// <summary>A host's latest requests, and when it last asked for a host that was not learned.</summary>
    private struct Requests(AddressBindingOptions options)
    {
        public readonly EventWindow Window = new(options.MaximumRequests + 1, options.RequestSpan);
        public CaptureTime UnknownSought = new(long.MinValue / 2);
    }
}
