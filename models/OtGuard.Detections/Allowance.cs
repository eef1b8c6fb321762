namespace OtGuard.Detections;

/// <summary>
/// How many deviations of a kind a cause may have, told one by one; what comes beyond joins one that they share. So a
/// scan is not an alarm for each of its probes.
/// </summary>
/// <remarks>Bounded by the number of causes counted; a cause beyond it has no allowance. Not thread-safe.</remarks>
internal sealed class Allowance<TCause>(int each, int maximumCauses)
    where TCause : notnull
{
    private readonly Dictionary<TCause, int> _taken = [];

    /// <summary>Takes one of the cause's allowance; false where it is used up.</summary>
    public bool TryTake(TCause cause)
    {
        if (!_taken.TryGetValue(cause, out var taken) && _taken.Count == maximumCauses) return false;
        if (taken == each) return false;
        _taken[cause] = taken + 1;
        return true;
    }
}
