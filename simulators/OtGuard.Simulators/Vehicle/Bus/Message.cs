using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>A message as its sender sends it: with its counter, in its rhythm.</summary>
internal sealed class Message
{
    // Release of a task in an electronic control unit: mostly within 0.1 ms, one in a hundred up to 2 % late.
    private const double JitterNanoseconds = 60_000;
    private const double LateShare = 0.01;
    private const double LateFraction = 0.02;
    private const long Millisecond = 1_000_000;

    private readonly VehicleNetwork _network;
    private readonly Random _random;
    private readonly CanBus _bus;
    private readonly long _period;
    private long _next;
    private Action<byte[]>? _lie;
    private bool _protectLie;
    private bool _onTheWay;
    private TruthRecord? _liar;

    public Message(VehicleNetwork network, MessageDefinition definition, Node node, int seed)
    {
        _network = network;
        Definition = definition;
        Node = node;
        _random = new Random(seed ^ (int)(definition.Id * 2654435761U) ^ definition.Channel << 8);
        _bus = network.Buses[definition.Channel];
        // Quartz oscillators of control units are within 100 ppm.
        _period = (long)(definition.CycleMilliseconds * (double)Millisecond * (1 + (_random.NextDouble() - 0.5) * 2e-4));
        Counter = _random.Next(16);
    }

    public MessageDefinition Definition { get; }

    public Node Node { get; }

    public uint Id => Definition.Id;

    /// <summary>Counts the frames sent.</summary>
    public int Counter { get; private set; }

    /// <summary>True where its sender is kept from sending it.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Makes releases late by up to so much; for jitter under load.</summary>
    public long ExtraJitter { get; set; }

    /// <summary>Nanoseconds between two frames as its sender intends.</summary>
    public TimeSpan Period => TimeSpan.FromTicks(_period / 100);

    /// <summary>Begins sending.</summary>
    public void Begin(long start)
    {
        if (_period == 0) return;
        _next = start + (long)(_random.NextDouble() * _period);
        _network.At(_next, Tick, null);
    }

    /// <summary>Sends it now and twice more, 20 ms apart: something has happened.</summary>
    public void Fire()
    {
        for (var i = 0; i < 3; i++) _network.Later(TimeSpan.FromMilliseconds(20 * i), Release);
    }

    /// <summary>
    /// Another node sends it from now on, in the rhythm of the true sender, which keeps silent: the content is genuine
    /// but for what <paramref name="lie"/> changes.
    /// </summary>
    /// <param name="lie">Changes the data.</param>
    /// <param name="protect">True to write counter and checksum as they should be after that.</param>
    /// <param name="onTheWay">
    /// True where the true sender's frames are changed on the way: those left as they were are nobody's attack.
    /// </param>
    public void TakeOver(Action<byte[]> lie, bool protect = true, bool onTheWay = false)
    {
        _lie = lie;
        _onTheWay = onTheWay;
        _protectLie = protect;
        _liar = _network.Truth;
    }

    /// <summary>The true sender sends again.</summary>
    public void GiveBack()
    {
        _lie = null;
        _liar = null;
    }

    /// <summary>The data its sender would send now, with a counter so many ahead.</summary>
    public byte[] Genuine(int ahead = 0) => Definition.Encode(_network.State, Counter + ahead);

    /// <summary>A frame of this message with other data.</summary>
    public CanFrame Frame(byte[] data)
    {
        var flags = Definition.Extended ? CanFrameTypes.Extended : CanFrameTypes.None;
        return Definition.Fd
            ? CanFrame.FlexibleDataRate(Definition.Id, data, flags)
            : CanFrame.Classic(Definition.Id, data, flags);
    }

    /// <summary>The counter begins anew, as after a reset.</summary>
    public void Restart() => Counter = 0;

    private void Tick()
    {
        var active = Definition.Active is not { } condition || condition(_network.State);
        if (active) Release();
        _next += _period;
        var late = _random.NextDouble() < LateShare ? _random.NextDouble() * LateFraction * _period : 0;
        // The sum of three is bell-shaped enough, and bounded.
        var jitter = (_random.NextDouble() + _random.NextDouble() + _random.NextDouble() - 1.5) * JitterNanoseconds;
        var extra = ExtraJitter > 0 ? _random.NextInt64(ExtraJitter) : 0;
        _network.At(Math.Max(_network.Now + 1, _next + (long)(jitter + late) + extra), Tick, null);
    }

    private void Release()
    {
        if (Node.IsAsleep) return;
        if (_lie is not null)
        {
            var genuine = Definition.Encode(_network.State, Counter++);
            var data = genuine.ToArray();
            _lie(data);
            if (_protectLie) Definition.Protect(data, Counter - 1);
            _bus.Send(Frame(data), _onTheWay && data.AsSpan().SequenceEqual(genuine) ? null : _liar);
            return;
        }

        if (IsSuspended || Node.IsSilent) return;
        _bus.Send(Frame(Definition.Encode(_network.State, Counter++)));
    }
}
