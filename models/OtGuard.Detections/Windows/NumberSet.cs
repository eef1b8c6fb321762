using System.Numerics;

namespace OtGuard.Detections.Windows;

/// <summary>A set of 16-bit numbers in 8 KiB: the ports of a host, the addresses of a /16, counted without forgetting.</summary>
internal sealed class NumberSet
{
    private readonly ulong[] _bits = new ulong[1 << 10];

    /// <summary>How many different numbers are in it.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a number; false where it was there.</summary>
    public bool Add(ushort number)
    {
        ref var word = ref _bits[number >> 6];
        var bit = 1UL << (number & 63);
        if ((word & bit) != 0) return false;
        word |= bit;
        Count++;
        return true;
    }

    /// <summary>The lowest number, -1 for an empty set.</summary>
    public int Lowest
    {
        get
        {
            for (var i = 0; i < _bits.Length; i++)
                if (_bits[i] != 0) return i * 64 + BitOperations.TrailingZeroCount(_bits[i]);
            return -1;
        }
    }

    /// <summary>The highest number, -1 for an empty set.</summary>
    public int Highest
    {
        get
        {
            for (var i = _bits.Length - 1; i >= 0; i--)
                if (_bits[i] != 0) return i * 64 + 63 - BitOperations.LeadingZeroCount(_bits[i]);
            return -1;
        }
    }
}
