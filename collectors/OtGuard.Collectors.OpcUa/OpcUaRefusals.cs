namespace OtGuard.Collectors.OpcUa;

/// <summary>What Bad StatusCodes mean in the words all protocols share.</summary>
/// <remarks>OPC UA Part 4 v1.05 §7.39, Part 6 v1.05 Annex A.2.</remarks>
internal static class OpcUaRefusals
{
    public static RefusalMeaning MeaningOf(uint status) => (status >> 16) switch
    {
        0x800B or 0x803D or 0x8010 => RefusalMeaning.FunctionUnknown, // ServiceUnsupported, NotSupported, TooManyOperations
        0x8033 or 0x8034 or 0x8035 or 0x8075 => RefusalMeaning.ObjectUnknown, // NodeId invalid or unknown, attribute, method
        0x8036 or 0x8037 or 0x803C or 0x8074 or 0x80AB => RefusalMeaning.ValueRefused, // index range, range, type, argument
        0x8001 or 0x8002 or 0x8003 => RefusalMeaning.ServerFailed,
        0x80EE or 0x800E => RefusalMeaning.Busy, // ServerTooBusy, ServerHalted
        0x8031 or 0x8005 => RefusalMeaning.Unreachable, // NoCommunication, CommunicationError
        _ => RefusalMeaning.Other,
    };
}
