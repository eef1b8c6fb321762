namespace OtGuard.Collectors.Modbus;

/// <summary>What exception codes mean in the words all protocols share.</summary>
/// <remarks>Modbus Application Protocol V1.1b3 §7.</remarks>
internal static class ModbusRefusals
{
    /// <summary>The meaning of an exception code.</summary>
    public static RefusalMeaning MeaningOf(int exceptionCode) => exceptionCode switch
    {
        1 => RefusalMeaning.FunctionUnknown,
        2 => RefusalMeaning.ObjectUnknown,
        3 => RefusalMeaning.ValueRefused,
        // 8: the extended memory failed its parity check.
        4 or 8 => RefusalMeaning.ServerFailed,
        5 => RefusalMeaning.Accepted,
        6 => RefusalMeaning.Busy,
        10 or 11 => RefusalMeaning.Unreachable,
        _ => RefusalMeaning.Other,
    };
}
