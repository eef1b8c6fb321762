namespace OtGuard.Collectors.Dissection;

/// <summary>What is wrong with a field.</summary>
public enum FieldFault : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The bytes end before the field does.</summary>
    CutOff,

    /// <summary>The field breaks its standard, or nothing can be said of its bytes.</summary>
    Malformed,
}

/// <summary>A field of a frame: what some of its bytes say.</summary>
/// <param name="Layer">The protocol's layer it belongs to: <c>IPv4</c>, <c>Modbus</c>.</param>
/// <param name="Name">The standard's name of the field.</param>
/// <param name="Value">Its value in words; an empty text where there is none.</param>
/// <param name="Offset">Its first byte in the frame, from 0.</param>
/// <param name="Length">Number of bytes; 0 for a field that is missing altogether.</param>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="Mask">
/// The bits that are the field's, one byte for each of its own, where it does not take them whole; else empty.
/// </param>
/// <param name="IsPart">Whether other bytes of the field lie in another frame: its message spans several.</param>
public sealed record DissectedField(
    string Layer,
    string Name,
    string Value,
    int Offset,
    int Length,
    FieldFault Fault = FieldFault.None,
    ReadOnlyMemory<byte> Mask = default,
    bool IsPart = false);

/// <summary>A message whose bytes lie in several frames.</summary>
/// <param name="Layer">The layer that was put together: <c>TCP</c>, <c>ISO-TP</c>.</param>
/// <param name="Frames">The numbers of the frames, in the order of the bytes.</param>
/// <param name="IsComplete">Whether all of it was seen.</param>
public sealed record SpannedMessage(string Layer, IReadOnlyList<long> Frames, bool IsComplete);
