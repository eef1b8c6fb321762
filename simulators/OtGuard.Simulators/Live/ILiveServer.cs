using System.Net;
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

    /// <summary>Told where it is found from now on, before anybody connects.</summary>
    void ListensAt(IPEndPoint endPoint);

    /// <summary>Begins a connection; null where it takes none at the moment.</summary>
    /// <param name="send">
    /// Takes what the server tells, as an answer or of its own accord; to be called only while the site is touched: within
    /// a call of the responder, or by an act on the site's schedule.
    /// </param>
    ILiveResponder? Accept(LiveSend send);
}

/// <summary>Takes bytes to be sent, which are copied.</summary>
public delegate void LiveSend(ReadOnlySpan<byte> bytes);

/// <summary>The server's side of one connection. One thread at a time touches the site and whatever belongs to it.</summary>
public interface ILiveResponder
{
    /// <summary>Takes bytes as they arrived, whole messages or parts of them.</summary>
    /// <returns>False where the server closes the connection after what it has told.</returns>
    bool Receive(ReadOnlySpan<byte> bytes);

    /// <summary>The connection is gone, whoever ended it.</summary>
    void Closed();
}
