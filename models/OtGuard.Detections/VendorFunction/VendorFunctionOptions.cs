namespace OtGuard.Detections.VendorFunction;

/// <summary>Settings of the <see cref="VendorFunctionDetector"/>.</summary>
public sealed record VendorFunctionOptions
{
    /// <summary>Functions of one unit told one by one; the rest share a deviation. Default 4.</summary>
    /// <remarks>As for functions of the standard: a fifth is somebody who tries them out.</remarks>
    public int MaximumFunctionsPerUnit { get; init; } = 4;

    /// <summary>Units counted for that. Beyond it every further one has a single deviation. Default 4,096.</summary>
    public int MaximumCounted { get; init; } = 4096;
}
