using OtGuard.Simulators.Joint;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>What is played live.</summary>
public sealed record LiveOptions
{
    /// <summary>Seconds of the site in a true second; 1 is real time.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>The substation; null for none.</summary>
    public SubstationOptions? Substation { get; init; }

    /// <summary>What is planted in the substation.</summary>
    public IReadOnlyList<PlannedEvent> Planned { get; init; } = [];

    /// <summary>Where the substation's hosts are.</summary>
    public LiveAddresses Addresses { get; init; } = LiveAddresses.Loopback;

    /// <summary>
    /// The vehicle; null for none. Beside a substation it charges at its park, and both have to begin together.
    /// </summary>
    public VehicleOptions? Vehicle { get; init; }

    /// <summary>What is planted in the vehicle.</summary>
    public IReadOnlyList<PlannedVehicleEvent> PlannedVehicle { get; init; } = [];

    /// <summary>Takes the frames of the vehicle's buses; needed where there is a vehicle.</summary>
    public ILiveCanSink? Buses { get; init; }

    /// <summary>
    /// Told of the planted events whenever one began, went on or ended, about once a second; null where nobody wants to
    /// know.
    /// </summary>
    public Action<IReadOnlyList<LiveEvent>>? EventsChanged { get; init; }
}

/// <summary>A planted event as it was carried out.</summary>
/// <param name="Truth">What it is; hosts of the substation by the addresses they really had.</param>
/// <param name="Begin">When it began, in nanoseconds since 1970, true time.</param>
/// <param name="End">When it was last at work.</param>
public sealed record LiveEvent(TruthRecord Truth, long Begin, long End);

/// <summary>What came of a live run.</summary>
/// <param name="Simulated">Time of the site that was played.</param>
/// <param name="Servers">The substation's servers.</param>
/// <param name="Clients">The substation's clients, taken together.</param>
/// <param name="Vehicle">The vehicle; null where there was none.</param>
/// <param name="Events">The planted events.</param>
public sealed record LiveSummary(
    TimeSpan Simulated, IReadOnlyList<LiveServerCounts> Servers, LiveClientCounts Clients, VehicleSummary? Vehicle,
    IReadOnlyList<LiveEvent> Events);

/// <summary>
/// Plays a site in real time, or a multiple of it: the substation's servers are real ones on TCP, its SCADA pair,
/// operators and workstation real clients, and whoever connects is answered as they are; the vehicle's frames leave when
/// they are due.
/// </summary>
/// <remarks>
/// Time is driven by one thread. Servers answer on threads of their own; one lock lets one at a time touch the site.
/// What consists of single packets (ARP, NTP, GOOSE, spanning tree, half-open connections) is left to the machine's own
/// network stack and not played; events made of it cannot be planted (<see cref="Attacks.IPlantedEvent.CanBeLive"/>).
/// </remarks>
public sealed class LiveSimulation : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly LiveOptions _options;
    private readonly LiveSubstation? _substation;
    private readonly VehicleSimulation? _vehicle;
    private readonly LiveClock _clock;
    private readonly LiveWorld _world;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly long _end;
    private long _reached;
    private IReadOnlyList<LiveEvent> _told = [];

    /// <summary>Prepares the site and opens its servers; its time begins now.</summary>
    /// <exception cref="LiveException">An address or port is not to be had.</exception>
    /// <exception cref="ArgumentException">The options do not go together.</exception>
    public LiveSimulation(LiveOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.Speed > 0)) throw new ArgumentException("The speed has to be above 0.", nameof(options));
        _options = options;
        _time = time ?? TimeProvider.System;
        var duration = (options.Substation?.Duration ?? options.Vehicle?.Duration)
            ?? throw new ArgumentException("There is nothing to be played.", nameof(options));
        _start = options.Substation?.Start ?? options.Vehicle!.Start;
        if (options.Substation is { } substation && options.Vehicle is { } vehicle
            && (vehicle.Start != substation.Start || vehicle.Duration != substation.Duration))
        {
            throw new ArgumentException("The substation and the vehicle have to begin and to end together.", nameof(options));
        }

        _end = _start + duration.Ticks * 100;
        _reached = _start;
        var station = options.Substation is not null && options.Vehicle is not null ? new ChargingStation() : null;
        if (options.Vehicle is not null)
        {
            _vehicle = new VehicleSimulation(
                options.Vehicle, options.Buses ?? throw new ArgumentException("Nobody takes the frames.", nameof(options)), null,
                options.PlannedVehicle, station);
        }

        if (options.Substation is not null)
            _substation = new LiveSubstation(options.Substation, options.Planned, station, options.Addresses, _time);
        _clock = new LiveClock(_time, _start, options.Speed);
        _world = new LiveWorld(_clock, Meet);
        try
        {
            _substation?.Listen(_world);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The substation's servers and where they listen.</summary>
    public IReadOnlyList<LiveServerCounts> Servers => _substation?.Servers ?? [];

    /// <summary>Plays until the time is over or <paramref name="stop"/> is cancelled; every socket is closed then.</summary>
    /// <exception cref="IOException">The frames of the buses cannot be handed on: whoever read them has gone.</exception>
    /// <exception cref="LiveException">A CAN interface went down.</exception>
    public async Task<LiveSummary> RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _substation?.Start(ending.Token);
        try
        {
            var told = _time.GetTimestamp();
            while (!stop.IsCancellationRequested)
            {
                var next = _world.Alone(Advance);
                _options.Buses?.Flush();
                if (_time.GetElapsedTime(told) >= Pace)
                {
                    told = _time.GetTimestamp();
                    TellEvents();
                }

                if (_reached >= _end) break;
                await _clock.WaitUntilAsync(Math.Min(next, _end), ending.Token);
            }
        }
        finally
        {
            await ending.CancelAsync();
            if (_substation is not null) await _substation.EndAsync();
        }

        _vehicle?.Complete();
        _options.Buses?.Flush();
        TellEvents();
        return new LiveSummary(
            TimeSpan.FromTicks((_reached - _start) / 100), Servers, _substation?.Clients ?? new LiveClientCounts(0, 0, 0, 0, 0, 0, 0),
            _vehicle?.Summary, _told);
    }

    /// <inheritdoc/>
    public void Dispose() => _substation?.Dispose();

    // Does what is due, and says when something is due next: within a second at the latest, for the events' sake.
    private long Advance()
    {
        var now = Math.Min(_clock.Now, _end);
        if (_substation is not null && _vehicle is not null)
        {
            SideBySide.Run(
                _reached, now, _vehicle.RunUntil, (time, _) => _substation.RunUntil(time));
        }
        else
        {
            _vehicle?.RunUntil(now);
            _substation?.RunUntil(now);
        }

        _reached = now;
        var soon = now + (long)(Pace.Ticks * 100 * _options.Speed);
        return Math.Min(soon, Math.Min(_substation?.NextAct ?? long.MaxValue, _vehicle?.NextAct ?? long.MaxValue));
    }

    // Whoever meets the site between two acts meets it at its present time.
    private void Meet(long now)
    {
        if (_substation is null) return;
        var site = _substation.Simulation.Site;
        site.Capture.Now = now;
        site.Process.AdvanceTo(now);
    }

    private void TellEvents()
    {
        var events = _world.Alone(Events);
        if (events.Select(Moments).SequenceEqual(_told.Select(Moments))) return;
        _told = events;
        _options.EventsChanged?.Invoke(events);
    }

    private static (string Name, long Begin, long End) Moments(LiveEvent happened) =>
        (happened.Truth.Event, happened.Begin, happened.End);

    private List<LiveEvent> Events()
    {
        List<LiveEvent> events = [];
        foreach (var planted in _substation?.Simulation.Summary.Events ?? []) events.Add(Happened(planted, WithRealAddresses(planted.Truth)));
        foreach (var planted in _vehicle?.Summary.Can.Events ?? []) events.Add(Happened(planted, planted.Truth));
        return events;
    }

    private LiveEvent Happened(EventSummary planted, TruthRecord truth) =>
        new(truth, _clock.TrueTime(planted.FirstTime), _clock.TrueTime(planted.LastTime));

    private TruthRecord WithRealAddresses(TruthRecord truth)
    {
        string Real(string simulated) => _options.Addresses.Of(EthernetHost.At(simulated)).ToString();
        return truth with { Attacker = Real(truth.Attacker), Victims = [.. truth.Victims.Select(Real)] };
    }
}
