namespace OtGuard.Collectors.Can.J1939;

/// <summary>Parameter groups that the protocol itself needs, by their number.</summary>
/// <remarks>SAE J1939-21 §5.4, J1939-73 §5.7, J1939-81 §4.</remarks>
internal static class J1939Groups
{
    public const int ExtendedTransportData = 0xC700;
    public const int ExtendedTransportManagement = 0xC800;
    public const int Acknowledgement = 0xE800;
    public const int Request = 0xEA00;
    public const int TransportData = 0xEB00;
    public const int TransportManagement = 0xEC00;
    public const int AddressClaimed = 0xEE00;
    public const int Dm1 = 0xFECA;
    public const int Dm2 = 0xFECB;
    public const int Dm3 = 0xFECC;
    public const int Dm11 = 0xFED3;
    public const int CommandedAddress = 0xFED8;

    public static string Name(int group) => group switch
    {
        ExtendedTransportData => "ExtendedTransportData",
        ExtendedTransportManagement => "ExtendedTransportManagement",
        Acknowledgement => "Acknowledgement",
        Request => "Request",
        TransportData => "TransportData",
        TransportManagement => "TransportManagement",
        AddressClaimed => "AddressClaimed",
        Dm1 => "DM1",
        Dm2 => "DM2",
        Dm3 => "DM3",
        Dm11 => "DM11",
        CommandedAddress => "CommandedAddress",
        _ => "",
    };
}

/// <summary>What a J1939 observation is about: its <see cref="Observation.Code"/>.</summary>
internal enum J1939Act : short
{
    /// <summary>A parameter group carried by the transport protocol, or one frame of it worth an observation.</summary>
    Message = 1,

    /// <summary>A parameter group was asked for.</summary>
    Request = 2,

    /// <summary>A request or command was acknowledged or refused.</summary>
    Acknowledgement = 3,

    /// <summary>A node claimed an address, or said that it cannot.</summary>
    AddressClaim = 4,

    /// <summary>The transport protocol was broken off or abused.</summary>
    Transport = 5,
}

/// <summary>The control bytes of the transport protocol.</summary>
internal static class TransportControl
{
    public const byte RequestToSend = 16;
    public const byte ClearToSend = 17;
    public const byte EndOfMessage = 19;
    public const byte ExtendedRequestToSend = 20;
    public const byte Announce = 32;
    public const byte Abort = 255;
}
