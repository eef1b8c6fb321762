namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>A physical value at its place in a frame.</summary>
/// <param name="Name">Name in the DBC file.</param>
/// <param name="Start">Bit of the DBC file: the least significant one (Intel) or the most significant (Motorola).</param>
/// <param name="Length">Bits.</param>
/// <param name="Scale">Physical value of one step.</param>
/// <param name="Offset">Physical value of raw 0.</param>
/// <param name="Unit">Unit, empty for none.</param>
/// <param name="Value">The value at the moment.</param>
internal sealed record Signal(
    string Name, int Start, int Length, double Scale, double Offset, string Unit, Func<VehicleState, double> Value)
{
    /// <summary>True for Motorola's byte order.</summary>
    public bool BigEndian { get; init; }

    /// <summary>True for two's complement.</summary>
    public bool Signed { get; init; }

    /// <summary>The multiplexer's value for which it is there, or null.</summary>
    public int? Multiplexed { get; init; }

    /// <summary>Names of raw values.</summary>
    public IReadOnlyList<string> ValueNames { get; init; } = [];

    /// <summary>The smallest physical value.</summary>
    public double Minimum => (Signed ? -(double)(1L << (Length - 1)) : 0) * Scale + Offset;

    /// <summary>The largest physical value.</summary>
    public double Maximum => ((Signed ? 1L << (Length - 1) : 1L << Length) - 1) * Scale + Offset;

    /// <summary>Writes the value of the moment.</summary>
    public void Encode(VehicleState state, Span<byte> data) => Put(Value(state), data);

    /// <summary>Writes a physical value, limited to what the field holds.</summary>
    public void Put(double physical, Span<byte> data)
    {
        var raw = (long)Math.Round((Math.Clamp(physical, Minimum, Maximum) - Offset) / Scale);
        PutRaw((ulong)raw, data);
    }

    /// <summary>Writes the lowest <see cref="Length"/> bits of a number.</summary>
    public void PutRaw(ulong raw, Span<byte> data)
    {
        for (var i = 0; i < Length; i++)
        {
            var (at, bit) = Bit(i);
            if ((raw >> i & 1) != 0) data[at] |= (byte)(1 << bit);
            else data[at] &= (byte)~(1 << bit);
        }
    }

    /// <summary>Reads the physical value back.</summary>
    public double Read(ReadOnlySpan<byte> data)
    {
        var raw = 0L;
        for (var i = 0; i < Length; i++)
        {
            var (at, bit) = Bit(i);
            raw |= (long)(data[at] >> bit & 1) << i;
        }

        if (Signed && (raw >> (Length - 1) & 1) != 0) raw -= 1L << Length;
        return raw * Scale + Offset;
    }

    // Byte and bit of the i-th least significant bit. Motorola counts from the most significant one downwards, from a
    // byte's bit 0 on to the next byte's bit 7.
    private (int Byte, int Bit) Bit(int i)
    {
        if (!BigEndian) return ((Start + i) / 8, (Start + i) % 8);
        var linear = Start / 8 * 8 + (7 - Start % 8) + (Length - 1 - i);
        return (linear / 8, 7 - linear % 8);
    }
}
