using System.Buffers;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>
/// A server of a simulated site that real clients may connect to. Protocols differ in what they make of the bytes;
/// sockets, addresses and the site's time are the same for all (<see cref="LiveSimulation"/>).
/// </summary>
public interface ILiveServer
{
    /// <summary>What the site calls it.</summary>
    string Name { get; }

    /// <summary>The protocol it speaks.</summary>
    string Protocol { get; }

    /// <summary>On which host of the site.</summary>
    EthernetHost Host { get; }

    /// <summary>The port registered for its protocol.</summary>
    ushort Port { get; }

    /// <summary>How long it thinks about what arrived, in the site's time.</summary>
    TimeSpan Latency { get; }

    /// <summary>Begins a connection; null where it takes none at the moment.</summary>
    ILiveResponder? Accept();
}

/// <summary>The server's side of one connection. Never called by two threads at a time.</summary>
public interface ILiveResponder
{
    /// <summary>Takes bytes as they arrived, whole messages or parts of them, and adds what is answered at once.</summary>
    /// <returns>False where the server closes the connection after that.</returns>
    bool Receive(ReadOnlySpan<byte> bytes, IBufferWriter<byte> answer);
}
