using System.Buffers.Binary;
using System.IO.Compression;
using OtGuard.Collectors.Capture.Identification;

namespace OtGuard.Collectors.Capture.Tests.Identification;

/// <summary>A segment's or datagram's payload.</summary>
internal sealed record Payload(byte[] Data, Transport Transport, ushort SourcePort, ushort DestinationPort)
{
    public Probe Probe => Cut(Data.Length);

    public Probe Cut(int length) => new(Data.AsSpan(0, length), Transport, SourcePort, DestinationPort, null);
}

/// <summary>
/// Walks a capture the plainest way there is: frames, first addresses, in-order bytes of each direction. It shares no
/// code with the readers under test and asks only the identifier.
/// </summary>
internal sealed class CaptureWalk
{
    private readonly Dictionary<string, Flow> _flows = [];
    private readonly List<Payload> _payloads = [];

    /// <summary>Name and number of conversations for every name in the capture; unnamed ones as "?".</summary>
    public static SortedDictionary<string, int> Names(string path, Func<string, bool>? only = null)
    {
        var names = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (key, name) in Conversations(path))
        {
            if (only is not null && !only(key)) continue;
            names[name] = names.GetValueOrDefault(name) + 1;
        }

        return names;
    }

    /// <summary>Conversations (transport, lower endpoint, upper endpoint) with their names, "?" for none.</summary>
    public static IEnumerable<(string Key, string Name)> Conversations(string path)
    {
        var walk = new CaptureWalk();
        walk.Read(Load(path));
        return walk._flows.Select(flow => (flow.Key, flow.Value.Name ?? flow.Value.Provisional ?? "?"));
    }

    /// <summary>The payload of every TCP segment and UDP datagram that has one, keep-alives left out.</summary>
    public static IReadOnlyList<Payload> Payloads(string path)
    {
        var walk = new CaptureWalk();
        walk.Read(Load(path));
        return walk._payloads;
    }

    private static byte[] Load(string path)
    {
        using var file = File.OpenRead(path);
        using var whole = new MemoryStream();
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            gzip.CopyTo(whole);
        }
        else if (path.EndsWith(".zip", StringComparison.Ordinal))
        {
            using var zip = new ZipArchive(file);
            using var entry = zip.Entries.Single(e => e.Name.EndsWith(".pcap", StringComparison.Ordinal)).Open();
            entry.CopyTo(whole);
        }
        else
        {
            file.CopyTo(whole);
        }

        return whole.ToArray();
    }

    private void Read(ReadOnlySpan<byte> file)
    {
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(file);
        if (magic == 0x0A0D0D0A)
        {
            ReadNextGeneration(file);
            return;
        }

        var big = magic is 0xD4C3B2A1 or 0x4D3CB2A1;
        var link = (int)U32(file[20..], big) & 0xFFFF;
        file = file[24..];
        while (file.Length >= 16)
        {
            var length = (int)U32(file[8..], big);
            if (16 + length > file.Length) break;
            Frame(link, file.Slice(16, length));
            file = file[(16 + length)..];
        }
    }

    private void ReadNextGeneration(ReadOnlySpan<byte> file)
    {
        var links = new List<int>();
        var big = false;
        while (file.Length >= 12)
        {
            var type = BinaryPrimitives.ReadUInt32LittleEndian(file);
            if (type == 0x0A0D0D0A)
            {
                big = file[8] == 0x1A;
                links.Clear();
            }

            type = U32(file, big);
            var length = (int)U32(file[4..], big);
            if (length < 12 || length > file.Length) break;
            if (type == 1) links.Add(big ? BinaryPrimitives.ReadUInt16BigEndian(file[8..]) : BinaryPrimitives.ReadUInt16LittleEndian(file[8..]));
            if (type == 6) Frame(links[(int)U32(file[8..], big)], file.Slice(28, (int)U32(file[20..], big)));
            file = file[length..];
        }
    }

    private static uint U32(ReadOnlySpan<byte> data, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(data) : BinaryPrimitives.ReadUInt32LittleEndian(data);

    private static int U16(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16BigEndian(data[at..]);

    private void Frame(int link, ReadOnlySpan<byte> frame)
    {
        switch (link)
        {
            case 1 when frame.Length >= 14:
                var at = 12;
                while (U16(frame, at) == 0x8100 && frame.Length >= at + 6) at += 4;
                Network(U16(frame, at), Convert.ToHexString(frame[..6]), frame[(at + 2)..]);
                break;
            case 0 when frame.Length >= 4:
                Network(frame[0] == 2 || frame[3] == 2 ? 0x0800 : 0x86DD, "", frame[4..]);
                break;
            case 101 or 228 or 229 when frame.Length >= 20:
                Network(frame[0] >> 4 == 4 ? 0x0800 : 0x86DD, "", frame);
                break;
            case 113 when frame.Length >= 16:
                Network(U16(frame, 14), "", frame[16..]);
                break;
            case 276 when frame.Length >= 20:
                Network(U16(frame, 0), "", frame[20..]);
                break;
            // Per-packet information: its length, little-endian, then a frame of the link type it names (Ethernet here).
            case 192 when frame.Length >= 8:
                Frame(1, frame[BinaryPrimitives.ReadUInt16LittleEndian(frame[2..])..]);
                break;
        }
    }

    private void Network(int etherType, string destination, ReadOnlySpan<byte> packet)
    {
        if (etherType == 0x0800 && packet.Length >= 20)
        {
            var header = (packet[0] & 15) * 4;
            var total = Math.Min(U16(packet, 2) == 0 ? packet.Length : U16(packet, 2), packet.Length);
            if (header < 20 || header > total || (U16(packet, 6) & 0x1FFF) != 0) return;
            Transported(packet[9], Convert.ToHexString(packet[12..16]), Convert.ToHexString(packet[16..20]), packet[header..total]);
        }
        else if (etherType == 0x86DD && packet.Length >= 40)
        {
            var total = Math.Min(40 + U16(packet, 4), packet.Length);
            Transported(packet[6], Convert.ToHexString(packet[8..24]), Convert.ToHexString(packet[24..40]), packet[40..total]);
        }
        else
        {
            FlowOf($"link {etherType:x4} {destination}").Name = ProtocolIdentifier.NameOfEtherType((ushort)etherType, packet);
        }
    }

    private void Transported(byte protocol, string source, string destination, ReadOnlySpan<byte> packet)
    {
        if (protocol is not (6 or 17) || packet.Length < 8)
        {
            FlowOf($"ip {protocol} {source} {destination}").Name = ProtocolIdentifier.NameOfIpProtocol(protocol);
            return;
        }

        var ports = (Source: (ushort)U16(packet, 0), Destination: (ushort)U16(packet, 2));
        var from = $"{source}:{ports.Source}";
        var to = $"{destination}:{ports.Destination}";
        var ordered = string.CompareOrdinal(from, to) < 0;
        var key = $"{(protocol == 6 ? "tcp" : "udp")} {(ordered ? from : to)} {(ordered ? to : from)}";
        if (protocol == 17)
        {
            _payloads.Add(new Payload(packet[8..].ToArray(), Transport.Udp, ports.Source, ports.Destination));
            var flow = FlowOf(key);
            flow.Name ??= ProtocolIdentifier.Identify(
                new Probe(packet[8..], Transport.Udp, ports.Source, ports.Destination, null)).Name;
            return;
        }

        if (packet.Length < 20 || (packet[12] >> 4) * 4 is var header && (header < 20 || header >= packet.Length)) return;
        var payload = packet[((packet[12] >> 4) * 4)..];
        // A keep-alive repeats one byte, always 0, that was acknowledged before.
        if (payload.Length == 1 && payload[0] == 0) return;
        _payloads.Add(new Payload(payload.ToArray(), Transport.Tcp, ports.Source, ports.Destination));
        Stream(FlowOf(key), ordered, U32(packet[4..], true), payload, ports);
    }

    private static void Stream(
        Flow flow, bool ordered, uint sequence, ReadOnlySpan<byte> payload, (ushort Source, ushort Destination) ports)
    {
        if (flow.Name is not null) return;
        var half = flow.Halves[ordered ? 0 : 1];
        if (half.Pending.Count > 0 && sequence != half.Next) return;
        half.Pending.AddRange(payload);
        half.Next = sequence + (uint)payload.Length;
        var found = ProtocolIdentifier.Identify(
            new Probe(half.Pending.ToArray(), Transport.Tcp, ports.Source, ports.Destination, null));
        if (found.Verdict == ClaimVerdict.Yes) flow.Name = found.Name;
        if (found.Verdict == ClaimVerdict.NeedMoreData) flow.Provisional ??= found.Name;
        // Joined in the midst of a message: the next segment may begin one.
        if (found.Verdict == ClaimVerdict.No) half.Pending.Clear();
    }

    private Flow FlowOf(string key)
    {
        if (!_flows.TryGetValue(key, out var flow)) _flows[key] = flow = new Flow();
        return flow;
    }

    private sealed class Flow
    {
        public string? Name { get; set; }

        public string? Provisional { get; set; }

        public Half[] Halves { get; } = [new(), new()];
    }

    private sealed class Half
    {
        public List<byte> Pending { get; } = [];

        public uint Next { get; set; }
    }
}
