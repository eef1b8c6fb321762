using System.Globalization;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.OpcUa.Types;

/// <summary>What kind of identifier a NodeId has (OPC UA Part 3 v1.05 §8.2).</summary>
internal enum NodeIdKind : byte
{
    Numeric,
    Text,
    Guid,
    Opaque,
}

/// <summary>
/// A NodeId as it lies in a message: numbers in place, other identifiers as a place in the bytes it was read from.
/// </summary>
internal readonly record struct NodeIdView(NodeIdKind Kind, ushort Namespace, uint Number, int At, int Length)
{
    /// <summary>A numeric NodeId.</summary>
    public static NodeIdView FromNumber(ushort space, uint number) => new(NodeIdKind.Numeric, space, number, 0, 0);

    /// <summary>The null NodeId: numeric 0 in namespace 0, or an empty identifier there.</summary>
    public bool IsNull => Namespace == 0 && Number == 0 && Length == 0;

    /// <summary>The numeric identifier in namespace 0, or 0.</summary>
    public uint StandardNumber => Kind == NodeIdKind.Numeric && Namespace == 0 ? Number : 0;

    /// <summary>
    /// The number that stands for this NodeId in a target: a function of kind, namespace and identifier alone, never 0.
    /// </summary>
    /// <param name="data">The bytes it was read from.</param>
    public uint Hash(ReadOnlySpan<byte> data)
    {
        var hash = ((ulong)Kind << 56 | (ulong)Namespace << 32 | Number) + 0x9E37_79B9_7F4A_7C15;
        if (Length > 0)
        {
            var rest = data.Slice(At, Length);
            hash ^= (ulong)Length;
            while (rest.Length >= 8)
            {
                hash = Mix(hash ^ ReadUInt64LittleEndian(rest));
                rest = rest[8..];
            }

            ulong last = 0;
            foreach (var one in rest) last = last << 8 | one;
            hash ^= last;
        }

        hash = Mix(hash);
        var folded = (uint)(hash ^ hash >> 32);
        return folded == 0 ? 1 : folded;
    }

    /// <summary>The NodeId in its usual notation: <c>i=2258</c>, <c>ns=2;s=Tap</c>.</summary>
    /// <remarks>OPC UA Part 6 v1.05 §5.3.1.10.</remarks>
    public string ToText(ReadOnlySpan<byte> data)
    {
        var space = Namespace == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"ns={Namespace};");
        return Kind switch
        {
            NodeIdKind.Numeric => string.Create(CultureInfo.InvariantCulture, $"{space}i={Number}"),
            NodeIdKind.Text => $"{space}s={Encoding.UTF8.GetString(data.Slice(At, Length))}",
            NodeIdKind.Guid => $"{space}g={new Guid(data.Slice(At, 16))}",
            NodeIdKind.Opaque => $"{space}b={Convert.ToBase64String(data.Slice(At, Length))}",
        };
    }

    /// <summary>Reads the usual notation; <paramref name="data"/> holds the identifier where it is no number.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out NodeIdView node, out byte[] data)
    {
        node = default;
        data = [];
        ushort space = 0;
        if (text.StartsWith("ns=", StringComparison.Ordinal))
        {
            var end = text.IndexOf(';');
            if (end < 0 || !ushort.TryParse(text[3..end], NumberStyles.None, CultureInfo.InvariantCulture, out space))
                return false;
            text = text[(end + 1)..];
        }

        if (text.Length < 2 || text[1] != '=') return false;
        var identifier = text[2..];
        switch (text[0])
        {
            case 'i':
                if (!uint.TryParse(identifier, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
                node = FromNumber(space, number);
                return true;
            case 's':
                data = new byte[Encoding.UTF8.GetByteCount(identifier)];
                Encoding.UTF8.GetBytes(identifier, data);
                node = new NodeIdView(NodeIdKind.Text, space, 0, 0, data.Length);
                return true;
            case 'g':
                if (!System.Guid.TryParseExact(identifier, "D", out var guid)) return false;
                data = guid.ToByteArray();
                node = new NodeIdView(NodeIdKind.Guid, space, 0, 0, data.Length);
                return true;
            case 'b':
                data = new byte[identifier.Length];
                if (!Convert.TryFromBase64Chars(identifier, data, out var written)) return false;
                data = data[..written];
                node = new NodeIdView(NodeIdKind.Opaque, space, 0, 0, written);
                return true;
            default:
                return false;
        }
    }

    private static ulong Mix(ulong value)
    {
        // The finaliser of splitmix64: every bit of the input reaches every bit of the result.
        value = (value ^ value >> 30) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ value >> 27) * 0x94D0_49BB_1331_11EB;
        return value ^ value >> 31;
    }
}
