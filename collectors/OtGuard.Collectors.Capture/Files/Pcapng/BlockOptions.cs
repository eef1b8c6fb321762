using System.Buffers.Binary;
using System.Text;

namespace OtGuard.Collectors.Capture.Files.Pcapng;

/// <summary>Walks the options of a block; ends at opt_endofopt, at the block's end, or at a length that lies.</summary>
/// <remarks>draft-ietf-opsawg-pcapng §3.5.</remarks>
internal ref struct BlockOptions(ReadOnlySpan<byte> bytes, bool bigEndian)
{
    // A name longer than this is no name; what comes from a file and is kept has a bound.
    private const int MaximumTextBytes = 256;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Code of the option.</summary>
    public int Code { get; private set; }

    /// <summary>Its value without padding.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The value as 64-bit number, clamped to what a counter can hold; null where it has another length.</summary>
    public readonly long? Counter => Value.Length != 8 ? null : (long)Math.Min(UInt64(Value), long.MaxValue);

    /// <summary>The value as text; null where it is empty.</summary>
    public readonly string? Text
    {
        get
        {
            var text = Encoding.UTF8.GetString(Value[..Math.Min(Value.Length, MaximumTextBytes)]).TrimEnd('\0');
            return text.Length == 0 ? null : text;
        }
    }

    /// <summary>The value as signed 64-bit number; null where it has another length.</summary>
    public readonly long? Int64 => Value.Length != 8 ? null : unchecked((long)UInt64(Value));

    /// <summary>Moves to the next option.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < 4) return false;
        Code = UInt16(_rest);
        var length = UInt16(_rest[2..]);
        if (Code == 0 || length > _rest.Length - 4) return false;
        Value = _rest.Slice(4, length);
        var padded = 4 + (length + 3 & ~3);
        _rest = padded >= _rest.Length ? default : _rest[padded..];
        return true;
    }

    private readonly int UInt16(ReadOnlySpan<byte> bytes) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private readonly ulong UInt64(ReadOnlySpan<byte> bytes) =>
        bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
