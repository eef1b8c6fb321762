namespace OtGuard.Detections;

/// <summary>The settings of all detectors; each default stands, with its reason, in the detector's own options.</summary>
public sealed record DetectorOptions;
