namespace OtGuard.Models.Fields;

/// <summary>How fields of CAN frames are learned.</summary>
public sealed record FieldLearningOptions
{
    /// <summary>
    /// Identifiers learned at most, over all channels; frames of further ones are counted. 11 bits give 2048; a bus
    /// with more identifiers of 29 bits than this carries addresses that somebody tries out. About 10 KiB each, 24 KiB
    /// where payloads exceed 8 bytes.
    /// </summary>
    public int MaximumIdentifiers { get; init; } = 4096;

    /// <summary>
    /// Frames of an identifier below which nothing but constant bits is said: a counter of four bits has to be seen
    /// twice round, which takes 32.
    /// </summary>
    public int MinimumFrames { get; init; } = 32;

    /// <summary>
    /// Share of the frames that may break a counter or checksum that is still claimed: logs lose frames and controllers
    /// start up, and both are rarer than this.
    /// </summary>
    public double MaximumFaultShare { get; init; } = 0.02;

    /// <summary>
    /// Distinct values up to which a field can be an enumeration: three bits of states, as most have.
    /// </summary>
    public int MaximumEnumerationValues { get; init; } = 8;

    /// <summary>
    /// Share of frames that may change an enumeration. A state stays for many frames; what changes in more than one of
    /// ten is measured.
    /// </summary>
    public double MaximumEnumerationChanges { get; init; } = 0.1;
}
