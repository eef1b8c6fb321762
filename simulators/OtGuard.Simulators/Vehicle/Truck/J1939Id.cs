using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Truck;

/// <summary>Identifiers and parameter groups of J1939.</summary>
/// <remarks>SAE J1939-21 §5.2 (identifier), §5.4 (request, acknowledgement), §5.10 (transport); J1939-81 §4.2 (claims).</remarks>
internal static class J1939Id
{
    public const int Tsc1 = 0x0000;
    public const int Acknowledgement = 0xE800;
    public const int Request = 0xEA00;
    public const int TransportData = 0xEB00;
    public const int TransportManagement = 0xEC00;
    public const int AddressClaimed = 0xEE00;
    public const int Dm1 = 0xFECA;
    public const int VehicleIdentification = 0xFEEC;
    public const int SoftwareIdentification = 0xFEDA;
    public const int ComponentIdentification = 0xFEEB;
    public const int EngineConfiguration = 0xFEE3;
    public const int EngineHours = 0xFEE5;
    public const byte Global = 0xFF;
    public const byte Null = 0xFE;

    /// <summary>The identifier of a parameter group; <paramref name="destination"/> counts for PDU1 only.</summary>
    public static uint Of(int priority, int group, byte source, byte destination = Global)
    {
        var specific = group >> 8 & 0xFF;
        var low = specific < 240 ? group & 0x3FF00 | destination : group;
        return (uint)priority << 26 | (uint)low << 8 | source;
    }

    /// <summary>Parameter group, source and destination of an identifier.</summary>
    public static (int Group, byte Source, byte Destination) Parse(uint id)
    {
        var group = (int)(id >> 8 & 0x3FFFF);
        var source = (byte)id;
        return (group >> 8 & 0xFF) < 240 ? (group & 0x3FF00, source, (byte)group) : (group, source, Global);
    }

    public static CanFrame Frame(int priority, int group, byte source, byte destination, params byte[] data) =>
        CanFrame.Classic(Of(priority, group, source, destination), data, CanFrameTypes.Extended);

    /// <summary>The three bytes of a parameter group's number, least significant first.</summary>
    public static byte[] Number(int group) => [(byte)group, (byte)(group >> 8), (byte)(group >> 16)];
}
