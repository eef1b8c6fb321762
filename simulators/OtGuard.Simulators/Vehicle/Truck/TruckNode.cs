using System.Buffers.Binary;
using System.Text;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Truck;

/// <summary>
/// A control unit of the truck beyond its cyclic messages: it claims its address, answers requests, carries long
/// messages and reports trouble codes.
/// </summary>
/// <remarks>
/// SAE J1939-81 §4.5 (claims), J1939-21 §5.4.2 (requests), §5.10.3 (BAM: 50 to 200 ms between packets; RTS/CTS),
/// J1939-73 §5.7.1 (DM1).
/// </remarks>
internal sealed class TruckNode
{
    private const byte RequestToSend = 16;
    private const byte ClearToSend = 17;
    private const byte EndOfMessage = 19;
    private const byte Broadcast = 32;
    private const byte Abort = 255;
    private static readonly TimeSpan PacketGap = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Turnaround = TimeSpan.FromMilliseconds(2);

    private readonly VehicleNetwork _network;
    private readonly Dictionary<byte, Incoming> _incoming = [];
    private readonly Dictionary<byte, (byte[] Data, int Group, long Since)> _outgoing = [];

    public TruckNode(VehicleNetwork network, string name, byte address, ulong nodeName)
    {
        _network = network;
        Node = network.Node(name);
        Address = address;
        Name = nodeName;
        network.Main.ListenToAll(OnFrame);
    }

    public Node Node { get; }

    public byte Address { get; }

    /// <summary>NAME (J1939-81 §4.1.1); the smaller one wins a contention.</summary>
    public ulong Name { get; }

    /// <summary>True where it lost its address and keeps silent.</summary>
    public bool HasLostAddress => Node.IsSilent;

    /// <summary>Trouble codes it reports.</summary>
    public List<(int Spn, byte Fmi)> Faults { get; } = [];

    /// <summary>Says which address it has.</summary>
    public void Claim()
    {
        var name = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(name, Name);
        Put(6, J1939Id.AddressClaimed, J1939Id.Global, name);
    }

    /// <summary>Asks one node or all for a parameter group.</summary>
    public void Request(int group, byte destination = J1939Id.Global) =>
        Put(6, J1939Id.Request, destination, J1939Id.Number(group));

    /// <summary>Broadcasts a message of more than eight bytes.</summary>
    public void SendBroadcast(int group, byte[] data)
    {
        Put(7, J1939Id.TransportManagement, J1939Id.Global, Management(Broadcast, data, 0xFF, group));
        var packets = Packets(data);
        for (var i = 0; i < packets.Count; i++)
        {
            var packet = packets[i];
            _network.Later(PacketGap * (i + 1), () => Put(7, J1939Id.TransportData, J1939Id.Global, packet));
        }
    }

    /// <summary>Asks to send one node a message of more than eight bytes, and sends it as it permits.</summary>
    public void SendTo(byte destination, int group, byte[] data)
    {
        _outgoing[destination] = (data, group, _network.Now);
        Put(7, J1939Id.TransportManagement, destination, Management(RequestToSend, data, 0xFF, group));
    }

    /// <summary>Reports its trouble codes: in one frame where there is at most one, else by BAM.</summary>
    public void ReportFaults()
    {
        byte[] data = [(byte)(Faults.Count > 0 ? 0x04 : 0x00), 0xFF];
        foreach (var (spn, fmi) in Faults)
            data = [.. data, (byte)spn, (byte)(spn >> 8), (byte)(spn >> 11 & 0xE0 | fmi), 0x01];
        if (Faults.Count == 0) data = [.. data, 0, 0, 0, 0];
        if (data.Length > 8) SendBroadcast(J1939Id.Dm1, data);
        else Put(6, J1939Id.Dm1, J1939Id.Global, [.. data, 0xFF, 0xFF]);
    }

    public void Put(int priority, int group, byte destination, byte[] data)
    {
        if (Node.IsSilent || Node.IsAsleep) return;
        _network.Main.Send(J1939Id.Frame(priority, group, Address, destination, data));
    }

    private void OnFrame(CanFrame frame)
    {
        if (!frame.IsExtended || frame.IsRemote || Node.IsSilent || Node.IsAsleep) return;
        var (group, source, destination) = J1939Id.Parse(frame.Id);
        var data = frame.Data;
        if (group == J1939Id.AddressClaimed && source == Address && data.Length == 8)
        {
            Contend(BinaryPrimitives.ReadUInt64LittleEndian(data));
            return;
        }

        if (source == Address || (destination != Address && destination != J1939Id.Global)) return;
        switch (group)
        {
            case J1939Id.Request when data.Length >= 3:
                var asked = data[0] | data[1] << 8 | data[2] << 16;
                _network.Later(Turnaround, () => Serve(asked, source, destination));
                break;
            case J1939Id.TransportManagement when destination == Address && data.Length == 8:
                Manage(source, data);
                break;
            case J1939Id.TransportData when destination == Address && data.Length == 8:
                Take(source, data);
                break;
        }
    }

    private void Contend(ulong other)
    {
        if (other == Name) return;
        if (other > Name)
        {
            _network.Later(Turnaround, Claim);
            return;
        }

        // Address lost: cannot claim (§4.2.2.3), then silence.
        var name = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(name, Name);
        var frame = J1939Id.Frame(6, J1939Id.AddressClaimed, J1939Id.Null, J1939Id.Global, name);
        _network.Later(Turnaround, () => _network.Main.Send(frame));
        Node.IsSilent = true;
    }

    private void Serve(int group, byte from, byte destination)
    {
        switch (group)
        {
            case J1939Id.AddressClaimed:
                Claim();
                return;
            case J1939Id.EngineHours when Address == 0:
                var hours = (uint)(_network.State.OdometerKilometres * 20);
                var data = new byte[8];
                data.AsSpan().Fill(0xFF);
                BinaryPrimitives.WriteUInt32LittleEndian(data, hours);
                Put(6, group, J1939Id.Global, data);
                return;
            case J1939Id.VehicleIdentification when Address == 0:
                Answer("WOT0GUARD1T000077*");
                return;
            case J1939Id.ComponentIdentification when Address is 0 or 3:
                Answer($"MAKE*MODEL{Address:D2}*SN00{Address:D4}17*UNIT*");
                return;
            case J1939Id.SoftwareIdentification when Address <= 0x0B:
                Answer($"\u0001SW{Address:D2}.04.12*");
                return;
            default:
                // Negative acknowledgement, to a specific request only (§5.4.4).
                if (destination == Address)
                    Put(6, J1939Id.Acknowledgement, J1939Id.Global, [1, 0xFF, 0xFF, 0xFF, from, .. J1939Id.Number(group)]);
                return;
        }

        void Answer(string text)
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            if (destination == J1939Id.Global) SendBroadcast(group, bytes);
            else SendTo(from, group, bytes);
        }
    }

    private void Manage(byte source, byte[] data)
    {
        var group = data[5] | data[6] << 8 | data[7] << 16;
        switch (data[0])
        {
            case RequestToSend:
                var length = data[1] | data[2] << 8;
                if (length is < 9 or > 1785)
                {
                    Put(7, J1939Id.TransportManagement, source, [Abort, 2, 0xFF, 0xFF, 0xFF, .. J1939Id.Number(group)]);
                    return;
                }

                _incoming[source] = new Incoming(group, length, data[3]);
                _network.Later(Turnaround, () => Put(
                    7, J1939Id.TransportManagement, source, [ClearToSend, data[3], 1, 0xFF, 0xFF, .. J1939Id.Number(group)]));
                break;
            case ClearToSend when _outgoing.TryGetValue(source, out var message) && message.Group == group && data[1] > 0:
                var packets = Packets(message.Data);
                var first = Math.Max(1, (int)data[2]);
                for (var i = 0; i < data[1] && first + i <= packets.Count; i++)
                {
                    var packet = packets[first + i - 1];
                    _network.Later(
                        TimeSpan.FromMilliseconds(4 * (i + 1)), () => Put(7, J1939Id.TransportData, source, packet));
                }

                break;
            case EndOfMessage:
            case Abort:
                _outgoing.Remove(source);
                _incoming.Remove(source);
                break;
        }
    }

    private void Take(byte source, byte[] data)
    {
        if (!_incoming.TryGetValue(source, out var message)) return;
        if (++message.Received < message.Packets) return;
        _incoming.Remove(source);
        _network.Later(Turnaround, () => Put(
            7, J1939Id.TransportManagement, source,
            [EndOfMessage, (byte)message.Length, (byte)(message.Length >> 8), (byte)message.Packets, 0xFF,
                .. J1939Id.Number(message.Group)]));
    }

    private static byte[] Management(byte control, byte[] data, byte last, int group) =>
        [control, (byte)data.Length, (byte)(data.Length >> 8), (byte)((data.Length + 6) / 7), last, .. J1939Id.Number(group)];

    private static List<byte[]> Packets(byte[] data)
    {
        List<byte[]> packets = [];
        for (var at = 0; at < data.Length; at += 7)
        {
            var packet = new byte[8];
            packet.AsSpan().Fill(0xFF);
            packet[0] = (byte)(packets.Count + 1);
            data.AsSpan(at, Math.Min(7, data.Length - at)).CopyTo(packet.AsSpan(1));
            packets.Add(packet);
        }

        return packets;
    }

    private sealed class Incoming(int group, int length, int packets)
    {
        public int Group { get; } = group;

        public int Length { get; } = length;

        public int Packets { get; } = packets;

        public int Received { get; set; }
    }
}
