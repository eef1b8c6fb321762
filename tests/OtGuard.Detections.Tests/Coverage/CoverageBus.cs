using System.Buffers.Binary;
using System.Globalization;
using OtGuard.Simulators.Wire;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>
/// The CAN bus of a site: messages that come in their periods from the capture's beginning to its end, whatever cases do
/// beside, and what cases send. A diagnostic tester works on a car's; a truck's speaks J1939.
/// </summary>
internal sealed class CoverageBus
{
    /// <summary>Set in an identifier of 29 bits.</summary>
    public const uint Extended = 0x8000_0000;

    private const long Millisecond = 1_000_000;

    /// <summary>Longer than the frame with the most bits at 500 kbit/s.</summary>
    private const long FrameNanoseconds = 250_000;

    private static readonly Periodic[] Car =
    [
        new(0x0C0, 20), new(0x1A0, 20), new(0x2B0, 50), new(0x320, 100), new(0x4A0, 200), new(0x5F0, 1000),
    ];

    private static readonly Periodic[] Truck =
    [
        new(0x0CF0_0400 | Extended, 20), new(0x0CF0_0300 | Extended, 50), new(0x18FE_F100 | Extended, 100),
        new(0x18FE_BF0B | Extended, 100), new(0x18FE_EE00 | Extended, 1000), new(0x18FE_F521 | Extended, 1000),
    ];

    private static readonly Periodic[] Drive = [new(0x110, 20), new(0x120, 20), new(0x130, 50), new(0x140, 100)];

    private readonly CaptureBuilder _clock;
    private readonly CaptureBuilder _frames;
    private readonly CoverageNetwork _network;
    private readonly List<(uint Identifier, long From, long To)> _mutes = [];
    private readonly List<(uint Identifier, long From, long To, PayloadChange Change)> _changes = [];

    public CoverageBus(CaptureBuilder clock, CoverageNetwork network)
    {
        _clock = clock;
        _frames = new CaptureBuilder(clock.Now);
        _network = network;
        Tester = new CoverageTester(this, 0x7E0, 0x7E8);
    }

    /// <summary>The identifiers of the normal traffic, the most frequent first.</summary>
    public IReadOnlyList<uint> Identifiers => [.. Messages.Select(message => message.Identifier)];

    /// <summary>The tester of a car's normal traffic: 7E0, answered by 7E8.</summary>
    public CoverageTester Tester { get; }

    private Periodic[] Messages => _network switch
    {
        CoverageNetwork.Plant or CoverageNetwork.Process or CoverageNetwork.OpcUa or CoverageNetwork.OpcUaSigned or CoverageNetwork.OpcUaEncrypted => [],
        CoverageNetwork.Car => Car,
        CoverageNetwork.Truck => Truck,
        CoverageNetwork.Drive => Drive,
    };

    /// <summary>A tester with other identifiers.</summary>
    public CoverageTester TesterAt(uint request, uint response) => new(this, request, response);

    /// <summary>Lets time pass; the normal messages go on.</summary>
    public CoverageBus Wait(double seconds)
    {
        _clock.Wait(TimeSpan.FromSeconds(seconds));
        return this;
    }

    /// <summary>A data frame at the present time. Bit 31 of the identifier is set for one of 29 bits.</summary>
    public CoverageBus Send(uint identifier, params ReadOnlySpan<byte> payload)
    {
        Add(_clock.Now, SocketCan(identifier, payload, 0));
        _clock.Now += FrameNanoseconds;
        return this;
    }

    /// <summary>A frame of the normal traffic at the present time, with what its own sender would send then.</summary>
    public CoverageBus SendAgain(uint identifier)
    {
        var index = Array.FindIndex(Messages, message => message.Identifier == identifier);
        var count = (_clock.Now - _frames.Start - index * 3 * Millisecond) / (Messages[index].PeriodMilliseconds * Millisecond);
        return Send(identifier, Payload(index, (int)count));
    }

    /// <summary>A data frame with the payload in hexadecimal digits.</summary>
    public CoverageBus Send(uint identifier, string payload) => Send(identifier, Bytes(payload));

    /// <summary>A CAN FD frame; bit 0 of the flags is BRS, bit 1 ESI.</summary>
    public CoverageBus SendFd(uint identifier, byte flags, params ReadOnlySpan<byte> payload)
    {
        const byte isFd = 4;
        Add(_clock.Now, SocketCan(identifier, payload, (byte)(flags | isFd)));
        _clock.Now += FrameNanoseconds;
        return this;
    }

    /// <summary>A remote frame.</summary>
    public CoverageBus SendRemote(uint identifier, int length = 8)
    {
        const uint isRemote = 0x4000_0000;
        Add(_clock.Now, SocketCan(identifier | isRemote, new byte[length], 0));
        _clock.Now += FrameNanoseconds;
        return this;
    }

    /// <summary>An error frame: the classes of linux/can/error.h and the controller's state (byte 1).</summary>
    public CoverageBus SendError(uint classes, byte controller = 0)
    {
        const uint isError = 0x2000_0000;
        Add(_clock.Now, SocketCan(classes | isError, [0, controller, 0, 0, 0, 0, 0, 0], 0));
        _clock.Now += FrameNanoseconds;
        return this;
    }

    /// <summary>From now on a message of the normal traffic does not come.</summary>
    public CoverageBus Mute(uint identifier)
    {
        _mutes.Add((identifier, _clock.Now, long.MaxValue));
        return this;
    }

    /// <summary>It comes again.</summary>
    public CoverageBus Unmute(uint identifier)
    {
        var at = _mutes.FindLastIndex(mute => mute.Identifier == identifier);
        _mutes[at] = _mutes[at] with { To = _clock.Now };
        return this;
    }

    /// <summary>
    /// What a message carries instead for <paramref name="lasts"/> seconds, at its own times; the clock goes on by
    /// <paramref name="seconds"/>, and <paramref name="lasts"/> is the same where it is not given.
    /// </summary>
    public CoverageBus Alter(uint identifier, double seconds, PayloadChange change, double? lasts = null)
    {
        _changes.Add((identifier, _clock.Now, _clock.Now + (long)((lasts ?? seconds) * 1e9), change));
        return Wait(seconds);
    }

    /// <summary>A parameter group that fits a frame.</summary>
    public CoverageBus SendGroup(byte source, int group, string payload, byte destination = 0xFF, byte priority = 6) =>
        Send(Identifier(source, group, destination, priority), payload);

    /// <summary>A parameter group sent to everybody in packets, 50 ms apart.</summary>
    public CoverageBus Announce(byte source, int group, byte[] data)
    {
        var packets = (data.Length + 6) / 7;
        SendGroup(source, 0xEC00, Control(32, data.Length, packets, 0xFF, group), priority: 7);
        for (var packet = 1; packet <= packets; packet++)
        {
            Wait(0.05);
            Send(Identifier(source, 0xEB00, 0xFF, 7), [(byte)packet, .. Packet(data, packet)]);
        }

        return this;
    }

    /// <summary>A parameter group sent to one node: RTS, CTS for all packets, packets, acknowledgement.</summary>
    public CoverageBus Transport(byte source, byte destination, int group, byte[] data)
    {
        var packets = (data.Length + 6) / 7;
        RequestToSend(source, destination, group, data.Length).Wait(0.005);
        ClearToSend(destination, source, group, packets, 1);
        for (var packet = 1; packet <= packets; packet++)
        {
            Wait(0.005);
            Send(Identifier(source, 0xEB00, destination, 7), [(byte)packet, .. Packet(data, packet)]);
        }

        Wait(0.005);
        return SendGroup(destination, 0xEC00, Control(19, data.Length, packets, 0xFF, group), source, 7);
    }

    /// <summary>Request to send.</summary>
    public CoverageBus RequestToSend(byte source, byte destination, int group, int size) =>
        SendGroup(source, 0xEC00, Control(16, size, (size + 6) / 7, 0xFF, group), destination, 7);

    /// <summary>Clear to send.</summary>
    public CoverageBus ClearToSend(byte source, byte destination, int group, int packets, int next) =>
        SendGroup(
            source, 0xEC00,
            string.Create(CultureInfo.InvariantCulture, $"11{packets:X2}{next:X2}FFFF{Little(group)}"), destination, 7);

    /// <summary>Connection abort.</summary>
    public CoverageBus Abort(byte source, byte destination, int group, byte reason) =>
        SendGroup(
            source, 0xEC00, string.Create(CultureInfo.InvariantCulture, $"FF{reason:X2}FFFFFF{Little(group)}"), destination, 7);

    /// <summary>A second of normal traffic: what is not sent periodically.</summary>
    public void Act(int second)
    {
        switch (_network)
        {
            case CoverageNetwork.Plant:
            case CoverageNetwork.Process:
            case CoverageNetwork.Drive:
            case CoverageNetwork.OpcUa:
            case CoverageNetwork.OpcUaSigned:
            case CoverageNetwork.OpcUaEncrypted:
                break;
            case CoverageNetwork.Car:
                if (second % 2 == 0) Tester.Ask("3E00", "7E00");
                if (second % 5 == 1) Tester.Ask("220101", "6201010A0B");
                if (second % 5 == 3) Tester.Ask("22F190", "62F1905756575A5A5A314B5A41503030303030");
                if (second % 20 == 7) Tester.Ask("1902FF", "5902FF");
                break;
            case CoverageNetwork.Truck:
                if (second % 5 == 0) Announce(0x00, 0xFECA, Bytes("00FF5B000301A1000401C0000501"));
                if (second % 5 == 2) SendGroup(0x21, 0xEA00, "E5FE00", 0x00).Wait(0.01).SendGroup(0x00, 0xFEE5, "0102030405060708");
                break;
        }
    }

    /// <summary>Lays the periodic messages over the whole time; called once, at the capture's end.</summary>
    public void Complete()
    {
        for (var index = 0; index < Messages.Length; index++)
        {
            var (identifier, period) = Messages[index];
            var count = 0;
            List<byte[]> sent = [];
            for (var due = _frames.Start + index * 3 * Millisecond; due < _clock.Now; due += period * Millisecond, count++)
            {
                // Up to a fiftieth of the period early or late, the same in every run.
                var jitter = (count * 7919L % 41 - 20) * period * Millisecond / 1000;
                var time = Math.Max(_frames.Start, due + jitter);
                if (_mutes.Exists(mute => mute.Identifier == identifier && mute.From <= time && time < mute.To)) continue;
                byte[] payload = _network == CoverageNetwork.Drive
                    ? CoverageProcess.FrameAt(identifier, time)
                    : Payload(index, count);
                foreach (var (altered, from, to, change) in _changes)
                    if (altered == identifier && from <= time && time < to) payload = change(sent, payload);
                sent.Add(payload);
                Add(time, SocketCan(identifier, payload, 0));
            }
        }
    }

    /// <summary>Hands out the frames.</summary>
    public void FlushTo(ICaptureSink sink) => _frames.FlushAll(sink);

    /// <summary>Hexadecimal digits as bytes.</summary>
    public static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal);

    /// <summary>The identifier of a parameter group.</summary>
    public static uint Identifier(byte source, int group, byte destination, byte priority) =>
        Extended | (uint)priority << 26 | (uint)group << 8 | source
        | ((group & 0xFF00) < 0xF000 ? (uint)destination << 8 : 0);

    private static byte[] Payload(int index, int count) =>
        [(byte)(count & 15), 0x10, 0x20, (byte)(count / 50), 0, 0x7F, 0xFF, (byte)index];

    private static string Control(byte control, int size, int packets, byte last, int group) => string.Create(
        CultureInfo.InvariantCulture, $"{control:X2}{size & 255:X2}{size >> 8:X2}{packets:X2}{last:X2}{Little(group)}");

    private static string Little(int group) => string.Create(
        CultureInfo.InvariantCulture, $"{group & 255:X2}{group >> 8 & 255:X2}{group >> 16:X2}");

    private static byte[] Packet(byte[] data, int packet)
    {
        var part = new byte[7];
        part.AsSpan().Fill(0xFF);
        data.AsSpan((packet - 1) * 7, Math.Min(7, data.Length - (packet - 1) * 7)).CopyTo(part);
        return part;
    }

    private static byte[] SocketCan(uint word, ReadOnlySpan<byte> payload, byte flags)
    {
        var frame = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, word);
        frame[4] = (byte)payload.Length;
        frame[5] = flags;
        payload.CopyTo(frame.AsSpan(8));
        return frame;
    }

    private void Add(long time, byte[] frame) => _frames.Add(frame, time, null);

    private sealed record Periodic(uint Identifier, int PeriodMilliseconds);
}

/// <summary>Another payload instead of the message's own, by what it carried so far.</summary>
/// <param name="sent">What was sent, the latest last.</param>
/// <param name="payload">What would be sent.</param>
internal delegate byte[] PayloadChange(IReadOnlyList<byte[]> sent, byte[] payload);

/// <summary>A diagnostic tester on a bus and the control unit that answers it: ISO-TP with normal addressing.</summary>
internal sealed class CoverageTester(CoverageBus bus, uint request, uint response)
{
    /// <summary>A request and its answer, messages in hexadecimal digits.</summary>
    public CoverageTester Ask(string asked, string answered)
    {
        Send(request, response, CoverageBus.Bytes(asked));
        bus.Wait(0.004);
        Send(response, request, CoverageBus.Bytes(answered));
        bus.Wait(0.02);
        return this;
    }

    /// <summary>A request that is refused with a negative response code.</summary>
    public CoverageTester Refused(string asked, byte code) =>
        Ask(asked, string.Create(CultureInfo.InvariantCulture, $"7F{asked.AsSpan(0, 2)}{code:X2}"));

    /// <summary>A request nobody answers.</summary>
    public CoverageTester Unanswered(string asked)
    {
        Send(request, response, CoverageBus.Bytes(asked));
        bus.Wait(0.1);
        return this;
    }

    private void Send(uint from, uint to, byte[] message)
    {
        if (message.Length < 8)
        {
            bus.Send(from, Padded([(byte)message.Length, .. message]));
            return;
        }

        bus.Send(from, [(byte)(0x10 | message.Length >> 8), (byte)message.Length, .. message[..6]]);
        bus.Wait(0.001).Send(to, Padded([0x30, 0, 0]));
        for (int at = 6, number = 1; at < message.Length; at += 7, number++)
            bus.Wait(0.001).Send(from, Padded([(byte)(0x20 | number & 15), .. message[at..Math.Min(at + 7, message.Length)]]));
    }

    private static byte[] Padded(byte[] frame)
    {
        var padded = new byte[8];
        padded.AsSpan().Fill(0xAA);
        frame.CopyTo(padded, 0);
        return padded;
    }
}
