using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.Dissection;
using OtGuard.Collectors.Capture.Dissection;
using OtGuard.Collectors.Dissection;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary><c>--show fields</c>: each frame field by field, beside its bytes, as soon as it is complete.</summary>
internal sealed class FieldsReport
{
    /// <summary>Bytes shown beside a field; its value has the rest.</summary>
    private const int BytesShown = 8;

    private readonly IFrameDissector _dissector;
    private readonly FrameSelection _selection;
    private readonly TextWriter _output;
    private readonly JsonLines? _json;

    /// <summary>Whether a frame that is shown may still wait for the rest of a message.</summary>
    private bool _isWaiting = true;

    /// <summary>Creates the report.</summary>
    /// <param name="protocols">Who is asked about payload.</param>
    /// <param name="database">Names and signals of CAN frames, or null.</param>
    /// <param name="selection">The frames shown; the others still feed what spans several.</param>
    /// <param name="output">Takes the text.</param>
    /// <param name="json">Takes the frames instead, or null for text.</param>
    public FieldsReport(
        ProtocolRegistry protocols, DbcDatabase? database, FrameSelection selection, TextWriter output, JsonLines? json)
    {
        _dissector = Dissector(protocols, database);
        _selection = selection;
        _output = output;
        _json = json;
    }

    /// <summary>What takes frames of every link apart.</summary>
    public static IFrameDissector Dissector(ProtocolRegistry protocols, DbcDatabase? database) =>
        new FrameDissector(protocols, new CanDissector(database));

    /// <summary>Takes the next frame.</summary>
    public void Take(in CapturedFrame frame)
    {
        if (frame.Number > _selection.Last && !_isWaiting) return;
        _dissector.Add(in frame);
        Write();
    }

    /// <summary>There are no more.</summary>
    public void Finish()
    {
        _dissector.Finish();
        Write();
    }

    private void Write()
    {
        while (_dissector.TryTake(out var frame))
        {
            // What comes behind the selection is read only as long as a selected frame waits for it.
            if (frame.Number >= _selection.Last) _isWaiting = false;
            if (frame.Number < _selection.First || frame.Number > _selection.Last) continue;
            if (_json is null) WriteText(frame);
            else _json.Write("frame", frame, DissectedFrameJson.WriteMembers);
        }
    }

    private void WriteText(DissectedFrame frame)
    {
        var ends = frame.Receiver.Length == 0 ? frame.Sender : $"{frame.Sender} → {frame.Receiver}";
        var head = string.Create(
            CultureInfo.InvariantCulture, $"frame {frame.Number}  {frame.Time}  {ends}  {frame.Protocol}  {frame.Description}");
        _output.WriteLine(head.TrimEnd());
        if (frame.OriginalLength > frame.Data.Length)
            _output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {frame.Data.Length} of {frame.OriginalLength} bytes were captured"));
        foreach (var message in frame.Messages)
            _output.WriteLine(
                $"  {message.Layer}: a message of frames {string.Join(", ", message.Frames)}{(message.IsComplete ? "" : ", incomplete")}");
        var layer = "";
        foreach (var field in frame.Fields)
        {
            if (field.Layer != layer) _output.WriteLine($"  {layer = field.Layer}");
            var bytes = frame.Data.Span.Slice(field.Offset, field.Length);
            var hex = bytes.Length <= BytesShown ? Convert.ToHexStringLower(bytes)
                : $"{Convert.ToHexStringLower(bytes[..BytesShown])}…";
            var notes = field.Fault switch
            {
                FieldFault.None => "",
                FieldFault.CutOff => "  [cut off]",
                FieldFault.Malformed => "  [malformed]",
            };
            if (field.IsPart) notes += "  [part]";
            _output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"    {field.Offset,4} +{field.Length,-4} {hex,-17}  {field.Name}: {field.Value}{notes}"));
        }

        if (frame.FieldsLeftOut > 0)
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"    and {frame.FieldsLeftOut} fields more"));
    }
}
