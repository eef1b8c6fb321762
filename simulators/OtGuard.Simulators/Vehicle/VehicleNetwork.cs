using OtGuard.Simulators.Joint;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Diagnostics;
using OtGuard.Simulators.Vehicle.Truck;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle;

/// <summary>
/// A simulated vehicle at a moment: its buses, who is on them, and the schedule on which acts to come are put. Attacks
/// work on it.
/// </summary>
public sealed class VehicleNetwork
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly PriorityQueue<(Action Act, TruthRecord? Truth), (long Time, long Order)> _schedule = new();
    private readonly Dictionary<(int Channel, uint Id), Message> _messages = [];
    private readonly Dictionary<TruthRecord, EventSummary> _events = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<TruthRecord> _onEthernet = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, Node> _nodes = [];
    private readonly ICanSink _sink;
    private long _order;
    private long _emitted;
    private long _bytes;
    private long _first;
    private long _last;

    internal VehicleNetwork(VehicleOptions options, ICanSink sink, ChargingStation? station = null)
    {
        Options = options;
        _sink = sink;
        Now = options.Start;
        Random = new Random(options.Seed ^ 0x5EED);
        Traffic = new Random(options.Seed);
        Ethernet = new CaptureBuilder(options.Start);
        State = new VehicleState(options, station);
        Buses = options.Variant switch
        {
            VehicleVariant.Car => [new CanBus(this, 0, 500_000, 500_000), new CanBus(this, 1, 500_000, 500_000)],
            VehicleVariant.CarFd =>
            [
                new CanBus(this, 0, 500_000, 500_000), new CanBus(this, 1, 500_000, 500_000),
                new CanBus(this, 2, 500_000, 2_000_000),
            ],
            VehicleVariant.Truck => [new CanBus(this, 0, 250_000, 250_000)],
        };
    }

    /// <summary>The virtual clock in nanoseconds since 1970.</summary>
    public long Now { get; private set; }

    internal VehicleOptions Options { get; }

    /// <summary>Randomness for attacks, apart from the traffic's.</summary>
    internal Random Random { get; }

    internal Random Traffic { get; }

    internal VehicleState State { get; }

    internal IReadOnlyList<CanBus> Buses { get; }

    /// <summary>The bus of the powertrain, to which the diagnostic connector leads.</summary>
    internal CanBus Main => Buses[0];

    internal IReadOnlyCollection<Message> Messages => _messages.Values;

    internal IReadOnlyCollection<Node> Nodes => _nodes.Values;

    /// <summary>What belongs to an event while its acts run.</summary>
    internal TruthRecord? Truth { get; private set; }

    /// <summary>The vehicle's Ethernet, on which DoIP is spoken.</summary>
    internal CaptureBuilder Ethernet { get; }

    /// <summary>Nanoseconds by which the logger's clock is wrong.</summary>
    internal long LoggerError { get; set; }

    /// <summary>Frames the logger is going to lose.</summary>
    internal int LoseNext { get; set; }

    /// <summary>Diagnostic servers by name; empty in the truck.</summary>
    internal List<UdsServer> Servers { get; } = [];

    /// <summary>Control units that speak J1939 beyond their cyclic messages; empty in the car.</summary>
    internal List<TruckNode> TruckNodes { get; } = [];

    internal Message Message(uint id, int channel = 0) => _messages[(channel, id)];

    internal Node Node(string name)
    {
        if (!_nodes.TryGetValue(name, out var node)) _nodes[name] = node = new Node(name);
        return node;
    }

    internal UdsServer Server(string name) => Servers.First(server => server.Node.Name == name);

    internal Message Add(MessageDefinition definition)
    {
        var node = Node(definition.Node);
        var message = new Message(this, definition, node, Options.Seed);
        node.Messages.Add(message);
        _messages.Add((definition.Channel, definition.Id), message);
        return message;
    }

    /// <summary>Sends a frame on the main bus now.</summary>
    internal void Inject(uint id, params byte[] data) => Main.Send(CanFrame.Classic(id, data));

    /// <summary>Runs <paramref name="act"/> later, as part of the event being marked now.</summary>
    internal void Later(TimeSpan delay, Action act) => At(Now + delay.Ticks * 100, act, Truth);

    /// <summary>
    /// Has acts planned about an hour at a time, whole cycles of the drive, so that the schedule does not grow with the
    /// time simulated: called with the beginning and the end of what to plan, now and whenever the next hour begins.
    /// </summary>
    internal void PlanHours(Action<long, long> plan)
    {
        const long hour = 3_600 * NanosecondsPerSecond;
        var cycle = Options.Cycle.Ticks * 100;
        var span = (hour + cycle - 1) / cycle * cycle;
        var end = Options.Start + Options.Duration.Ticks * 100;
        void Plan(long from)
        {
            plan(from, Math.Min(from + span, end));
            if (from + span < end) At(from + span, () => Plan(from + span), null);
        }

        Plan(Options.Start);
    }

    /// <summary>Runs <paramref name="act"/> again and again for a time, the first time now.</summary>
    internal void Repeat(TimeSpan period, TimeSpan duration, Action<int> act)
    {
        var start = Now;
        void Run(int count)
        {
            act(count);
            var next = start + (count + 1) * period.Ticks * 100;
            if (next < start + duration.Ticks * 100) At(next, () => Run(count + 1), Truth);
        }

        Run(0);
    }

    /// <summary>Plays a script whose steps wait for time or for answers.</summary>
    internal void Play(IEnumerable<Step> script)
    {
        var steps = script.GetEnumerator();
        var truth = Truth;
        void Next()
        {
            using (Mark(truth))
            {
                if (steps.MoveNext()) steps.Current.Begin(Next);
                else steps.Dispose();
            }
        }

        Next();
    }

    /// <summary>A step that lets time pass.</summary>
    internal Step Wait(TimeSpan time) => new(then => Later(time, then));

    /// <summary>A step that lets milliseconds pass.</summary>
    internal Step Wait(double milliseconds) => Wait(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>All frames sent until the result is disposed belong to <paramref name="truth"/>.</summary>
    internal IDisposable Mark(TruthRecord? truth)
    {
        var mark = new MarkScope(this, Truth);
        Truth = truth;
        return mark;
    }

    /// <summary>What belongs to an event is on Ethernet alone: there is nothing of it on the buses.</summary>
    internal void IsOnEthernet(TruthRecord truth) => _onEthernet.Add(truth);

    internal void At(long unixNanoseconds, Action act, TruthRecord? truth) =>
        _schedule.Enqueue((act, truth), (unixNanoseconds, _order++));

    internal void Emit(CanFrame frame, TruthRecord? truth)
    {
        if (LoseNext > 0)
        {
            LoseNext--;
            return;
        }

        if (LoggerError != 0) frame = frame with { Time = frame.Time + LoggerError };
        _emitted++;
        _bytes += frame.Data.Length;
        if (_emitted == 1) _first = frame.Time;
        _last = frame.Time;
        if (truth is not null)
        {
            var known = _events[truth];
            _events[truth] = known with
            {
                FirstFrame = known.Frames == 0 ? _emitted : known.FirstFrame,
                LastFrame = _emitted,
                Frames = known.Frames + 1,
                LastTime = Now,
            };
        }

        _sink.Write(frame, truth);
    }

    /// <summary>When the next act is due, in nanoseconds since 1970.</summary>
    internal long NextAct => _schedule.TryPeek(out _, out var key) ? key.Time : long.MaxValue;

    /// <summary>Runs all acts before <paramref name="end"/> in order.</summary>
    internal void RunUntil(long end, ICaptureSink ethernet, CancellationToken stop = default)
    {
        while (_schedule.TryPeek(out var next, out var key) && key.Time < end && !stop.IsCancellationRequested)
        {
            _schedule.Dequeue();
            Now = key.Time;
            Ethernet.FlushUntil(Now, ethernet);
            State.AdvanceTo(Now);
            Touch(next.Truth);
            using (Mark(next.Truth)) next.Act();
        }

        if (stop.IsCancellationRequested) return;
        Now = end;
        State.AdvanceTo(end);
    }

    /// <summary>Ends it now: what would have gone on lasts until here.</summary>
    internal void End(ICaptureSink ethernet)
    {
        foreach (var (pending, _) in _schedule.UnorderedItems) Touch(pending.Truth);
        Ethernet.FlushAll(ethernet);
    }

    /// <summary>Runs a dialogue on Ethernet at the present moment.</summary>
    internal void OnEthernet(Action act)
    {
        Ethernet.Now = Now;
        using (Ethernet.Mark(Truth)) act();
    }

    internal CaptureSummary Summary =>
        new(_emitted, _bytes, _first, _last, [.. _events.Values.OrderBy(planted => planted.FirstTime)]);

    /// <summary>Bus load as a share of the time simulated, for each channel.</summary>
    internal IReadOnlyList<double> Loads =>
        [.. Buses.Select(bus => bus.Busy / (Options.Duration.TotalSeconds * NanosecondsPerSecond))];

    // An event without frames of its own (a message that is missing) has a beginning and an end all the same.
    private void Touch(TruthRecord? truth)
    {
        if (truth is null || _onEthernet.Contains(truth)) return;
        _events[truth] = _events.TryGetValue(truth, out var known)
            ? known with { LastTime = Now, LastFrame = known.Frames == 0 ? _emitted : known.LastFrame }
            : new EventSummary(truth, _emitted + 1, _emitted, 0, Now, Now);
    }

    private sealed class MarkScope(VehicleNetwork network, TruthRecord? before) : IDisposable
    {
        public void Dispose() => network.Truth = before;
    }
}

/// <summary>A step of a script: it begins, and calls what follows when it is over.</summary>
internal readonly record struct Step(Action<Action> Begin);
