namespace OtGuard.Fuzzing;

/// <summary>
/// Something that takes bytes nobody vouches for. A target is a class with a parameterless constructor in this
/// assembly; it is found by reflection. A find is any exception that leaves <see cref="Run"/>, so a target checks what
/// it reads by a second, plain way and throws where the two differ.
/// </summary>
public interface IFuzzTarget
{
    /// <summary>Name on the command line: lower case, no blanks.</summary>
    string Name { get; }

    /// <summary>One execution. Keeps no state from one to the next.</summary>
    void Run(ReadOnlySpan<byte> data);

    /// <summary>Inputs to begin with: small, well-formed, one for each form.</summary>
    IEnumerable<byte[]> Seeds => [];
}
