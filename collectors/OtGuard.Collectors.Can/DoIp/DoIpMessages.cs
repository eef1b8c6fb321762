using System.Globalization;

namespace OtGuard.Collectors.Can.DoIp;

/// <summary>The payload types of DoIP.</summary>
/// <remarks>ISO 13400-2:2019 table 17.</remarks>
internal static class DoIpType
{
    public const ushort GenericNack = 0x0000;
    public const ushort VehicleRequest = 0x0001;
    public const ushort VehicleRequestByEid = 0x0002;
    public const ushort VehicleRequestByVin = 0x0003;
    public const ushort VehicleAnnouncement = 0x0004;
    public const ushort RoutingActivationRequest = 0x0005;
    public const ushort RoutingActivationResponse = 0x0006;
    public const ushort AliveCheckRequest = 0x0007;
    public const ushort AliveCheckResponse = 0x0008;
    public const ushort EntityStatusRequest = 0x4001;
    public const ushort EntityStatusResponse = 0x4002;
    public const ushort PowerModeRequest = 0x4003;
    public const ushort PowerModeResponse = 0x4004;
    public const ushort Diagnostic = 0x8001;
    public const ushort DiagnosticAck = 0x8002;
    public const ushort DiagnosticNack = 0x8003;

    /// <summary>Least and greatest length of the payload, or false for a type the standard does not have.</summary>
    public static bool TryLengths(ushort type, out int least, out int greatest)
    {
        (least, greatest) = type switch
        {
            GenericNack => (1, 1),
            VehicleRequest => (0, 0),
            VehicleRequestByEid => (6, 6),
            VehicleRequestByVin => (17, 17),
            VehicleAnnouncement => (32, 33),
            RoutingActivationRequest => (7, 11),
            RoutingActivationResponse => (9, 13),
            AliveCheckRequest => (0, 0),
            AliveCheckResponse => (2, 2),
            EntityStatusRequest => (0, 0),
            EntityStatusResponse => (3, 7),
            PowerModeRequest => (0, 0),
            PowerModeResponse => (1, 1),
            Diagnostic => (5, int.MaxValue),
            DiagnosticAck or DiagnosticNack => (5, int.MaxValue),
            _ => (-1, -1),
        };
        return least >= 0;
    }

    /// <summary>Whether the sender asks (true) or answers (false); null where the type does not say.</summary>
    public static bool? SenderIsClient(ushort type) => type switch
    {
        VehicleRequest or VehicleRequestByEid or VehicleRequestByVin or RoutingActivationRequest or AliveCheckResponse
            or EntityStatusRequest or PowerModeRequest => true,
        GenericNack or VehicleAnnouncement or RoutingActivationResponse or AliveCheckRequest or EntityStatusResponse
            or PowerModeResponse or DiagnosticAck or DiagnosticNack => false,
        _ => null,
    };

    /// <summary>The type as <see cref="Observation.Code"/>: those above 0x8000 moved to 0x7000.</summary>
    public static short Code(ushort type) => (short)(type < 0x8000 ? type : 0x7000 | type & 0xFFF);

    public static ushort Type(short code) => (ushort)(code < 0x7000 ? code : 0x8000 | code & 0xFFF);

    public static (string Name, string Text) Words(short code) => Type(code) switch
    {
        _ when code < 0 => ("Undecodable", "bytes that are no message"),
        GenericNack => ("GenericNack", "header refused"),
        VehicleRequest => ("VehicleIdentification", "vehicle identification"),
        VehicleRequestByEid => ("VehicleIdentificationByEid", "vehicle identification by EID"),
        VehicleRequestByVin => ("VehicleIdentificationByVin", "vehicle identification by VIN"),
        VehicleAnnouncement => ("VehicleAnnouncement", "vehicle announcement"),
        RoutingActivationRequest or RoutingActivationResponse => ("RoutingActivation", "routing activation"),
        AliveCheckRequest or AliveCheckResponse => ("AliveCheck", "alive check"),
        EntityStatusRequest or EntityStatusResponse => ("EntityStatus", "DoIP entity status"),
        PowerModeRequest or PowerModeResponse => ("PowerMode", "diagnostic power mode information"),
        Diagnostic => ("DiagnosticMessage", "diagnostic message"),
        DiagnosticAck => ("DiagnosticAck", "diagnostic message acknowledged"),
        DiagnosticNack => ("DiagnosticNack", "diagnostic message refused"),
        var type => (
            string.Create(CultureInfo.InvariantCulture, $"PayloadType{type:X4}"),
            string.Create(CultureInfo.InvariantCulture, $"payload type 0x{type:X4}")),
    };

    /// <summary>What a request's answer is, or null where the type asks nothing.</summary>
    public static ushort? AnswerTo(ushort type) => type switch
    {
        VehicleRequest or VehicleRequestByEid or VehicleRequestByVin => VehicleAnnouncement,
        RoutingActivationRequest => RoutingActivationResponse,
        AliveCheckRequest => AliveCheckResponse,
        EntityStatusRequest => EntityStatusResponse,
        PowerModeRequest => PowerModeResponse,
        _ => null,
    };
}
