using System.Buffers.Binary;

namespace OtGuard.Fuzzing;

/// <summary>Makes inputs out of seeds by the changes that find most in parsers. Deterministic for a seed number.</summary>
public sealed class Mutator(IReadOnlyList<byte[]> seeds, int seed)
{
    /// <summary>The longest input made; twice as much would find nothing else and take twice as long.</summary>
    public const int MaximumBytes = 1 << 16;

    // Numbers at which lengths and counts go wrong.
    private static readonly uint[] Edges =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 124, 125, 126, 127, 128, 250, 253, 254, 255, 256, 260, 1023, 1024,
        0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_fffc, 0xffff_fffe, 0xffff_ffff,
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        var input = Pick();
        // Most finds need one change, some need several.
        for (var changes = 1 + _random.Next(4) * _random.Next(4); changes > 0; changes--) input = Change(input);
        return input.Length > MaximumBytes ? input[..MaximumBytes] : input;
    }

    private byte[] Pick() => seeds.Count == 0 ? RandomBytes(_random.Next(256)) : [.. seeds[_random.Next(seeds.Count)]];

    private byte[] Change(byte[] input)
    {
        if (input.Length == 0) return RandomBytes(1 + _random.Next(64));
        var at = _random.Next(input.Length);
        var length = _random.Next(1 + Math.Min(input.Length - at, 64));
        switch (_random.Next(10))
        {
            case 0:
                input[at] ^= (byte)(1 << _random.Next(8));
                return input;
            case 1:
                input[at] = (byte)_random.Next(256);
                return input;
            case 2:
                input[at] = (byte)Edges[_random.Next(Edges.Length)];
                return input;
            case 3:
                WriteEdge(input.AsSpan(at));
                return input;
            case 4:
                _random.NextBytes(input.AsSpan(at, length));
                return input;
            case 5:
                return input[..at];
            case 6:
                return [.. input[..at], .. input[(at + length)..]];
            case 7:
                return [.. input[..at], .. input.AsSpan(at, length), .. input[at..]];
            case 8:
                return [.. input[..at], .. RandomBytes(length), .. input[at..]];
            default:
                var other = Pick();
                return [.. input[..at], .. other[_random.Next(other.Length + 1)..]];
        }
    }

    private void WriteEdge(Span<byte> at)
    {
        var value = Edges[_random.Next(Edges.Length)];
        var bigEndian = _random.Next(2) == 0;
        if (at.Length >= 4 && _random.Next(2) == 0)
        {
            if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(at, value);
            else BinaryPrimitives.WriteUInt32LittleEndian(at, value);
        }
        else if (at.Length >= 2)
        {
            if (bigEndian) BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)value);
            else BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value);
        }
    }

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
