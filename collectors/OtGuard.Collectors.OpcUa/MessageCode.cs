namespace OtGuard.Collectors.OpcUa;

/// <summary>
/// Stands in <see cref="Observation.Code"/> for messages that are no service; services have their request's type id.
/// </summary>
internal static class MessageCode
{
    /// <summary>Bytes that are no message.</summary>
    public const short None = -1;

    /// <summary>Hello, with its Acknowledge.</summary>
    public const short Hello = -2;

    /// <summary>An error message that ends a connection.</summary>
    public const short Error = -3;

    /// <summary>A server that asks a client to connect.</summary>
    public const short ReverseHello = -4;

    /// <summary>An OpenSecureChannel message that is encrypted.</summary>
    public const short SecuredOpen = -5;

    /// <summary>An encrypted message.</summary>
    public const short Concealed = -6;
}
