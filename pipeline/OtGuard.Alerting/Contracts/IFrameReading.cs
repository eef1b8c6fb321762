using OtGuard.Collectors.Dissection;

namespace OtGuard.Alerting;

/// <summary>Reads what is in frames: implemented by whoever knows the protocols. Thread-safe.</summary>
public interface IFrameReading
{
    /// <summary>A dissector of every protocol that is decoded, with the names of the declared databases.</summary>
    IFrameDissector NewDissector();

    /// <summary>
    /// Writes a capture (pcapng) as <c>candump -l</c> does. Only for frames of CAN.
    /// </summary>
    byte[] ToCandump(byte[] capture);
}
