namespace OtGuard.Models.Fields;

/// <summary>A counter at a place of the frame. Immutable; nothing is allocated by checking.</summary>
/// <param name="StartBit">Its least significant bit by DBC number.</param>
/// <param name="Length">Number of bits, at most 16.</param>
/// <param name="IsBigEndian">Whether a second byte, the higher one, comes before the first.</param>
/// <param name="Cycle">How it counts.</param>
internal sealed record CounterRule(int StartBit, int Length, bool IsBigEndian, CounterCycle Cycle)
{
    /// <summary>Bits of a counter at most: longer ones are not told from a clock.</summary>
    public const int MaximumLength = 16;

    public ulong Read(ReadOnlySpan<byte> payload) => Read(payload, StartBit, Length, IsBigEndian);

    /// <summary>Whether <paramref name="next"/> may follow <paramref name="value"/>, and what would.</summary>
    public bool Follows(ulong value, ulong next, out ulong expected)
    {
        expected = value == Cycle.Last ? Cycle.First : (value + Cycle.Step) & ((1UL << Length) - 1);
        return next == expected || (Cycle.Holds && next == value);
    }

    internal static ulong Read(ReadOnlySpan<byte> payload, int start, int length, bool bigEndian)
    {
        var place = start >> 3;
        ulong value = payload[place];
        if (length > 8 - (start & 7)) value |= (ulong)payload[bigEndian ? place - 1 : place + 1] << 8;
        return value >> (start & 7) & ((1UL << length) - 1);
    }
}

/// <summary>Looks for counters in the consecutive frames of a sample.</summary>
/// <remarks>
/// A counter goes on by one (up or down, as all standards have it) from frame to frame, or from always the same last
/// value to always the same first one. It has to do so in all but the stated share of the frames; one that also stays
/// (repeated by a faster message) has to stay regularly.
/// </remarks>
internal static class CounterSearch
{
    private const int LongestInByte = 8;

    public static List<CounterRule> Find(IdentifierTraffic traffic, int minimumFrames, double maximumFaultShare)
    {
        var found = new List<CounterRule>();
        if (traffic.SampleFrames < minimumFrames) return found;
        for (var bit = 0; bit < traffic.PayloadBytes * 8; bit++)
        {
            if (traffic.Flips[bit] * 8L < traffic.Transitions) continue;
            if (At(traffic, bit, minimumFrames, maximumFaultShare) is not { } counter) continue;
            found.Add(counter);
            bit = counter.IsBigEndian || counter.StartBit % 8 + counter.Length <= 8
                ? bit + Math.Min(counter.Length, 8 - bit % 8) - 1
                : bit + counter.Length - 1;
        }

        // The high byte of a big-endian counter lies before the low one and may have been taken for a counter itself.
        return [.. found.Where(one => !found.Any(other => other != one && other.IsBigEndian && other.Length > 8
            && one.StartBit >> 3 == (other.StartBit >> 3) - 1))];
    }

    private static CounterRule? At(IdentifierTraffic traffic, int bit, int minimumFrames, double maximumFaultShare)
    {
        var place = bit >> 3;
        for (var length = LongestInByte - bit % 8; length >= 1; length--)
        {
            if (Evaluate(traffic, bit, length, false, minimumFrames, maximumFaultShare) is not { } counter) continue;
            if (bit % 8 + length < 8) return counter;

            // It fills its byte: it may go on in the next or in the one before.
            for (var longer = CounterRule.MaximumLength - bit % 8; longer > length; longer--)
            {
                if (place + 1 < traffic.PayloadBytes
                    && Evaluate(traffic, bit, longer, false, minimumFrames, maximumFaultShare) is { } little) return little;
                if (place > 0
                    && Evaluate(traffic, bit, longer, true, minimumFrames, maximumFaultShare) is { } big) return big;
            }

            return counter;
        }

        return null;
    }

    /// <summary>
    /// Whether a counter that also stays stays for the same number of frames each time, give or take one, and goes
    /// round twice: the high bits of a slow number rise by ones too, but at their own pace.
    /// </summary>
    private static bool IsRegular(IdentifierTraffic traffic, int bit, int length, bool bigEndian, int faults)
    {
        int shortest = int.MaxValue, longest = 0, run = 0, changes = 0;
        var complete = false;
        for (var index = 0; index < traffic.SampleFrames; index++)
        {
            var value = CounterRule.Read(traffic.Sample(index), bit, length, bigEndian);
            if (index % IdentifierTraffic.BlockFrames == 0)
            {
                run = 1;
                complete = false;
            }
            else if (value == CounterRule.Read(traffic.Sample(index - 1), bit, length, bigEndian))
            {
                run++;
            }
            else
            {
                if (complete) shortest = Math.Min(shortest, run);
                if (complete) longest = Math.Max(longest, run);
                changes++;
                run = 1;
                complete = true;
            }
        }

        return faults == 0 && length >= 2 && changes >= 2 << length && longest > 1 && longest - shortest <= 1;
    }

    private static CounterRule? Evaluate(
        IdentifierTraffic traffic, int bit, int length, bool bigEndian, int minimumFrames, double maximumFaultShare)
    {
        var mask = (1UL << length) - 1;
        var steps = new Dictionary<ulong, int>();
        var jumps = new Dictionary<(ulong From, ulong To), int>();
        int pairs = 0, held = 0;
        var top = false;
        for (var index = 0; index < traffic.SampleFrames; index++)
        {
            var value = CounterRule.Read(traffic.Sample(index), bit, length, bigEndian);
            top |= value >> (length - 1) != CounterRule.Read(traffic.Sample(0), bit, length, bigEndian) >> (length - 1);
            if (index % IdentifierTraffic.BlockFrames == 0) continue;
            var last = CounterRule.Read(traffic.Sample(index - 1), bit, length, bigEndian);
            pairs++;
            if (value == last)
            {
                held++;
                continue;
            }

            var step = (value - last) & mask;
            steps[step] = steps.GetValueOrDefault(step) + 1;
            jumps[(last, value)] = jumps.GetValueOrDefault((last, value)) + 1;
        }

        if (steps.Count == 0 || !top || pairs < minimumFrames - 1) return null;
        var (usual, times) = steps.MaxBy(step => step.Value);
        if (usual != 1 && usual != mask) return null;
        var wrap = jumps.Where(jump => ((jump.Key.To - jump.Key.From) & mask) != usual)
            .DefaultIfEmpty()
            .MaxBy(jump => jump.Value);
        var wraps = wrap.Value;

        // An own wrap joins the lowest value, 0 or 1, with one that has the top bit set, else that bit is no part of it.
        var (low, high) = usual == 1 ? (wrap.Key.To, wrap.Key.From) : (wrap.Key.From, wrap.Key.To);
        if (wraps < 2 || low > 1 || high >> (length - 1) == 0) wraps = 0;
        var holds = held > pairs * maximumFaultShare;
        var faults = pairs - held - times - wraps + (holds ? 0 : held);
        if (faults > pairs * maximumFaultShare) return null;
        if (holds && !IsRegular(traffic, bit, length, bigEndian, faults)) return null;
        return new CounterRule(
            bit, length, bigEndian,
            wraps > 0
                ? new CounterCycle(wrap.Key.To, wrap.Key.From, usual, holds)
                : new CounterCycle((mask + usual) & mask, mask, usual, holds));
    }
}
