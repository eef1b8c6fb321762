using System.Runtime.InteropServices;

namespace OtGuard.Models.Signals;

/// <summary>
/// Follows whether the values of one source repeat an earlier stretch, one by one: a recording that is played again. Values
/// that stand still are passed over; each set that agrees counts by how rare it is here, so that what goes to and fro between
/// the same few values amounts to little. How much comes about by chance is for the caller to learn.
/// </summary>
/// <remarks>Remembers the latest <see cref="Remembered"/> different sets of values by their hashes. Allocates nothing.</remarks>
internal sealed class ReplayState
{
    /// <summary>Sets of values remembered: a quarter of an hour of a poll a second, ten seconds of a message of 10 ms.</summary>
    public const int Remembered = 1024;

    private const int Slots = 2048;

    private readonly ulong[] _ring = new ulong[Remembered];
    private readonly int[] _latestAt = new int[Slots];
    private long _count;
    private long _matches = -1;
    private readonly ushort[] _shares = new ushort[Slots];

    /// <summary>How many sets of values in a row repeat earlier ones.</summary>
    public int Run { get; private set; }

    /// <summary>How much that says, in bits: of each set, how rare it is among those remembered.</summary>
    public double Bits { get; private set; }

    /// <summary>Takes the values at hand; how much those in a row say, these included, that repeat an earlier stretch.</summary>
    public double Add(ReadOnlySpan<double> values)
    {
        var hash = HashOf(values);
        if (_count > 0 && _ring[(_count - 1) % Remembered] == hash) return Bits;
        var remembered = Math.Min(_count, Remembered);
        var bits = remembered == 0 ? 0 : Math.Log2((double)remembered / Math.Max((ushort)1, _shares[hash % Slots]));
        if (_matches >= 0 && _matches + 1 < _count && _count - _matches - 1 <= Remembered && _ring[(_matches + 1) % Remembered] == hash)
        {
            _matches++;
            Run++;
            Bits += bits;
        }
        else
        {
            // The latest sighting of these values, where it is still remembered.
            var at = (long)_latestAt[hash % Slots] - 1;
            var isKnown = at >= 0 && _count - at <= Remembered && _ring[at % Remembered] == hash;
            _matches = isKnown ? at : -1;
            (Run, Bits) = isKnown ? (1, bits) : (0, 0);
        }

        if (_count >= Remembered) _shares[_ring[_count % Remembered] % Slots]--;
        _shares[hash % Slots]++;

        _ring[_count % Remembered] = hash;
        _latestAt[hash % Slots] = (int)(_count + 1);
        _count++;
        // Long before the number no longer fits its slot.
        if (_count > int.MaxValue - Remembered) Clear();
        return Bits;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_ring);
        Array.Clear(_latestAt);
        Array.Clear(_shares);
        (_count, _matches, Run, Bits) = (0, -1, 0, 0);
    }

    private static ulong HashOf(ReadOnlySpan<double> values)
    {
        var hash = 0x9E37_79B9_7F4A_7C15ul;
        foreach (var word in MemoryMarshal.Cast<double, ulong>(values)) hash = (hash ^ word) * 0xBF58_476D_1CE4_E5B9 ^ hash >> 29;
        // Whole numbers differ in the upper bits of their words alone, and slots are chosen by the lower bits.
        hash = (hash ^ hash >> 32) * 0x94D0_49BB_1331_11EB;
        return hash ^ hash >> 32;
    }
}
