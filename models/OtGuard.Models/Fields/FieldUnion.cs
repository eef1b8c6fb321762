namespace OtGuard.Models.Fields;

/// <summary>
/// The fields of two learnings together: what is checked of a message later is what held in both, and its numbers may be
/// what they were in either.
/// </summary>
/// <remarks>
/// Of a message seen in both the boundaries of that with more frames stand. Its counters and checksums stay where the
/// other found the same ones, its constants where the other saw the same bits never change; else they become plain numbers.
/// </remarks>
internal static class FieldUnion
{
    internal static IReadOnlyList<CanFieldMap> Of(IReadOnlyList<CanFieldMap> earlier, IReadOnlyList<CanFieldMap> later)
    {
        var maps = new SortedDictionary<(int Channel, uint Identifier), CanFieldMap>();
        foreach (var map in earlier) maps.Add((map.Channel, map.Identifier), map);
        foreach (var map in later)
        {
            var key = (map.Channel, map.Identifier);
            maps[key] = maps.TryGetValue(key, out var before) ? Unite(before, map) : map;
        }

        return [.. maps.Values];
    }

    private static CanFieldMap Unite(CanFieldMap earlier, CanFieldMap later)
    {
        var (more, less) = earlier.Frames > later.Frames ? (earlier, later) : (later, earlier);
        var times = (
            First: earlier.First < later.First ? earlier.First : later.First,
            Last: earlier.Last > later.Last ? earlier.Last : later.Last);
        if (more.PayloadBytes != less.PayloadBytes)
        {
            return more with
            {
                OtherLengths = more.OtherLengths + less.Frames + less.OtherLengths,
                First = times.First,
                Last = times.Last,
            };
        }

        return more with
        {
            Frames = more.Frames + less.Frames,
            OtherLengths = more.OtherLengths + less.OtherLengths,
            First = times.First,
            Last = times.Last,
            Fields = [.. more.Fields.Select(field => Unite(field, less))],
        };
    }

    private static CanField Unite(CanField field, CanFieldMap other)
    {
        var same = other.Fields.FirstOrDefault(one =>
            one.StartBit == field.StartBit && one.Length == field.Length && one.IsBigEndian == field.IsBigEndian);
        switch (field.Kind)
        {
            case CanFieldKind.Constant:
                return IsConstantIn(field, other) ? field : Plain(field, same, CanFieldKind.Enumeration);
            case CanFieldKind.Counter or CanFieldKind.Checksum
                when same is null || same.Kind != field.Kind || FieldText.RuleText(same) != FieldText.RuleText(field):
                return Plain(field, same, CanFieldKind.Physical);
            default:
                return same is null || same.IsSigned != field.IsSigned
                    ? field
                    : field with
                    {
                        Frames = field.Frames + same.Frames,
                        Faults = field.Faults + same.Faults,
                        Minimum = Math.Min(field.Minimum, same.Minimum),
                        Maximum = Math.Max(field.Maximum, same.Maximum),
                        Distinct = Math.Max(field.Distinct, same.Distinct),
                    };
        }
    }

    /// <summary>A field of which nothing is checked; of its values in the other learning, where it has none there, it says nothing.</summary>
    private static CanField Plain(CanField field, CanField? other, CanFieldKind kind) => field with
    {
        Kind = kind,
        Cycle = null,
        Checksum = null,
        Faults = 0,
        Minimum = Math.Min(field.Minimum, other?.Minimum ?? field.Minimum),
        Maximum = Math.Max(field.Maximum, other?.Maximum ?? field.Maximum),
        Distinct = Math.Max(field.Distinct, other?.Distinct ?? field.Distinct),
    };

    private static bool IsConstantIn(CanField field, CanFieldMap other)
    {
        for (var index = 0; index < field.Length; index++)
        {
            var bit = field.Bit(index);
            if (ConstantBit(other, bit) != ((ulong)field.Minimum >> index & 1)) return false;
        }

        return true;
    }

    /// <summary>The value of a bit that is part of a constant, or null.</summary>
    private static ulong? ConstantBit(CanFieldMap map, int bit)
    {
        foreach (var field in map.Fields)
        {
            if (field.Kind != CanFieldKind.Constant) continue;
            for (var index = 0; index < field.Length; index++)
                if (field.Bit(index) == bit) return (ulong)field.Minimum >> index & 1;
        }

        return null;
    }
}
