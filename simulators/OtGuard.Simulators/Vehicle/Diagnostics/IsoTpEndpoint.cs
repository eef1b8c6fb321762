using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Diagnostics;

/// <summary>One end of a connection of ISO-TP with normal addressing.</summary>
/// <remarks>ISO 15765-2:2016 §9.4 (frames), §9.6.5 (flow control), §9.8 (times).</remarks>
internal sealed class IsoTpEndpoint
{
    private const byte Padding = 0xCC;
    private static readonly TimeSpan Turnaround = TimeSpan.FromMicroseconds(400);
    private static readonly TimeSpan FlowControlTimeout = TimeSpan.FromSeconds(1);

    private readonly VehicleNetwork _network;
    private readonly CanBus _bus;
    private readonly CanFrameTypes _flags;
    private byte[]? _sending;
    private int _sent;
    private byte _sequence;
    private long _attempt;
    private byte[]? _receiving;
    private int _received;
    private byte _expected;
    private int _block;

    public IsoTpEndpoint(VehicleNetwork network, CanBus bus, uint sendId, uint receiveId, bool extended = false)
    {
        _network = network;
        _bus = bus;
        SendId = sendId;
        _flags = extended ? CanFrameTypes.Extended : CanFrameTypes.None;
        bus.Listen(receiveId, extended, OnFrame);
    }

    public uint SendId { get; }

    /// <summary>What to do with a complete message.</summary>
    public Action<byte[]> Received { get; set; } = _ => { };

    /// <summary>Frames the other end may send before it has to wait; 0 for all.</summary>
    public byte BlockSize { get; set; } = 8;

    /// <summary>Milliseconds between two consecutive frames, asked of the other end.</summary>
    public byte SeparationMilliseconds { get; set; } = 2;

    /// <summary>True for an end that answers nothing.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Sends a message of at most 4095 bytes.</summary>
    public void Send(byte[] message)
    {
        if (message.Length <= 7)
        {
            Put([(byte)message.Length, .. message]);
            return;
        }

        _sending = message;
        _sent = 6;
        _sequence = 1;
        var attempt = ++_attempt;
        Put([(byte)(0x10 | message.Length >> 8), (byte)message.Length, .. message.AsSpan(0, 6)]);
        _network.Later(FlowControlTimeout, () =>
        {
            if (_attempt == attempt && _sent == 6) _sending = null;
        });
    }

    private void OnFrame(CanFrame frame)
    {
        if (IsDeaf || frame.IsRemote || frame.Data.Length == 0) return;
        var data = frame.Data;
        switch (data[0] >> 4)
        {
            case 0 when data[0] is > 0 and <= 7 && data[0] < data.Length:
                _receiving = null;
                Received(data[1..(data[0] + 1)]);
                break;
            case 1 when data.Length == 8:
                First(data);
                break;
            case 2 when _receiving is not null:
                Consecutive(data);
                break;
            case 3 when _sending is not null && (data[0] & 0x0F) == 0 && data.Length >= 3:
                Continue(data[1], data[2]);
                break;
        }
    }

    private void First(byte[] data)
    {
        var length = (data[0] & 0x0F) << 8 | data[1];
        if (length < 8)
        {
            // The escape sequence announces more than any of these control units has room for: overflow (§9.6.5.2).
            if (length == 0) _network.Later(Turnaround, () => Put([0x32, 0, 0]));
            return;
        }

        _receiving = new byte[length];
        data.AsSpan(2, 6).CopyTo(_receiving);
        _received = 6;
        _expected = 1;
        _block = 0;
        _network.Later(Turnaround, Permit);
    }

    private void Consecutive(byte[] data)
    {
        if ((data[0] & 0x0F) != _expected)
        {
            _receiving = null;
            return;
        }

        _expected = (byte)(_expected + 1 & 0x0F);
        var count = Math.Min(7, Math.Min(data.Length - 1, _receiving!.Length - _received));
        data.AsSpan(1, count).CopyTo(_receiving.AsSpan(_received));
        _received += count;
        if (_received == _receiving.Length)
        {
            var message = _receiving;
            _receiving = null;
            Received(message);
        }
        else if (BlockSize > 0 && ++_block == BlockSize)
        {
            _block = 0;
            _network.Later(Turnaround, Permit);
        }
    }

    private void Permit() => Put([0x30, BlockSize, SeparationMilliseconds]);

    private void Continue(byte block, byte separation)
    {
        var gap = TimeSpan.FromMilliseconds(Math.Max(0.3, separation <= 0x7F ? separation * 1.05 : 0.3));
        void Next(int inBlock)
        {
            if (_sending is not { } message) return;
            var count = Math.Min(7, message.Length - _sent);
            Put([(byte)(0x20 | _sequence), .. message.AsSpan(_sent, count)]);
            _sequence = (byte)(_sequence + 1 & 0x0F);
            _sent += count;
            if (_sent >= message.Length) _sending = null;
            else if (block == 0 || inBlock + 1 < block) _network.Later(gap, () => Next(inBlock + 1));
        }

        _network.Later(Turnaround, () => Next(0));
    }

    private void Put(ReadOnlySpan<byte> content)
    {
        var data = new byte[8];
        data.AsSpan().Fill(Padding);
        content.CopyTo(data);
        _bus.Send(CanFrame.Classic(SendId, data, _flags));
    }
}
