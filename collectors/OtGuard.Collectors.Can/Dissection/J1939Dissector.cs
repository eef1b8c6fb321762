using System.Buffers.Binary;
using System.Globalization;
using OtGuard.Collectors.Can.Frames;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Can.Dissection;

/// <summary>
/// Takes frames of J1939 apart: the identifier, the groups of the protocol itself, transported messages.
/// </summary>
/// <remarks>SAE J1939-21 §5.2, §5.4 and §5.10, J1939-73 §5.7.1, J1939-81 §4.1.1.</remarks>
internal sealed class J1939Dissector
{
    private const string Layer = "J1939";
    private const int MaximumSessions = 256;

    private readonly Dictionary<(int Source, byte From, byte To), Session> _sessions = [];

    public void Dissect(
        int source, in CanFrameView view, DissectedFrame frame, FieldWriter fields, int identifierAt,
            bool isLittleEndian, int payloadAt)
    {
        var identifier = J1939Identifier.Of(view.Identifier);
        Identifier("priority", CanDissector.Text(identifier.Priority), 0x1C00_0000);
        Identifier("parameter group (PGN)", GroupText(identifier.ParameterGroup),
            identifier.IsAddressed ? 0x03FF_0000u : 0x03FF_FF00u);
        if (identifier.IsAddressed) Identifier("destination address", AddressText(identifier.Destination), 0xFF00);
        Identifier("source address", AddressText(identifier.Source), 0xFF);
        frame.Sender = CanDissector.Text(identifier.Source);
        frame.Receiver = identifier.IsAddressed ? CanDissector.Text(identifier.Destination) : "";
        frame.Describe(Layer, GroupText(identifier.ParameterGroup));
        var cursor = new FieldCursor(view.Payload, fields, Layer, payloadAt);
        var key = (source, identifier.Source, identifier.Destination);
        switch (identifier.ParameterGroup)
        {
            case J1939Groups.TransportManagement:
                Management(ref cursor, key, frame);
                break;
            case J1939Groups.TransportData:
                Data(ref cursor, key, frame);
                break;
            default:
                Group(ref cursor, identifier.ParameterGroup);
                break;
        }

        void Identifier(string name, string value, uint bits) => fields.AddBits(
            Layer, name, value, identifierAt, 4, isLittleEndian ? BinaryPrimitives.ReverseEndianness(bits) : bits);
    }

    private static void Group(ref FieldCursor cursor, int group)
    {
        switch (group)
        {
            case J1939Groups.Request:
                cursor.Number(3, "requested parameter group", out _, value => GroupText((int)value),
                    littleEndian: true);
                break;
            case J1939Groups.Acknowledgement:
                if (cursor.Number(1, "control byte", out _, AcknowledgementText)
                    && cursor.Number(1, "group function", out _)
                    && cursor.Take(2, "reserved") && cursor.Number(1, "address", out _,
                        value => AddressText((byte)value)))
                    cursor.Number(3, "parameter group", out _, value => GroupText((int)value), littleEndian: true);
                break;
            case J1939Groups.AddressClaimed or J1939Groups.CommandedAddress when cursor.Remaining >= 8:
                Name(ref cursor);
                if (group == J1939Groups.CommandedAddress)
                    cursor.Number(1, "new address", out _, value => AddressText((byte)value));
                break;
            case J1939Groups.Dm1 or J1939Groups.Dm2:
                TroubleCodes(ref cursor);
                break;
            default:
                break;
        }

        cursor.TakeRest("data");
    }

    private static void Name(ref FieldCursor cursor)
    {
        var name = J1939Name.Read(cursor.Rest);
        var (output, at) = (cursor.Output, cursor.Offset);
        Part("identity number", name.Identity, 0x1F_FFFF);
        Part("manufacturer code", name.Manufacturer, 0x7FFul << 21);
        Part("ECU instance", name.EcuInstance, 7ul << 32);
        Part("function instance", name.FunctionInstance, 31ul << 35);
        Part("function", name.Function, 255ul << 40);
        Part("vehicle system", name.VehicleSystem, 127ul << 49);
        Part("vehicle system instance", name.VehicleSystemInstance, 15ul << 56);
        Part("industry group", name.IndustryGroup, 7ul << 60);
        Part("arbitrary address capable", name.IsArbitraryAddressCapable ? 1 : 0, 1ul << 63);
        cursor.Skip(8);

        void Part(string field, int value, ulong bits) => output.AddBits(
            Layer, field, value.ToString(CultureInfo.InvariantCulture), at, 8,
                BinaryPrimitives.ReverseEndianness(bits));
    }

    private static void TroubleCodes(ref FieldCursor cursor)
    {
        if (!cursor.Bits(
                1, out _, ("malfunction lamp", 0xC0, Lamp), ("red stop lamp", 0x30, Lamp),
                    ("amber warning lamp", 0x0C, Lamp),
                ("protect lamp", 0x03, Lamp))
            || !cursor.Take(1, "flashing of lamps")) return;
        while (cursor.Remaining >= 4)
        {
            var code = J1939Dtc.Read(cursor.Rest);
            cursor.Bits(
                4, out _, ("suspect parameter number (SPN)", 0xFFFF_E000, _ => Number(code.Spn)),
                ("failure mode identifier (FMI)", 0x1F00, _ => Number(code.Fmi)),
                ("conversion method", 0x80, _ => Number(code.ConversionMethod)),
                ("occurrence count", 0x7F, _ => Number(code.OccurrenceCount)));
        }
    }

    private void Management(ref FieldCursor cursor, (int Source, byte From, byte To) key, DissectedFrame frame)
    {
        if (!cursor.Number(1, "control byte", out var control, ControlText)) return;
        frame.Describe(Layer, ControlText(control));
        switch ((byte)control)
        {
            case TransportControl.RequestToSend or TransportControl.Announce:
                if (!cursor.Number(2, "message size", out var size, littleEndian: true)
                    || !cursor.Number(1, "packets", out _)
                    || !cursor.Take(1, "packets at a time")
                    || !cursor.Number(3, "parameter group", out var group, value => GroupText((int)value),
                        littleEndian: true)) return;
                End(key);
                if (_sessions.Count >= MaximumSessions) End(_sessions.First().Key);
                _sessions[key] = new Session((int)group, (int)size);
                break;
            case TransportControl.ClearToSend:
                if (cursor.Number(1, "packets that can be sent", out _) && cursor.Number(1, "next packet", out _)
                    && cursor.Take(2, "reserved"))
                    cursor.Number(3, "parameter group", out _, value => GroupText((int)value), littleEndian: true);
                break;
            case TransportControl.EndOfMessage:
                if (cursor.Number(2, "message size", out _, littleEndian: true) && cursor.Number(1, "packets", out _)
                    && cursor.Take(1, "reserved"))
                    cursor.Number(3, "parameter group", out _, value => GroupText((int)value), littleEndian: true);
                break;
            case TransportControl.Abort:
                if (cursor.Number(1, "reason", out _) && cursor.Take(3, "reserved"))
                    cursor.Number(3, "parameter group", out _, value => GroupText((int)value), littleEndian: true);
                break;
            default:
                cursor.TakeRest("data");
                break;
        }
    }

    private void Data(ref FieldCursor cursor, (int Source, byte From, byte To) key, DissectedFrame frame)
    {
        if (!cursor.Number(1, "packet", out var packet)) return;
        var session = _sessions.GetValueOrDefault(key);
        if (session is null || session.Joined.IsClosed || (int)packet != session.Next)
        {
            End(key);
            cursor.TakeRest("data", session is null ? "of a message whose announcement is not here" : null);
            return;
        }

        session.Next++;
        var length = Math.Min(cursor.Remaining, session.Missing);
        session.Joined.Add(frame, cursor.Offset, length);
        cursor.Skip(length);
        cursor.TakeRest("padding");
        if (session.Missing > 0) return;
        _sessions.Remove(key);
        session.Joined.Close(isComplete: true);
    }

    private void End((int, byte, byte) key)
    {
        if (_sessions.Remove(key, out var session)) session.Joined.Close(isComplete: false);
    }

    private static string GroupText(int group) => J1939Groups.Name(group) is { Length: > 0 } name
        ? string.Create(CultureInfo.InvariantCulture, $"{group} (0x{group:X5}), {name}")
        : string.Create(CultureInfo.InvariantCulture, $"{group} (0x{group:X5})");

    private static string AddressText(byte address) => address switch
    {
        J1939Identifier.Global => "255, everybody",
        J1939Identifier.Null => "254, none",
        _ => CanDissector.Text(address),
    };

    private static string AcknowledgementText(ulong value) => value switch
    {
        0 => "0, positive acknowledgement",
        1 => "1, negative acknowledgement",
        2 => "2, access denied",
        3 => "3, cannot respond",
        _ => CanDissector.Text(value),
    };

    private static string ControlText(ulong value) => (byte)value switch
    {
        TransportControl.RequestToSend => "16, request to send",
        TransportControl.ClearToSend => "17, clear to send",
        TransportControl.EndOfMessage => "19, end of message acknowledged",
        TransportControl.ExtendedRequestToSend => "20, extended request to send",
        TransportControl.Announce => "32, broadcast announced",
        TransportControl.Abort => "255, connection aborted",
        _ => CanDissector.Text(value),
    };

    private static string Lamp(ulong value) => value switch
    {
        0 => "off",
        1 => "on",
        _ => "not available",
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A message that the transport protocol carries.</summary>
    private sealed class Session(int group, int size)
    {
        public JoinedMessage Joined { get; } = new("J1939 transport", (message, _) =>
        {
            var fields = new FieldWriter(message.Pieces);
            fields.Describe(Layer, GroupText(group));
            var cursor = new FieldCursor(message.Bytes, fields, $"{Layer} message");
            Group(ref cursor, group);
        });

        /// <summary>The number of the packet that comes next.</summary>
        public int Next { get; set; } = 1;

        public int Missing => size - Joined.Length;
    }
}
