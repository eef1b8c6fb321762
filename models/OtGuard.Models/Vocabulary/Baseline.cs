namespace OtGuard.Models;

/// <summary>What was learned: immutable, versioned, content-hashed, reviewable as text.</summary>
public sealed class Baseline
{
    /// <summary>SHA-256 over the contents, lower-case hexadecimal.</summary>
    public string ContentHash { get; init; } = "";
}
