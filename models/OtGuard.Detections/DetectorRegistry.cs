using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>Every detector there is: one line each.</summary>
public static class DetectorRegistry
{
    /// <summary>New detectors with these settings. They keep state: a set serves one <see cref="DetectionEngine"/>.</summary>
    public static IReadOnlyList<IDetector> CreateAll(DetectorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return [];
    }
}
