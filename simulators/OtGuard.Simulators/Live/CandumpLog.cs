using System.Text;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Output;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>Writes the log of <c>candump -l</c> to a stream as frames come; times are the vehicle's.</summary>
public sealed class CandumpLog : ILiveCanSink
{
    private readonly StreamWriter _writer;
    private readonly CandumpWriter _candump;

    /// <summary>Takes over the stream.</summary>
    public CandumpLog(Stream stream)
    {
        _writer = new StreamWriter(stream, Encoding.ASCII, 1 << 14);
        _candump = new CandumpWriter(_writer);
    }

    /// <inheritdoc/>
    public void Write(CanFrame frame, TruthRecord? truth) => _candump.Write(frame, truth);

    /// <inheritdoc/>
    public void Flush() => _writer.Flush();

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _writer.Dispose();
        }
        catch (IOException)
        {
            // Whoever read the log has gone, which was told when it was written to; the rest is for nobody.
        }
    }
}
