namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>What protects the content of a message.</summary>
internal enum Protection : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An alive counter of 4 bits in the low half of the last byte.</summary>
    Counter,

    /// <summary>CRC-8 in byte 0, an alive counter of 4 bits in the low half of byte 1.</summary>
    CrcFirst,

    /// <summary>
    /// An alive counter of 4 bits in the high half of the last byte but one, CRC-8 over the low byte of the identifier
    /// and the data in the last byte.
    /// </summary>
    CrcLastWithId,

    /// <summary>
    /// An alive counter of 4 bits in the low half of the last byte, the exclusive or of all other half bytes in its
    /// high half.
    /// </summary>
    NibbleXor,
}

/// <summary>When a message is sent.</summary>
internal enum Sending : byte
{
    /// <summary>Every cycle.</summary>
    Cyclic,

    /// <summary>When something happens, three times 20 ms apart.</summary>
    OnEvent,

    /// <summary>Every cycle and when something happens.</summary>
    CyclicAndOnEvent,

    /// <summary>Every cycle while something is active.</summary>
    WhileActive,
}

/// <summary>A message of the bus: identifier, sender, cycle, content.</summary>
/// <param name="Id">Arbitration identifier.</param>
/// <param name="Name">Name in the DBC file.</param>
/// <param name="Node">Who sends it.</param>
/// <param name="CycleMilliseconds">Cycle time; 0 where there is none.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Signals">Its content, protection left out.</param>
internal sealed record MessageDefinition(
    uint Id, string Name, string Node, int CycleMilliseconds, int Length, IReadOnlyList<Signal> Signals)
{
    public int Channel { get; init; }

    public bool Extended { get; init; }

    public bool Fd { get; init; }

    public Protection Protection { get; init; }

    public Sending Sending { get; init; }

    /// <summary>For <see cref="Sending.WhileActive"/>: whether it is.</summary>
    public Func<VehicleState, bool>? Active { get; init; }

    /// <summary>The multiplexer where there is one; it counts through 0 … <see cref="Multiplexes"/> - 1.</summary>
    public Signal? Multiplexer { get; init; }

    /// <summary>How many values the multiplexer has.</summary>
    public int Multiplexes { get; init; } = 1;

    /// <summary>Value of bits that carry nothing.</summary>
    public byte Fill { get; init; }

    /// <summary>Channels on which the gateway repeats it.</summary>
    public int? ForwardedTo { get; init; }

    /// <summary>One sentence for the DBC file.</summary>
    public string Comment { get; init; } = "";

    /// <summary>The counter and checksum as signals of the DBC file.</summary>
    public IReadOnlyList<Signal> ProtectionSignals => Protection switch
    {
        Protection.None => [],
        Protection.Counter => [Field("AliveCounter", (Length - 1) * 8, 4)],
        Protection.CrcFirst => [Field("Checksum", 0, 8), Field("AliveCounter", 8, 4)],
        Protection.CrcLastWithId =>
            [Field("AliveCounter", (Length - 2) * 8 + 4, 4), Field("Checksum", (Length - 1) * 8, 8)],
        Protection.NibbleXor =>
            [Field("AliveCounter", (Length - 1) * 8, 4), Field("Checksum", (Length - 1) * 8 + 4, 4)],
    };

    /// <summary>The signal of a name.</summary>
    public Signal this[string name] => Signals.First(signal => signal.Name == name);

    /// <summary>The data of the moment.</summary>
    public byte[] Encode(VehicleState state, int counter)
    {
        var data = new byte[Length];
        data.AsSpan().Fill(Fill);
        var multiplex = counter % Multiplexes;
        Multiplexer?.PutRaw((ulong)multiplex, data);
        foreach (var signal in Signals)
        {
            if (signal.Multiplexed is null || signal.Multiplexed == multiplex) signal.Encode(state, data);
        }

        Protect(data, counter);
        return data;
    }

    /// <summary>Writes counter and checksum as they should be.</summary>
    public void Protect(Span<byte> data, int counter)
    {
        counter &= 0x0F;
        switch (Protection)
        {
            case Protection.None:
                break;
            case Protection.Counter:
                data[^1] = (byte)(data[^1] & 0xF0 | counter);
                break;
            case Protection.CrcFirst:
                data[1] = (byte)(data[1] & 0xF0 | counter);
                data[0] = Crc8.Of(data[1..]);
                break;
            case Protection.CrcLastWithId:
                data[^2] = (byte)(data[^2] & 0x0F | counter << 4);
                data[^1] = Crc8.Of((byte)Id, data[..^1]);
                break;
            case Protection.NibbleXor:
                data[^1] = (byte)counter;
                var sum = 0;
                foreach (var value in data) sum ^= value ^ value >> 4;
                data[^1] = (byte)(counter | (sum & 0x0F) << 4);
                break;
        }
    }

    private static Signal Field(string name, int start, int length) =>
        new(name, start, length, 1, 0, "", _ => 0);
}
