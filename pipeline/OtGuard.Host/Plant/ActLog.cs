using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Dashboard.Plant;
using OtGuard.Models;

namespace OtGuard.Host.Plant;

/// <summary>
/// The write ledger, and the diagnostic exchanges: the latest of each in words. Bounded: the oldest make room and are
/// counted.
/// Not thread-safe.
/// </summary>
internal sealed class ActLog(ProtocolRegistry protocols, string source)
{
    /// <summary>Writes kept of a source: a shift of a substation that is written to every few seconds.</summary>
    public const int WriteCapacity = 5000;

    /// <summary>Diagnostic exchanges kept of a source.</summary>
    public const int DiagnosticCapacity = 2000;

    private const int ValuesShown = 8;
    private const int BytesShown = 32;

    private readonly Queue<WriteView> _writes = [];
    private readonly Queue<DiagnosticView> _diagnostics = [];
    private readonly ProcessImage _image = new();
    private readonly Dictionary<(NetworkAddress Server, Target Target), string> _lastWritten = [];

    /// <summary>Writes that made room.</summary>
    public long WritesForgotten { get; private set; }

    public IEnumerable<WriteView> Writes => _writes.Reverse();

    public IEnumerable<DiagnosticView> Diagnostics => _diagnostics.Reverse();

    public void Note(in Observation observation, ObservationBatch batch)
    {
        if (observation.IsWrite) AddWrite(in observation, batch);
        else if (observation.Connection.Conversation.Transport == Transport.Can
            && observation.Outcome is Outcome.Succeeded or Outcome.Rejected or Outcome.Unanswered)
            AddDiagnostic(in observation, batch);
        _image.Note(in observation, batch);
    }

    private void AddWrite(in Observation observation, ObservationBatch batch)
    {
        var protocol = protocols[observation.Protocol];
        var target = observation.Operation == Operation.ReadWrite ? observation.WriteTarget : observation.Target;
        var connection = observation.Connection;
        var after = Values(observation.RequestValues, protocol, batch);
        if (after.Length == 0) after = Bytes(observation.RequestData, batch);
        var key = (connection.Server.Address, target);
        var before = Before(in observation, target);
        if (before.Length == 0) before = _lastWritten.GetValueOrDefault(key, "");
        if (observation.Outcome == Outcome.Succeeded)
        {
            // What is written and never read has no image: what was written before stands for it.
            if (_lastWritten.Count == WriteCapacity) _lastWritten.Clear();
            _lastWritten[key] = after;
        }

        if (_writes.Count == WriteCapacity)
        {
            _writes.Dequeue();
            WritesForgotten++;
        }

        _writes.Enqueue(new WriteView(
            observation.Time, connection.Client.Address.ToString(), connection.Server.Address.ToString(), observation.Unit,
            protocol.DisplayName, protocol.OperationText(observation.Code, observation.SubCode), protocol.TargetText(target),
            protocol.TargetKey(target), before, after, OutcomeText(in observation), observation.Frame, source));
    }

    private void AddDiagnostic(in Observation observation, ObservationBatch batch)
    {
        if (_diagnostics.Count == DiagnosticCapacity) _diagnostics.Dequeue();
        var protocol = protocols[observation.Protocol];
        _diagnostics.Enqueue(new DiagnosticView(
            observation.Time, observation.Connection.Client.Address.ToString(),
            observation.Connection.Server.Address.ToString(), protocol.DisplayName,
            $"{protocol.OperationText(observation.Code, observation.SubCode)} {protocol.TargetText(observation.Target)} "
            + $"[{Bytes(observation.RequestData, batch)}]",
            Bytes(observation.ResponseData, batch), OutcomeText(in observation), observation.Frame, source));
    }

    private string Before(in Observation observation, Target target)
    {
        List<string> values = [];
        for (var i = 0; i < Math.Min(target.Count, ValuesShown); i++)
        {
            if (_image.Find(
                observation.Connection.Server.Address, observation.Unit, target.Space, target.Start + (uint)i) is not { } point)
                return "";
            values.Add(point.Value.ToString(CultureInfo.InvariantCulture));
        }

        return Listed(values, target.Count);
    }

    private static string Values(ValueSlice slice, IProtocol protocol, ObservationBatch batch)
    {
        switch (slice.Encoding)
        {
            case ValueEncoding.None:
                return "";
            case ValueEncoding.Variant:
                return protocol.ValuesText(slice, batch);
            case ValueEncoding.Bytes:
                return Bytes(slice, batch);
            case ValueEncoding.Bits or ValueEncoding.UInt16BigEndian:
                List<string> values = [];
                for (var i = 0; i < Math.Min((int)slice.Count, ValuesShown); i++)
                    values.Add(batch.Value(slice, i).ToString(CultureInfo.InvariantCulture));
                return Listed(values, slice.Count);
            default:
                return "";
        }
    }

    private static string Listed(List<string> values, int count) =>
        string.Join(", ", values) + (count > values.Count ? $", … ({count})" : "");

    private static string Bytes(ValueSlice slice, ObservationBatch batch)
    {
        if (slice.Length == 0) return "";
        var bytes = batch.Bytes(slice);
        return Convert.ToHexString(bytes[..Math.Min(bytes.Length, BytesShown)]) + (bytes.Length > BytesShown ? "…" : "");
    }

    private static string OutcomeText(in Observation observation) => observation.Outcome switch
    {
        Outcome.Succeeded => "succeeded",
        Outcome.Rejected => string.Create(CultureInfo.InvariantCulture, $"rejected ({observation.Reason})"),
        Outcome.Unanswered => "unanswered",
        Outcome.Unsolicited => "unsolicited",
        Outcome.Unpaired => "unpaired",
        Outcome.Undecodable => "undecodable",
    };
}
