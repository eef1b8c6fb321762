using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Dissection;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;

namespace OtGuard.Host.Plant;

/// <summary>Reads what is in frames, with the protocols that are decoded.</summary>
internal sealed class FrameReading(DbcDatabase? database) : IFrameReading
{
    public IFrameDissector NewDissector() => FieldsReport.Dissector(OfflineRun.Protocols(database), database);

    public byte[] ToCandump(byte[] capture)
    {
        using var input = new MemoryStream(capture, writable: false);
        using var output = new MemoryStream();
        using (var source = CaptureFiles.Open(input, "evidence")) CaptureSlice.ToCandump(source, output);
        return output.ToArray();
    }
}
