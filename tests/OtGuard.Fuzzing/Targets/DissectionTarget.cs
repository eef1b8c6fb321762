using System.Buffers.Binary;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.Dissection;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Capture.Dissection;
using OtGuard.Collectors.Dissection;
using OtGuard.Collectors.Modbus;
using OtGuard.Collectors.OpcUa;

namespace OtGuard.Fuzzing.Targets;

/// <summary>
/// Frames taken apart: link type, then for each frame a length and the bytes. Every frame comes out once and in
/// order; every field lies in its frame, and no two of a layer share a bit.
/// </summary>
public sealed class DissectionTarget : IFuzzTarget
{
    private static readonly ushort[] LinkTypes = [1, 0, 101, 108, 113, 227, 276];

    private static readonly DbcDatabase Database = new(DbcReader.Read(
        """
        VERSION ""

        BU_: A

        BO_ 416 Motor: 8 A
         SG_ Speed : 7|16@0+ (0.25,0) [0|8000] "rpm" A
         SG_ Torque : 20|12@1- (0.5,-10) [-400|400] "Nm" A
         SG_ Gear : 37|3@1+ (1,0) [0|7] "" A

        """,
        "bus.dbc"));

    /// <inheritdoc/>
    public string Name => "dissection";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Input(0, Segment(0xF6, 1, 1, [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2]),
            Segment(0xF6, 1, 13, [0, 2, 0, 0, 0, 9, 1, 16])),
        Input(0, Segment(0xF6, 1, 1, [0, 2, 0, 0, 0, 9, 1, 16]), Segment(0xF6, 1, 9, [0, 7, 0, 1, 2, 0, 9])),
        Input(0, Segment(0xF6, 1, 1, [0, 2, 0, 0, 0, 5, 1, 43, 14, 1, 0]),
            Segment(0xF6, 1, 12, [0, 2, 0, 0, 0, 3, 1, 0x83, 2])),
        Input(0, Segment(0xE8, 0x12, 1, [.. "HELF"u8, 36, 0, 0, 0, .. new byte[20], 4, 0, 0, 0, .. "opc:"u8])),
        Input(0, Segment(0xE8, 0x12, 1,
            [.. "MSGF"u8, 60, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x77, 2,
            .. new byte[32]])),
        Input(0, Segment(0x58, 0x34, 1, [2, 0xFD, 0x80, 1, 0, 0, 0, 7, 0xE, 0, 0xE, 1, 0x22, 0xF1, 0x90])),
        Input(5, [0, 0, 1, 0xA0, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
        Input(5, [0, 0, 7, 0xE0, 8, 0, 0, 0, 0x10, 10, 0x2E, 0xF1, 0x90, 1, 2, 3],
            [0, 0, 7, 0xE0, 8, 0, 0, 0, 0x21, 4, 5, 6, 7, 0, 0, 0]),
        Input(5, [0x9C, 0xEC, 0xFF, 3, 8, 0, 0, 0, 32, 10, 0, 2, 0xFF, 0xCA, 0xFE, 0],
            [0x9C, 0xEB, 0xFF, 3, 8, 0, 0, 0, 1, 0x40, 0, 1, 2, 3, 4, 5]),
        Input(5, [0x98, 0xEE, 0xFF, 3, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
            [0x98, 0xEA, 0xFF, 3, 3, 0, 0, 0, 0, 0xEE, 0]),
        Input(2, Segment(0xF6, 1, 1, [])[14..]),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        var linkType = new LinkType(LinkTypes[data[0] % LinkTypes.Length]);
        var dissector = Dissector(Database);
        data = data[1..];
        var number = 0L;
        var taken = 0L;
        while (data.Length >= 2 && number < 64)
        {
            var length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(data), data.Length - 2);
            dissector.Add(new CapturedFrame(
                new CaptureTime(++number * 1_000_000), linkType, 0, number, data.Slice(2, length),
                    length + (int)(number % 3)));
            data = data[(2 + length)..];
            taken = Take(dissector, taken);
        }

        dissector.Finish();
        if (Take(dissector, taken) != number) throw new InvalidOperationException("A frame did not come out.");
    }

    /// <summary>A dissector of everything there is.</summary>
    public static IFrameDissector Dissector(DbcDatabase? database = null) => new FrameDissector(
        new ProtocolRegistry(
            new ModbusProtocol(new ModbusOptions()), new OpcUaProtocol(new OpcUaOptions()),
                new DoIpProtocol(new CanOptions())),
        new CanDissector(database));

    /// <summary>Throws where a field leaves its frame or two of one layer share a bit.</summary>
    public static void Check(DissectedFrame frame)
    {
        var owners = new Dictionary<string, (byte[] Bits, DissectedField?[] Field)>(StringComparer.Ordinal);
        foreach (var field in frame.Fields)
        {
            if (field.Offset < 0 || field.Length < 0 || field.Offset + field.Length > frame.Data.Length)
                throw new InvalidOperationException($"{field} leaves a frame of {frame.Data.Length} bytes.");
            if (!field.Mask.IsEmpty && field.Mask.Length != field.Length)
                throw new InvalidOperationException($"{field} has bits of {field.Mask.Length} bytes.");
            if (field.Layer.Length == 0 || field.Name.Length == 0)
                throw new InvalidOperationException($"{field} has no name.");
            if (!owners.TryGetValue(field.Layer, out var owned))
                owners.Add(field.Layer, owned = (new byte[frame.Data.Length], new DissectedField?[frame.Data.Length]));
            for (var index = 0; index < field.Length; index++)
            {
                var bits = field.Mask.IsEmpty ? (byte)0xFF : field.Mask.Span[index];
                var at = field.Offset + index;
                if ((owned.Bits[at] & bits) != 0)
                    throw new InvalidOperationException($"{field} overlaps {owned.Field[at]}.");
                owned.Bits[at] |= bits;
                owned.Field[at] = field;
            }
        }
    }

    private static long Take(IFrameDissector dissector, long taken)
    {
        while (dissector.TryTake(out var frame))
        {
            if (frame.Number != ++taken) throw new InvalidOperationException("Frames come out of order.");
            Check(frame);
        }

        return taken;
    }

    private static byte[] Segment(byte port, byte portHigh, byte sequence, byte[] payload) =>
    [
        2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
        0x45, 0, 0, (byte)(40 + payload.Length), 0, sequence, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        0xC0, 0, portHigh, port, 0, 0, 0, sequence, 0, 0, 0, 1, 0x50, 24, 32, 0, 0, 0, 0, 0, .. payload,
    ];

    private static byte[] Input(byte linkType, params byte[][] frames) =>
        [linkType, .. frames.SelectMany(frame => (byte[])[0, (byte)frame.Length, .. frame])];
}
