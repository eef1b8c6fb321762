using System.Net.Sockets;

namespace OtGuard.Simulators.Live;

/// <summary>A site cannot be played live here; the message says why and what helps.</summary>
public sealed class LiveException : Exception
{
    /// <summary>Creates the exception.</summary>
    public LiveException()
    {
    }

    /// <summary>Creates the exception.</summary>
    public LiveException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public LiveException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal static string Why(SocketException fault) => fault.SocketErrorCode switch
    {
        SocketError.AccessDenied =>
            "ports below 1024 need the rights of an administrator (--port 5020 needs none)",
        SocketError.AddressAlreadyInUse => "another program listens there (--port chooses another port)",
        SocketError.AddressNotAvailable =>
            "this machine does not have the address (--network names another network or one address)",
        _ => fault.Message,
    };
}
