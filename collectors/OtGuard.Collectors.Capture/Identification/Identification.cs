namespace OtGuard.Collectors.Capture.Identification;

/// <summary>What the bytes of a connection or datagram are called.</summary>
/// <param name="Verdict">
/// Yes: named. No: nothing known. NeedMoreData (streams only): ask again with more of the same direction, at most
/// <see cref="ProtocolIdentifier.EnoughBytes"/>.
/// </param>
/// <param name="Name">
/// A name of <see cref="ProtocolNames"/>; with NeedMoreData the envelope's name (<c>iso-on-tcp</c>,
/// <c>netbios-ssn</c>) where that much is certain, so that a connection that says no more still has one.
/// </param>
/// <param name="Opaque">The payload is encrypted by this protocol.</param>
public readonly record struct Identification(ClaimVerdict Verdict, string? Name, bool Opaque);
