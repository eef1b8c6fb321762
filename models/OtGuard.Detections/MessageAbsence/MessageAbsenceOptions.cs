namespace OtGuard.Detections.MessageAbsence;

/// <summary>Settings of <see cref="MessageAbsenceDetector"/>.</summary>
public sealed record MessageAbsenceOptions
{
    /// <summary>
    /// Messages that are back within this time after they were missed are told for information. Default 3 seconds: a
    /// control unit or a gateway that restarts is back by then, and one that was silenced to some purpose is not.
    /// </summary>
    public TimeSpan Restart { get; init; } = TimeSpan.FromSeconds(3);
}
