namespace OtGuard.Dashboard.Cases;

/// <summary>What somebody wrote into the worksheet.</summary>
/// <param name="Values">Values by field; an empty one takes the entry out.</param>
/// <param name="Confidence">0 to 100, or null.</param>
/// <param name="Why">Why, in words.</param>
public sealed record WrittenFields(IReadOnlyDictionary<string, string> Values, int? Confidence, string? Why);
