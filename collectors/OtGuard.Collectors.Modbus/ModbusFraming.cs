namespace OtGuard.Collectors.Modbus;

/// <summary>How Modbus messages are cut from what carries them; the variant of a <see cref="Claim"/>.</summary>
internal enum ModbusFraming : byte
{
    /// <summary>MBAP header on TCP or UDP.</summary>
    Mbap,

    /// <summary>RTU frames with their check sum, carried unchanged on TCP or UDP by a serial gateway.</summary>
    Rtu,
}
