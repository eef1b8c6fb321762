using System.Collections;

namespace OtGuard.Models.Fields;

/// <summary>Looks for checksums in a sample of frames of one length, by computing them.</summary>
/// <remarks>
/// A candidate is an algorithm at a place. It is claimed where (1) at most the stated share of the frames breaks it,
/// (2) the place changes with nearly every change of the others and never alone, (3) no other byte alone gives it away
/// (else it is a copy), and (4) chance is ruled out: each linearly independent difference between payloads (over GF(2))
/// verifies as many bits as the checksum has, and they have to exceed the logarithm of the number of candidates by <see
/// cref="MarginBits"/>.
/// </remarks>
internal static class ChecksumSearch
{
    /// <summary>
    /// Bits beyond the number of candidates: a chance of less than one in a million for each identifier.
    /// </summary>
    private const int MarginBits = 20;

    /// <summary>
    /// Frames a candidate has to pass before it is held against all: any wrong one of 8 bits fails at once.
    /// </summary>
    private const int ScreenFrames = 96;

    /// <summary>
    /// Payloads that have to come again for a byte to follow from them: a byte of its own would agree with probability
    /// 2^-8 each time.
    /// </summary>
    private const int Repeats = 16;

    private static readonly ChecksumAlgorithm[] Sums =
        [ChecksumAlgorithm.Xor, ChecksumAlgorithm.Sum, ChecksumAlgorithm.NegatedSum];

    private static readonly ChecksumAlgorithm[] Crc8 = [ChecksumAlgorithm.Crc8, ChecksumAlgorithm.Crc8Reflected];

    private static readonly ChecksumAlgorithm[] Crc16 =
        [ChecksumAlgorithm.Crc16LittleEndian, ChecksumAlgorithm.Crc16BigEndian];

    private static readonly ChecksumAlgorithm[] NibbleSums =
        [ChecksumAlgorithm.NibbleXor, ChecksumAlgorithm.NibbleSum, ChecksumAlgorithm.NegatedNibbleSum];

    /// <summary>The best checksum, or null. <paramref name="counters"/> may select a Data ID.</summary>
    public static ChecksumRule? Find(
        IdentifierTraffic traffic, IReadOnlyList<CounterRule> counters, double maximumFaultShare)
    {
        if (traffic.PayloadBytes < 2) return null;
        var frames = new List<byte[]>();
        for (var index = 0; index < traffic.SampleFrames; index++) frames.Add(traffic.Sample(index).ToArray());
        var selectors = counters
            .Where(counter => counter.Length is >= 2 and <= 4 && counter.StartBit % 8 + counter.Length <= 8)
            .Select(counter => (Bit: counter.StartBit, Values: 1 << counter.Length))
            .Prepend((Bit: -1, Values: 1))
            .ToList();
        foreach (var selector in selectors)
        {
            for (var start = traffic.PayloadBytes * 8 - 8; start >= 0; start -= 8)
            {
                if (!IsPlausible(frames, start, 8)) continue;
                var search = new Search(frames, selector.Bit, selector.Values, maximumFaultShare);
                if (Bytes(search, start) is { } rule) return rule;
            }

            for (var start = 0; start + 16 <= traffic.PayloadBytes * 8; start += 8)
            {
                if (!IsPlausible(frames, start, 16)) continue;
                var search = new Search(frames, selector.Bit, selector.Values, maximumFaultShare);
                foreach (var algorithm in Crc16)
                    foreach (var appended in (int[])[0, 2])
                        if (search.Try(algorithm, start, CrcTables.Ccitt, 4 * traffic.PayloadBytes, appended) is { } rule) return rule;
            }

            for (var start = traffic.PayloadBytes * 8 - 4; start >= 0; start -= 4)
            {
                if (!IsPlausible(frames, start, 4)) continue;
                var search = new Search(frames, selector.Bit, selector.Values, maximumFaultShare);
                foreach (var algorithm in NibbleSums)
                    if (search.Try(algorithm, start, 0, 6 * traffic.PayloadBytes) is { } rule) return rule;
            }
        }

        return null;
    }

    /// <summary>
    /// The least significant bit of a byte that behaves like a checksum nobody could name, or -1: at least <see
    /// cref="Repeats"/> times the rest of a frame came again later with the same byte, and never with another; it is
    /// <see cref="IsPlausible"/>; and a change of the rest flips each of its bits about every other time.
    /// </summary>
    public static int FindUnknown(IdentifierTraffic traffic)
    {
        if (traffic.PayloadBytes < 2 || traffic.SampleFrames < 2 * Repeats) return -1;
        var frames = new List<byte[]>();
        for (var index = 0; index < traffic.SampleFrames; index++) frames.Add(traffic.Sample(index).ToArray());
        for (var start = traffic.PayloadBytes * 8 - 8; start >= 0; start -= 8)
            if (IsPlausible(frames, start, 8) && FollowsFromRest(frames, start) && Scatters(frames, start)) return start;
        return -1;
    }

    private static bool FollowsFromRest(List<byte[]> frames, int start)
    {
        var known = new Dictionary<string, byte>();
        var varied = new HashSet<int>();
        var repeats = 0;
        foreach (var frame in frames)
        {
            byte[] rest = [.. frame];
            rest[start >> 3] = 0;
            for (var at = 0; at < rest.Length; at++)
                if (at != start >> 3 && rest[at] != frames[0][at]) varied.Add(at);
            var key = Convert.ToHexString(rest);
            if (!known.TryAdd(key, frame[start >> 3]))
            {
                if (known[key] != frame[start >> 3]) return false;
                repeats++;
            }
        }

        // Another payload with the same byte is allowed; a byte with fewer values than a four-bit counter gives is a copy.
        return repeats >= Repeats && known.Count >= Repeats && varied.Count >= 2;
    }

    /// <summary>Whether each bit flips in half of the changes, give or take four standard deviations.</summary>
    private static bool Scatters(List<byte[]> frames, int start)
    {
        var flips = new int[8];
        var changes = 0;
        for (var index = 1; index < frames.Count; index++)
        {
            if (frames[index].AsSpan().SequenceEqual(frames[index - 1])) continue;
            changes++;
            for (var bit = 0; bit < 8; bit++)
                flips[bit] += (frames[index][start >> 3] ^ frames[index - 1][start >> 3]) >> bit & 1;
        }

        return flips.All(count => Math.Abs(count - changes / 2.0) <= 2 * Math.Sqrt(changes));
    }

    private static ChecksumRule? Bytes(Search search, int start)
    {
        // SAE J1850 (profile 1) and the polynomial of profile 2 before all others.
        foreach (var polynomial in (int[])[0x1D, 0x2F])
            for (var appended = 0; appended <= 1; appended++)
                if (search.Try(ChecksumAlgorithm.Crc8, start, polynomial, 56, appended) is { } named) return named;
        foreach (var algorithm in Sums)
            if (search.Try(algorithm, start, 0, 56) is { } sum) return sum;
        for (var polynomial = 1; polynomial < 256; polynomial += 2)
            for (var appended = 0; appended <= 1; appended++)
                foreach (var algorithm in Crc8)
                    if (search.Try(algorithm, start, polynomial, 512 * 8, appended) is { } rule) return rule;
        return null;
    }

    /// <summary>
    /// Whether the place behaves like a checksum: it stays when the rest stays, and changes when the rest does but for
    /// the one time in 2^bits that two payloads share it (four times that is allowed).
    /// </summary>
    private static bool IsPlausible(List<byte[]> frames, int start, int bits)
    {
        int changed = 0, unmoved = 0, alone = 0;
        for (var index = 1; index < frames.Count; index++)
        {
            if (index % IdentifierTraffic.BlockFrames == 0) continue;
            bool own = false, rest = false;
            for (var at = 0; at < frames[index].Length; at++)
            {
                var difference = frames[index][at] ^ frames[index - 1][at];
                var mask = Mask(start, bits, at);
                own |= (difference & mask) != 0;
                rest |= (difference & ~mask) != 0;
            }

            if (rest) changed++;
            if (rest && !own) unmoved++;
            if (own && !rest) alone++;
        }

        return changed > 0 && alone <= changed / 50 && unmoved <= 1 + changed * 4 / (1 << bits) + changed / 50
            && (bits == 16 || !IsCopy(frames, start, bits));
    }

    /// <summary>
    /// Whether one other byte (or half of one) by itself gives the place away: equal, inverted, or shifted by a
    /// constant.
    /// </summary>
    private static bool IsCopy(List<byte[]> frames, int start, int bits)
    {
        var mask = (1 << bits) - 1;
        for (var other = 0; other + bits <= frames[0].Length * 8; other += bits)
        {
            if (other == start) continue;
            int[] own = [.. frames.Select(frame => frame[start >> 3] >> (start & 7) & mask)];
            int[] theirs = [.. frames.Select(frame => frame[other >> 3] >> (other & 7) & mask)];
            if (IsConstant(own.Zip(theirs, (a, b) => a ^ b)) || IsConstant(own.Zip(theirs, (a, b) => a - b & mask))
                || IsConstant(own.Zip(theirs, (a, b) => a + b & mask))) return true;
        }

        return false;
    }

    private static bool IsConstant(IEnumerable<int> values) => values.Distinct().Take(2).Count() == 1;

    private static int Mask(int start, int bits, int at) => bits switch
    {
        4 => at == start >> 3 ? 0xF << (start & 4) : 0,
        _ => at >= start >> 3 && at < (start + bits) >> 3 ? 0xFF : 0,
    };

    /// <summary>One sample, with what is the same for every candidate.</summary>
    private sealed class Search(List<byte[]> frames, int counterBit, int counterValues, double maximumFaultShare)
    {
        private readonly Dictionary<int, int> _ranks = [];

        public ChecksumRule? Try(ChecksumAlgorithm algorithm, int start, int polynomial, int candidates, int appended = 0)
        {
            var table = CrcTables.For(algorithm, polynomial);
            var screen = Math.Min(ScreenFrames, frames.Count);
            if (Solve(algorithm, start, table, appended, screen, out _) is not { } faults
                || faults > 1 + screen * maximumFaultShare)
                return null;
            if (Solve(algorithm, start, table, appended, frames.Count, out var constants) is not { } all
                || all > frames.Count * maximumFaultShare)
                return null;
            var rule = new ChecksumRule(algorithm, start, polynomial, constants, counterBit, appended);
            var needed = Math.Log2(candidates) + MarginBits;
            return Rank(start, rule.Length) * rule.Length >= needed ? rule : null;
        }

        /// <summary>Faults with the best constants.</summary>
        private int? Solve(
            ChecksumAlgorithm algorithm, int start, ushort[]? table, int appended, int count, out ushort[] constants)
        {
            var votes = new Dictionary<(int Counter, int Residue), int>();
            for (var index = 0; index < count; index++)
            {
                var residue = ChecksumRule.Residue(algorithm, start, table, appended, frames[index]);
                if (residue < 0 || residue > ushort.MaxValue)
                {
                    constants = [];
                    return null;
                }

                var key = (Counter(frames[index]), residue);
                votes[key] = votes.GetValueOrDefault(key) + 1;
            }

            constants = new ushort[counterValues];
            var right = 0;
            for (var counter = 0; counter < counterValues; counter++)
            {
                var best = 0;
                foreach (var ((at, residue), votesFor) in votes)
                {
                    if (at != counter || votesFor <= best) continue;
                    best = votesFor;
                    constants[counter] = (ushort)residue;
                }

                right += best;
            }

            return count - right;
        }

        /// <summary>
        /// Linearly independent differences between payloads of the same counter value, the checksum left out.
        /// </summary>
        private int Rank(int start, int bits)
        {
            if (_ranks.TryGetValue(start * 32 + bits, out var known)) return known;
            var firsts = new byte[counterValues][];
            var basis = new List<BitArray>();
            foreach (var frame in frames)
            {
                var first = firsts[Counter(frame)] ??= frame;
                var row = new BitArray(frame.Length * 8);
                for (var at = 0; at < frame.Length; at++)
                {
                    var difference = (frame[at] ^ first[at]) & ~Mask(start, bits, at);
                    for (var bit = 0; bit < 8; bit++) row[at * 8 + bit] = (difference >> bit & 1) != 0;
                }

                foreach (var other in basis)
                    if (row[Leading(other)]) row.Xor(other);
                if (Leading(row) >= 0) basis.Add(row);
            }

            var rank = basis.Count;
            _ranks[start * 32 + bits] = rank;
            return rank;
        }

        private static int Leading(BitArray row)
        {
            for (var bit = 0; bit < row.Length; bit++)
                if (row[bit]) return bit;
            return -1;
        }

        private int Counter(byte[] frame) =>
            counterBit < 0 ? 0 : frame[counterBit >> 3] >> (counterBit & 7) & (counterValues - 1);
    }
}
