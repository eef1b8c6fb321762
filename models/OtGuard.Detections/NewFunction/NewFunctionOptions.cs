namespace OtGuard.Detections.NewFunction;

/// <summary>Settings of <see cref="NewFunctionDetector"/>.</summary>
public sealed record NewFunctionOptions
{
    /// <summary>
    /// New functions told one by one, for each client, server and unit; further ones join a single deviation. Default 4:
    /// a tool that somebody starts brings a handful of functions; who uses more tries them out, and that has an alarm of
    /// its own (B24).
    /// </summary>
    public int MaximumFunctionsPerUnit { get; init; } = 4;

    /// <summary>
    /// New units told one by one, for each client and server; further ones join a single deviation. Default 4, for the
    /// same reason (B25).
    /// </summary>
    public int MaximumUnitsPerServer { get; init; } = 4;

    /// <summary>Causes counted for these. Beyond it each has a single deviation. Default 4096: 200 KiB of memory.</summary>
    public int MaximumCounted { get; init; } = 4096;
}
