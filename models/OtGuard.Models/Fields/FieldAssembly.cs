namespace OtGuard.Models.Fields;

/// <summary>Puts the fields of one identifier together from its bits.</summary>
internal static class FieldAssembly
{
    /// <summary>
    /// Natural logarithm of odds of 20 to 1: what an identifier has to show to be believed about its byte order.
    /// </summary>
    public static readonly double SureOdds = Math.Log(20);

    /// <summary>Above 0 where fields that span bytes have the high byte first.</summary>
    public static double BigEndianEvidence(IdentifierTraffic traffic, IReadOnlyList<ClaimedField> claimed)
    {
        double sum = 0;
        for (var place = 0; place + 1 < traffic.PayloadBytes; place++)
        {
            var little = Odds(traffic, place * 8 + 8, place * 8 + 7, false, claimed);
            var big = Odds(traffic, place * 8, place * 8 + 15, true, claimed);
            sum += Math.Max(0, big) - Math.Max(0, little);
        }

        return sum;
    }

    /// <summary>All fields, by their first bit on the wire; every bit is in one.</summary>
    public static IReadOnlyList<CanField> Fields(
        IdentifierTraffic traffic, IReadOnlyList<ClaimedField> claimed, bool bigEndian, FieldLearningOptions options)
    {
        var fields = new List<CanField>();
        foreach (var claim in claimed) fields.Add(Claimed(traffic, claim, bigEndian));
        var run = new List<int>();
        for (var index = 0; index < traffic.PayloadBytes * 8; index++)
        {
            // Towards less significant bits on the wire where the high byte is first, else towards more significant ones.
            var bit = bigEndian ? FieldBits.Dbc(index) : index;
            if (run.Count > 0 && !Joined(traffic, run[^1], bit, bigEndian, claimed, run.Count))
            {
                fields.Add(Plain(traffic, run, bigEndian, options));
                run.Clear();
            }

            if (!claimed.Any(claim => claim.Covers(bit))) run.Add(bit);
        }

        if (run.Count > 0) fields.Add(Plain(traffic, run, bigEndian, options));
        return [.. fields.OrderBy(field => FieldBits.Wire(field.Bit(field.Length - 1)))];
    }

    private static bool Joined(
        IdentifierTraffic traffic, int last, int bit, bool bigEndian, IReadOnlyList<ClaimedField> claimed, int length)
    {
        if (length >= 64 || claimed.Any(claim => claim.Covers(bit) || claim.Covers(last))) return false;
        if (traffic.Flips[last] == 0 && traffic.Flips[bit] == 0) return true;
        return bigEndian
            ? Odds(traffic, last, bit, last >> 3 != bit >> 3, claimed) > 0
            : Odds(traffic, bit, last, false, claimed) > 0;
    }

    /// <summary>Log odds that two neighbours are of one field; far below 0 where one of them never flipped.</summary>
    private static double Odds(
        IdentifierTraffic traffic, int high, int low, bool acrossBigEndian, IReadOnlyList<ClaimedField> claimed)
    {
        if (traffic.Flips[high] == 0 || traffic.Flips[low] == 0 || claimed.Any(c => c.Covers(high) || c.Covers(low)))
            return double.NegativeInfinity;
        var together = acrossBigEndian ? traffic.BigEndianTogether[high >> 3] : traffic.Together[low];
        var opposed = acrossBigEndian ? traffic.BigEndianOpposed[high >> 3] : traffic.Opposed[low];
        return FieldBoundaries.LogOdds(traffic.Transitions, traffic.Flips[high], traffic.Flips[low], together, opposed);
    }

    private static CanField Claimed(IdentifierTraffic traffic, ClaimedField claim, bool bigEndian)
    {
        int[] bits = [.. claim.Bits];

        // Within a byte the order says nothing: such a field is written as its neighbours are.
        var asBigEndian = bits[0] >> 3 == bits[^1] >> 3 ? bigEndian : claim.IsBigEndian;
        var field = new CanField
        {
            StartBit = asBigEndian ? bits[^1] : bits[0],
            Length = bits.Length,
            IsBigEndian = asBigEndian,
            Kind = claim.Counter is null ? CanFieldKind.Checksum : CanFieldKind.Counter,
            Frames = claim.Frames,
            Faults = claim.Faults,
            Cycle = claim.Counter?.Cycle,
            Checksum = claim.Checksum,
        };
        var values = SampleValues.Of(traffic, field);
        return field with
        {
            Minimum = (long)values.Minimum,
            Maximum = (long)values.Maximum,
            Distinct = values.Distinct,
            ChangeShare = values.ChangeShare,
        };
    }

    private static CanField Plain(IdentifierTraffic traffic, List<int> run, bool bigEndian, FieldLearningOptions options)
    {
        var field = new CanField
        {
            StartBit = run[0],
            Length = run.Count,
            IsBigEndian = bigEndian,
            Kind = CanFieldKind.Constant,
            Frames = traffic.Frames,
        };
        var values = SampleValues.Of(traffic, field);
        if (traffic.Flips[run[0]] == 0)
            return field with { Minimum = (long)values.Minimum, Maximum = (long)values.Minimum, Distinct = 1 };
        var isEnumeration = values.Distinct <= options.MaximumEnumerationValues
            && values.ChangeShare <= options.MaximumEnumerationChanges;
        var isSigned = !isEnumeration && values.IsSigned;
        return field with
        {
            Kind = run.Count == 1 || isEnumeration ? CanFieldKind.Enumeration : CanFieldKind.Physical,
            Frames = traffic.SampleFrames,
            IsSigned = isSigned,
            Minimum = isSigned ? values.SignedMinimum : (long)values.Minimum,
            Maximum = isSigned ? values.SignedMaximum : (long)values.Maximum,
            Distinct = values.Distinct,
            ChangeShare = values.ChangeShare,
        };
    }
}

/// <summary>What values a field has in the sample.</summary>
internal readonly record struct SampleValues(
    ulong Minimum, ulong Maximum, long SignedMinimum, long SignedMaximum, int Distinct, double ChangeShare, bool IsSigned)
{
    public static SampleValues Of(IdentifierTraffic traffic, CanField field)
    {
        var distinct = new HashSet<ulong>();
        ulong minimum = ulong.MaxValue, maximum = 0, last = 0;
        long signedMinimum = long.MaxValue, signedMaximum = long.MinValue;
        int pairs = 0, changes = 0;
        double plainPath = 0, signedPath = 0;
        var shift = 64 - field.Length;
        for (var index = 0; index < traffic.SampleFrames; index++)
        {
            var value = field.Read(traffic.Sample(index));
            var signed = (long)(value << shift) >> shift;
            distinct.Add(value);
            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
            signedMinimum = Math.Min(signedMinimum, signed);
            signedMaximum = Math.Max(signedMaximum, signed);
            if (index % IdentifierTraffic.BlockFrames != 0)
            {
                pairs++;
                if (value != last) changes++;
                plainPath += Math.Abs((double)value - last);
                signedPath += Math.Abs((double)signed - ((long)(last << shift) >> shift));
            }

            last = value;
        }

        return new SampleValues(
            minimum,
            maximum,
            signedMinimum,
            signedMaximum,
            distinct.Count,
            pairs == 0 ? 0 : (double)changes / pairs,
            field.Length > 2 && signedPath * 2 < plainPath);
    }
}
