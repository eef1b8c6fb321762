using System.Globalization;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Output;

/// <summary>Writes the log of <c>candump -l</c>; times in microseconds, as that program has them.</summary>
/// <remarks>
/// can-utils, lib.c, "compact" form: <c>id#data</c>, <c>id#Rn</c> for a remote frame, <c>id##fdata</c> with a digit of
/// flags for CAN FD (1 BRS, 2 ESI), eight digits for 29 bits, the error flag 0x20000000 in the identifier of an error.
/// </remarks>
public sealed class CandumpWriter : ICanSink
{
    private const uint ErrorFlag = 0x2000_0000;

    private readonly TextWriter _writer;

    /// <summary>Writes to a text writer, which stays open.</summary>
    public CandumpWriter(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _writer = writer;
    }

    /// <inheritdoc/>
    public void Write(CanFrame frame, TruthRecord? truth)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Span<char> line = stackalloc char[192];
        var seconds = Math.DivRem(frame.Time, 1_000_000_000, out var fraction);
        line.TryWrite(
            CultureInfo.InvariantCulture, $"({seconds}.{fraction / 1000:D6}) can{frame.Channel} ", out var length);
        length += Identifier(frame, line[length..]);
        if (frame.IsFd)
        {
            var flags = ((frame.Flags & CanFrameTypes.BitRateSwitch) != 0 ? 1 : 0)
                | ((frame.Flags & CanFrameTypes.ErrorStateIndicator) != 0 ? 2 : 0);
            line.Slice(length).TryWrite(CultureInfo.InvariantCulture, $"##{flags}", out var written);
            length += written;
        }
        else
        {
            line[length++] = '#';
        }

        if (frame.IsRemote)
        {
            line[length++] = 'R';
            line[length++] = (char)('0' + frame.Length);
        }

        Convert.TryToHexString(frame.Data, line[length..], out var digits);
        length += digits;
        line[length++] = '\n';
        _writer.Write(line[..length]);
    }

    private static int Identifier(CanFrame frame, Span<char> destination)
    {
        var id = frame.IsError ? frame.Id | ErrorFlag : frame.Id;
        var format = frame.IsError || frame.IsExtended ? "X8" : "X3";
        id.TryFormat(destination, out var written, format, CultureInfo.InvariantCulture);
        return written;
    }
}
