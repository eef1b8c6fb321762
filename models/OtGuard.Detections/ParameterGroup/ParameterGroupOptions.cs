namespace OtGuard.Detections.ParameterGroup;

/// <summary>Settings of the <see cref="ParameterGroupDetector"/>.</summary>
public sealed record ParameterGroupOptions
{
    /// <summary>New groups of one node told one by one; the rest share a deviation. Default 4.</summary>
    /// <remarks>As for functions: a node that says a fifth new thing has changed altogether.</remarks>
    public int GroupsPerNode { get; init; } = 4;

    /// <summary>Nodes counted. Default 1,024; a bus has at most 254.</summary>
    public int Nodes { get; init; } = 1024;
}
