namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>How long a frame occupies the bus, stuff bits counted one by one.</summary>
/// <remarks>
/// ISO 11898-1:2015 §10.4 (frame formats), §10.5 (bit stuffing). In CAN FD the stuff count and the checksum have fixed
/// stuff bits: one before the first bit and one after every fourth.
/// </remarks>
internal static class CanBits
{
    /// <summary>Bits of intermission between two frames.</summary>
    public const int Intermission = 3;

    /// <summary>From the error to the end of the error delimiter: six bits of flag, up to six echoed, eight.</summary>
    public const int ErrorFlag = 17;

    // Checksum delimiter, acknowledgement, its delimiter, end of frame.
    private const int Tail = 1 + 1 + 1 + 7;

    /// <summary>Nanoseconds from the start of frame to the last bit of the end of frame.</summary>
    public static long Nanoseconds(CanFrame frame, int bitsPerSecond, int dataBitsPerSecond)
    {
        var (nominal, data) = Count(frame);
        return nominal * 1_000_000_000L / bitsPerSecond + data * 1_000_000_000L / dataBitsPerSecond;
    }

    /// <summary>Bits at the nominal rate and bits at the data rate.</summary>
    public static (int Nominal, int Data) Count(CanFrame frame)
    {
        var bits = new Stuffer();
        var remote = frame.IsRemote ? 1u : 0u;
        bits.Put(0, 1);
        if (frame.IsExtended)
        {
            bits.Put(frame.Id >> 18, 11);
            bits.Put(0b11, 2);
            bits.Put(frame.Id & 0x3FFFF, 18);
            bits.Put(remote, 1);
        }
        else
        {
            bits.Put(frame.Id, 11);
            bits.Put(remote, 1);
            bits.Put(0, 1);
        }

        if (!frame.IsFd)
        {
            bits.Put(0, frame.IsExtended ? 2 : 1);
            bits.Put((uint)Math.Min(frame.Length, 8), 4);
            foreach (var value in frame.Data) bits.Put(value, 8);
            bits.Put(bits.Crc15, 15);
            return (bits.Total + Tail, 0);
        }

        var switched = (frame.Flags & CanFrameTypes.BitRateSwitch) != 0;
        bits.Put(1, 1);
        bits.Put(0, 1);
        bits.Put(switched ? 1u : 0, 1);
        var arbitration = bits.Total;
        bits.Put((frame.Flags & CanFrameTypes.ErrorStateIndicator) != 0 ? 1u : 0, 1);
        bits.Put(DataLengthCode(frame.Length), 4);
        foreach (var value in frame.Data) bits.Put(value, 8);
        var checksum = 4 + (frame.Length > 16 ? 21 : 17);
        var rest = bits.Total - arbitration + checksum + 1 + checksum / 4;
        return switched ? (arbitration + Tail, rest) : (arbitration + rest + Tail, 0);
    }

    /// <summary>The data length code of a length (ISO 11898-1:2015 §10.4.2.4).</summary>
    public static uint DataLengthCode(int length) => length switch
    {
        <= 8 => (uint)length,
        <= 12 => 9,
        <= 16 => 10,
        <= 20 => 11,
        <= 24 => 12,
        <= 32 => 13,
        <= 48 => 14,
        _ => 15,
    };

    /// <summary>The order of arbitration: the smaller value wins, bit by bit as on the wire.</summary>
    public static ulong Arbitration(CanFrame frame)
    {
        var remote = frame.IsRemote ? 1UL : 0;
        return frame.IsExtended
            ? (ulong)(frame.Id >> 18) << 21 | 0b11UL << 19 | (frame.Id & 0x3FFFFUL) << 1 | remote
            : (ulong)frame.Id << 21 | remote << 20;
    }

    private struct Stuffer
    {
        private uint _last;
        private int _run;

        public int Total { get; private set; }

        public uint Crc15 { get; private set; }

        public void Put(uint value, int count)
        {
            for (var i = count - 1; i >= 0; i--)
            {
                var bit = value >> i & 1;
                var carry = bit ^ (Crc15 >> 14 & 1);
                Crc15 = Crc15 << 1 & 0x7FFF;
                if (carry != 0) Crc15 ^= 0x4599;
                Total++;
                if (_run > 0 && bit == _last)
                {
                    _run++;
                }
                else
                {
                    _last = bit;
                    _run = 1;
                }

                // The stuff bit is the opposite one and begins a run of its own.
                if (_run < 5) continue;
                Total++;
                _last ^= 1;
                _run = 1;
            }
        }
    }
}
