using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>
/// One bus: whoever wants to send waits until it is idle, then the smallest identifier wins, and the frame takes as long
/// as its bits.
/// </summary>
internal sealed class CanBus
{
    // ISO 11898-1:2015 §12.1.4: each error of a sender adds 8, above 255 it leaves the bus.
    private const int ErrorsUntilBusOff = 32;

    // A bit error in the first byte of data: start of frame, identifier, control, some data.
    private const int BitsUntilError = 24;

    private readonly VehicleNetwork _network;
    private readonly PriorityQueue<Pending, (ulong Arbitration, long Order)> _pending = new();
    private readonly Dictionary<uint, List<Action<CanFrame>>> _listeners = [];
    private readonly List<Action<CanFrame>> _everything = [];
    private readonly Dictionary<uint, Destruction> _destroyed = [];
    private long _order;
    private long _freeAt;
    private bool _armed;

    public CanBus(VehicleNetwork network, int channel, int bitsPerSecond, int dataBitsPerSecond)
    {
        _network = network;
        Channel = channel;
        BitsPerSecond = bitsPerSecond;
        DataBitsPerSecond = dataBitsPerSecond;
    }

    public int Channel { get; }

    public int BitsPerSecond { get; }

    public int DataBitsPerSecond { get; }

    /// <summary>Nanoseconds in which the bus was not idle.</summary>
    public long Busy { get; private set; }

    /// <summary>Frames that wait for the bus.</summary>
    public int Waiting => _pending.Count;

    /// <summary>Wants to send now, as part of the event that is being marked.</summary>
    public void Send(CanFrame frame) => Send(frame, _network.Truth);

    /// <summary>Wants to send now.</summary>
    public void Send(CanFrame frame, TruthRecord? truth)
    {
        _pending.Enqueue(
            new Pending(frame with { Channel = Channel }, truth), (CanBits.Arbitration(frame), _order++));
        if (_armed) return;
        _armed = true;
        _network.At(Math.Max(_network.Now, _freeAt), Arbitrate, null);
    }

    /// <summary>Calls <paramref name="act"/> for each complete frame of an identifier, errors left out.</summary>
    public void Listen(uint id, bool extended, Action<CanFrame> act)
    {
        var key = Key(id, extended);
        if (!_listeners.TryGetValue(key, out var list)) _listeners[key] = list = [];
        list.Add(act);
    }

    /// <summary>Calls <paramref name="act"/> for each complete frame, errors left out.</summary>
    public void ListenToAll(Action<CanFrame> act) => _everything.Add(act);

    /// <summary>
    /// Destroys the next transmissions of an identifier by a bit error. Their sender tries again until it leaves the
    /// bus, which nobody can see but by its silence.
    /// </summary>
    /// <param name="id">The identifier.</param>
    /// <param name="attempts">How many attempts are destroyed.</param>
    /// <param name="busOff">Called when the sender has left the bus.</param>
    public void Destroy(uint id, int attempts, Action? busOff = null) =>
        _destroyed[id] = new Destruction(attempts, 0, _network.Truth, busOff);

    private void Arbitrate()
    {
        if (!_pending.TryDequeue(out var next, out _))
        {
            _armed = false;
            return;
        }

        if (_destroyed.TryGetValue(next.Frame.Id, out var destruction) && next.Truth is null)
        {
            Fail(next, destruction);
            return;
        }

        var duration = CanBits.Nanoseconds(next.Frame, BitsPerSecond, DataBitsPerSecond);
        _network.At(_network.Now + duration, () => Complete(next, duration), null);
    }

    private void Complete(Pending sent, long duration)
    {
        Release(duration);
        var frame = sent.Frame with { Time = _network.Now };
        _network.Emit(frame, sent.Truth);
        using (_network.Mark(sent.Truth))
        {
            if (_listeners.TryGetValue(Key(frame.Id, frame.IsExtended), out var list))
            {
                foreach (var act in list) act(frame);
            }

            foreach (var act in _everything) act(frame);
        }
    }

    private void Fail(Pending sent, Destruction destruction)
    {
        var duration = (BitsUntilError + CanBits.ErrorFlag) * 1_000_000_000L / BitsPerSecond;
        _network.At(_network.Now + duration, Report, null);

        void Report()
        {
            Release(duration);
            // include/uapi/linux/can/error.h: CAN_ERR_PROT | CAN_ERR_BUSERROR; CAN_ERR_PROT_BIT, location "data".
            byte[] data = [0, 0, 0x01, 0x0A, 0, 0, 0, 0];
            _network.Emit(
                new CanFrame(_network.Now, Channel, 0x88, CanFrameTypes.Error, data, data.Length), destruction.Truth);
            var count = destruction.Count + 1;
            if (count < destruction.Attempts) _destroyed[sent.Frame.Id] = destruction with { Count = count };
            else _destroyed.Remove(sent.Frame.Id);
            if (count >= ErrorsUntilBusOff)
            {
                using (_network.Mark(destruction.Truth)) destruction.BusOff?.Invoke();
            }
            else
            {
                Send(sent.Frame, sent.Truth);
            }
        }
    }

    private void Release(long duration)
    {
        Busy += duration;
        _freeAt = _network.Now + CanBits.Intermission * 1_000_000_000L / BitsPerSecond;
        _network.At(_freeAt, Arbitrate, null);
    }

    private static uint Key(uint id, bool extended) => extended ? id | 0x8000_0000 : id;

    private sealed record Pending(CanFrame Frame, TruthRecord? Truth);

    private sealed record Destruction(int Attempts, int Count, TruthRecord? Truth, Action? BusOff);
}
