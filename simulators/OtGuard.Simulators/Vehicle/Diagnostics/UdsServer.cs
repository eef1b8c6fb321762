using System.Buffers.Binary;
using System.Text;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Diagnostics;

/// <summary>The diagnostic server of a control unit.</summary>
/// <remarks>ISO 14229-1:2020 §9 to §15 (services), annex A (response codes), annex C (data identifiers).</remarks>
internal sealed class UdsServer
{
    private const byte Default = 1;
    private const byte Programming = 2;
    private const byte Extended = 3;
    private const int AttemptsAllowed = 3;
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PenaltyTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BootTime = TimeSpan.FromMilliseconds(300);

    private readonly VehicleNetwork _network;
    private readonly Random _random;
    private readonly Dictionary<int, byte[]> _data = [];
    private byte _session = Default;
    private uint _seed;
    private bool _seedSent;
    private bool _unlocked;
    private int _attempts;
    private long _lockedUntil;
    private long _lastRequest;
    private byte _block;
    private bool _downloading;
    private bool _faultsCleared;

    public UdsServer(VehicleNetwork network, Node node, uint requestId, uint responseId, ushort logicalAddress)
    {
        _network = network;
        _random = new Random(network.Options.Seed ^ (int)requestId);
        Node = node;
        RequestId = requestId;
        LogicalAddress = logicalAddress;
        ResponseId = responseId;
        Endpoint = new IsoTpEndpoint(network, network.Main, responseId, requestId);
        Endpoint.Received = request => Respond(request, functional: false);
        network.Main.Listen(0x7DF, extended: false, OnFunctional);
        Text(0xF190, "WOT0GUARD1S000042");
        Text(0xF187, $"7E{requestId & 0xFF:X2}906021");
        Text(0xF18C, $"SN{requestId:X4}2200117");
        Text(0xF191, "HW03");
        Text(0xF194, $"SW{node.Name}");
        Text(0xF195, "0412");
        _data[0xF18A] = [0x17, 0x42];
        _data[0x0110] = [0x01];
        _data[0x0200] = [0x10, 0x27];
    }

    public Node Node { get; }

    public uint RequestId { get; }

    public uint ResponseId { get; }

    /// <summary>Its address in DoIP.</summary>
    public ushort LogicalAddress { get; }

    public IsoTpEndpoint Endpoint { get; }

    /// <summary>True for a random generator that always begins anew: the seeds repeat.</summary>
    public bool HasWeakSeeds { get; set; }

    /// <summary>What the secret of a manufacturer makes of a seed.</summary>
    public static uint Key(uint seed) => (seed ^ 0x5A3C_96E1) * 2_246_822_519 + 0x1234_5678;

    /// <summary>Answers a request, or null where none is due.</summary>
    public byte[]? Answer(ReadOnlySpan<byte> request, bool functional)
    {
        var now = _lastRequest = _network.Now;
        // Whoever stops asking has left the session (S3); nobody's act.
        _network.At(now + SessionTimeout.Ticks * 100, () =>
        {
            if (_lastRequest == now) Leave();
        }, null);
        if (request.Length == 0) return null;
        if (Node.Name == "ENG" && request[0] is 0x01 or 0x09 && request.Length >= 2) return Obd(request);
        var answer = Dispatch(request);
        if (answer[0] != 0x7F)
        {
            var suppressed = request[0] is 0x10 or 0x11 or 0x28 or 0x3E or 0x85 or 0x31 && request.Length > 1
                && (request[1] & 0x80) != 0;
            return suppressed ? null : answer;
        }

        // §8.7.5: what is not supported is not said to a functional request.
        return functional && answer[2] is 0x11 or 0x12 or 0x31 or 0x7E or 0x7F ? null : answer;
    }

    /// <summary>Starts anew, as after a reset.</summary>
    public void Reset()
    {
        Leave();
        Node.IsSilent = true;
        Endpoint.IsDeaf = true;
        Node.RestartCounters();
        // The silence is the control unit's own, but it ends as part of what caused it.
        _network.Later(BootTime, () =>
        {
            Node.IsSilent = false;
            Endpoint.IsDeaf = false;
        });
    }

    private void OnFunctional(CanFrame frame)
    {
        if (Endpoint.IsDeaf || frame.IsRemote || frame.Data.Length < 2 || frame.Data[0] is 0 or > 7) return;
        if (frame.Data[0] < frame.Data.Length) Respond(frame.Data[1..(frame.Data[0] + 1)], functional: true);
    }

    private void Respond(byte[] request, bool functional)
    {
        if (Answer(request, functional) is not { } answer) return;
        var latency = TimeSpan.FromMilliseconds(1.5 + 4 * _random.NextDouble());
        // Erasing takes longer than P2: response pending first (§8.7.5.4, code 0x78).
        var slow = request is [0x31, 0x01, 0xFF, ..] && answer[0] != 0x7F;
        if (slow)
        {
            _network.Later(latency, () => Endpoint.Send([0x7F, request[0], 0x78]));
            latency += TimeSpan.FromMilliseconds(800);
        }

        _network.Later(latency, () => Endpoint.Send(answer));
    }

    private byte[] Dispatch(ReadOnlySpan<byte> request) => request[0] switch
    {
        0x10 => Session(request),
        0x11 => EcuReset(request),
        0x14 => request.Length == 4 ? Clear() : Refuse(request, 0x13),
        0x19 => Faults(request),
        0x22 => Read(request),
        0x23 => Refuse(request, _unlocked ? 0x31 : 0x33),
        0x27 => Security(request),
        0x28 => Communication(request),
        0x29 => Authentication(request),
        0x2E => Write(request),
        0x2F => Control(request),
        0x31 => Routine(request),
        0x34 => Download(request),
        0x36 => Transfer(request),
        0x37 => Exit(request),
        0x3E => request.Length == 2 && (request[1] & 0x7F) == 0 ? [0x7E, 0x00] : Refuse(request, 0x12),
        0x85 => Settings(request),
        _ => Refuse(request, 0x11),
    };

    private byte[] Session(ReadOnlySpan<byte> request)
    {
        if (request.Length != 2) return Refuse(request, 0x13);
        var wanted = (byte)(request[1] & 0x7F);
        if (wanted is 0 or > 3) return Refuse(request, 0x12);
        if (wanted == Programming && _session == Default) return Refuse(request, 0x22);
        if (wanted == Default) Leave();
        _session = wanted;
        if (wanted != Programming) _unlocked = false;
        return [0x50, wanted, 0x00, 0x32, 0x01, 0xF4];
    }

    private byte[] EcuReset(ReadOnlySpan<byte> request)
    {
        if (request.Length != 2) return Refuse(request, 0x13);
        if (request[1] is not (1 or 3)) return Refuse(request, 0x12);
        if (_session == Default) return Refuse(request, 0x7F);
        _network.Later(TimeSpan.FromMilliseconds(20), Reset);
        return [0x51, request[1]];
    }

    private byte[] Clear()
    {
        _faultsCleared = true;
        return [0x54];
    }

    private byte[] Faults(ReadOnlySpan<byte> request)
    {
        if (request.Length < 2) return Refuse(request, 0x13);
        var fault = _faultsCleared ? [] : new byte[] { 0x03, 0x01, (byte)RequestId, 0x2F };
        return request[1] switch
        {
            0x01 => [0x59, 0x01, 0xFF, 0x01, 0x00, (byte)(fault.Length / 4)],
            0x02 => [0x59, 0x02, 0xFF, .. fault],
            0x0A => [0x59, 0x0A, 0xFF, 0x03, 0x01, (byte)RequestId, 0x2F, 0x04, 0x20, 0x00, 0x50],
            _ => Refuse(request, 0x12),
        };
    }

    private byte[] Read(ReadOnlySpan<byte> request)
    {
        if (request.Length < 3 || request.Length % 2 == 0) return Refuse(request, 0x13);
        List<byte> answer = [0x62];
        for (var i = 1; i < request.Length; i += 2)
        {
            var id = request[i] << 8 | request[i + 1];
            if (ValueOf(id) is not { } value) continue;
            answer.AddRange([request[i], request[i + 1], .. value]);
        }

        return answer.Count == 1 ? Refuse(request, 0x31) : [.. answer];
    }

    private byte[]? ValueOf(int id)
    {
        var state = _network.State;
        return id switch
        {
            0xF186 => [_session],
            0x0101 => Word(state.SpeedKmh * 100),
            0x0102 => Word(state.EngineRpm),
            0x0103 => Word(state.BatteryVolts * 10),
            0x0104 => [(byte)(state.CoolantCelsius + 40)],
            _ => _data.GetValueOrDefault(id),
        };
    }

    private byte[] Security(ReadOnlySpan<byte> request)
    {
        if (request.Length < 2) return Refuse(request, 0x13);
        if (_session == Default) return Refuse(request, 0x7F);
        if (request[1] == 1)
        {
            if (_network.Now < _lockedUntil) return Refuse(request, 0x37);
            _seed = _unlocked ? 0 : HasWeakSeeds ? 0x1111_1111 : (uint)_random.NextInt64(1, 1L << 32);
            _seedSent = true;
            return [0x67, 0x01, .. Long(_seed)];
        }

        if (request[1] != 2) return Refuse(request, 0x12);
        if (request.Length != 6) return Refuse(request, 0x13);
        if (!_seedSent) return Refuse(request, 0x24);
        _seedSent = false;
        if (BinaryPrimitives.ReadUInt32BigEndian(request[2..]) == Key(_seed))
        {
            _unlocked = true;
            _attempts = 0;
            return [0x67, 0x02];
        }

        if (++_attempts < AttemptsAllowed) return Refuse(request, 0x35);
        _attempts = 0;
        _lockedUntil = _network.Now + PenaltyTime.Ticks * 100;
        return Refuse(request, 0x36);
    }

    private byte[] Communication(ReadOnlySpan<byte> request)
    {
        if (request.Length != 3) return Refuse(request, 0x13);
        if (_session == Default) return Refuse(request, 0x7F);
        if ((request[1] & 0x7F) > 3) return Refuse(request, 0x12);
        // 1 and 3 disable sending.
        Node.IsSilent = (request[1] & 0x01) != 0;
        return [0x68, (byte)(request[1] & 0x7F)];
    }

    private static byte[] Authentication(ReadOnlySpan<byte> request)
    {
        if (request.Length < 2) return Refuse(request, 0x13);
        return request[1] switch
        {
            0x08 => [0x69, 0x08, 0x02],
            // certificateVerificationFailed_InvalidSignature, ownershipVerificationFailed (annex A).
            0x01 => Refuse(request, 0x51),
            0x03 => Refuse(request, 0x58),
            _ => Refuse(request, 0x12),
        };
    }

    private byte[] Write(ReadOnlySpan<byte> request)
    {
        if (request.Length < 4) return Refuse(request, 0x13);
        if (_session == Default) return Refuse(request, 0x7F);
        var id = request[1] << 8 | request[2];
        if (!_data.ContainsKey(id)) return Refuse(request, 0x31);
        if (!_unlocked && id >= 0xF000) return Refuse(request, 0x33);
        _data[id] = request[3..].ToArray();
        return [0x6E, request[1], request[2]];
    }

    private byte[] Control(ReadOnlySpan<byte> request)
    {
        if (request.Length < 4) return Refuse(request, 0x13);
        if (_session == Default) return Refuse(request, 0x7F);
        return request[1] == 0x01 ? [0x6F, request[1], request[2], .. request[3..]] : Refuse(request, 0x31);
    }

    private byte[] Routine(ReadOnlySpan<byte> request)
    {
        if (request.Length < 4) return Refuse(request, 0x13);
        if (_session == Default) return Refuse(request, 0x7F);
        if ((request[1] & 0x7F) is 0 or > 3) return Refuse(request, 0x12);
        var id = request[2] << 8 | request[3];
        if (id is not (0x0203 or 0xFF00 or 0xFF01)) return Refuse(request, 0x31);
        if (id >= 0xFF00 && !_unlocked) return Refuse(request, 0x33);
        return [0x71, request[1], request[2], request[3], 0x00];
    }

    private byte[] Download(ReadOnlySpan<byte> request)
    {
        if (request.Length < 5) return Refuse(request, 0x13);
        if (_session != Programming) return Refuse(request, 0x7F);
        if (!_unlocked) return Refuse(request, 0x33);
        _downloading = true;
        _block = 1;
        return [0x74, 0x20, 0x00, 0x82];
    }

    private byte[] Transfer(ReadOnlySpan<byte> request)
    {
        if (!_downloading) return Refuse(request, 0x24);
        if (request.Length < 2) return Refuse(request, 0x13);
        if (request[1] != _block) return Refuse(request, 0x73);
        return [0x76, _block++];
    }

    private byte[] Exit(ReadOnlySpan<byte> request)
    {
        if (!_downloading) return Refuse(request, 0x24);
        _downloading = false;
        return [0x77];
    }

    private byte[] Settings(ReadOnlySpan<byte> request)
    {
        if (request.Length < 2) return Refuse(request, 0x13);
        if (_session == Default) return Refuse(request, 0x7F);
        return (request[1] & 0x7F) is 1 or 2 ? [0xC5, (byte)(request[1] & 0x7F)] : Refuse(request, 0x12);
    }

    // SAE J1979: current data and vehicle information.
    private byte[]? Obd(ReadOnlySpan<byte> request)
    {
        var state = _network.State;
        byte[]? value = (request[0], request[1]) switch
        {
            (0x01, 0x00) => [0x08, 0x19, 0x80, 0x00],
            (0x01, 0x05) => [(byte)(state.CoolantCelsius + 40)],
            (0x01, 0x0C) => Word(state.EngineRpm * 4),
            (0x01, 0x0D) => [(byte)state.SpeedKmh],
            (0x01, 0x11) => [(byte)(state.LoadPercent * 2.55)],
            (0x09, 0x00) => [0x40, 0x00, 0x00, 0x00],
            (0x09, 0x02) => [0x01, .. _data[0xF190]],
            _ => null,
        };
        return value is null ? null : [(byte)(request[0] + 0x40), request[1], .. value];
    }

    private void Leave()
    {
        if (_session != Default) Node.IsSilent = false;
        _session = Default;
        _unlocked = false;
        _seedSent = false;
        _downloading = false;
    }

    private void Text(int id, string text) => _data[id] = Encoding.ASCII.GetBytes(text);

    private static byte[] Refuse(ReadOnlySpan<byte> request, int code) => [0x7F, request[0], (byte)code];

    private static byte[] Word(double value) =>
        [(byte)((int)Math.Clamp(value, 0, 65535) >> 8), (byte)(int)Math.Clamp(value, 0, 65535)];

    private static byte[] Long(uint value) =>
        [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
