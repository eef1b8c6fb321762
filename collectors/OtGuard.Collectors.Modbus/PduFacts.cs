namespace OtGuard.Collectors.Modbus;

/// <summary>What a PDU says, before it is known how the exchange ended.</summary>
internal struct PduFacts
{
    public ModbusAnomaly Anomalies;
    public Target Target;
    public Target WriteTarget;
    public int SubCode;
    public Operation Operation;

    /// <summary>Fields are missing, so that no meaning can be given.</summary>
    public bool Undecodable;

    /// <summary>Where in the PDU its values lie: offset, bytes, number, encoding.</summary>
    public ValueEncoding Encoding;
    public ushort ValuesOffset;
    public ushort ValuesLength;
    public ushort ValuesCount;

    public void SetValues(int offset, int length, int count, ValueEncoding encoding)
    {
        if (count <= 0 || length <= 0) return;
        ValuesOffset = (ushort)offset;
        ValuesLength = (ushort)length;
        ValuesCount = (ushort)count;
        Encoding = encoding;
    }

    public readonly ValueSlice Values(ValueSlice data) =>
        Encoding == ValueEncoding.None ? default : data.Part(ValuesOffset, ValuesLength, ValuesCount, Encoding);
}
