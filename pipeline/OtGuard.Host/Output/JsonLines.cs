using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>
/// The machine-readable forms: one JSON object a line, camelCase, times as RFC 3339 UTC with nanoseconds. A contract:
/// members are added, never renamed.
/// </summary>
internal sealed class JsonLines : IDisposable
{
    private static readonly JsonWriterOptions Options = new()
    {
        // Plain text in a terminal and in files; nothing here is put into HTML unescaped.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _json;
    private readonly TextWriter _output;

    private readonly SecurityEventMap _events;

    public JsonLines(TextWriter output, SecurityEventMap? events = null)
    {
        _output = output;
        _events = events ?? SecurityEventMap.Default;
        _json = new Utf8JsonWriter(_line, Options);
    }

    public void Dispose() => _json.Dispose();

    /// <summary>Writes one object of the given type; <paramref name="members"/> writes what follows <c>type</c>.</summary>
    public void Write<TState>(string type, TState state, Action<Utf8JsonWriter, TState> members)
    {
        Begin(type);
        members(_json, state);
        End();
    }

    /// <summary>Writes an observation of an application protocol or of the network.</summary>
    public void WriteObservation(in Observation observation, ObservationBatch batch, ProtocolRegistry protocols) =>
        WriteObservation(new ReadOnlySpan<Observation>(in observation), batch, protocols);

    /// <summary>Writes the observations of one exchange as one line: succeeded where one of its operations did.</summary>
    public void WriteObservation(
        ReadOnlySpan<Observation> parts, ObservationBatch batch, ProtocolRegistry protocols, NameMap? names = null)
    {
        ref readonly var observation = ref parts[0];
        foreach (ref readonly var part in parts)
        {
            if (part.Outcome != Outcome.Succeeded) continue;
            observation = ref part;
            break;
        }

        Begin("observation");
        var connection = observation.Connection;
        _json.WriteString("protocol", protocols.Name(observation.Protocol));
        _json.WriteString("time", observation.Time.ToString());
        _json.WriteString("client", connection.Client.ToString());
        _json.WriteString("server", connection.Server.ToString());
        var protocol = observation.Protocol == ProtocolRegistry.Network ? null : protocols[observation.Protocol];
        _json.WriteString(
            "operation",
            protocol?.OperationName(observation.Code, observation.SubCode) ?? observation.Operation.ToString());
        _json.WriteString("outcome", observation.Outcome.ToString());
        WriteOptional("latencyMicroseconds", observation.LatencyNanoseconds < 0 ? null : observation.LatencyNanoseconds / 1000);
        WriteOptional("requestFrame", observation.RequestFrame == 0 ? null : observation.RequestFrame);
        WriteOptional("responseFrame", observation.ResponseFrame == 0 ? null : observation.ResponseFrame);
        ulong anomalies = 0;
        foreach (ref readonly var part in parts) anomalies |= part.Anomalies;
        WriteAnomalies(anomalies, protocol);
        if (protocol is not null)
        {
            _json.WritePropertyName(protocol.Name);
            protocol.WriteJson(_json, parts, batch);
            if (names is { Points.Count: > 0 }) WritePoints(parts, batch, names);
        }
        else
        {
            WriteNetworkMembers(in observation);
        }

        End();
    }

    /// <summary>Writes a deviation.</summary>
    public void WriteDeviation(Deviation deviation, ProtocolRegistry protocols)
    {
        Begin("deviation");
        var finding = deviation.Finding;
        _json.WriteString("id", deviation.Id);
        _json.WriteString("kind", finding.Kind.Name);
        _json.WriteString("catalogue", finding.Kind.Row);
        _json.WriteString("state", deviation.State switch
        {
            DeviationState.Open => "open",
            DeviationState.Update => "update",
            DeviationState.Close => "close",
        });
        _json.WriteString("time", deviation.FirstSeen.ToString());
        _json.WriteString("lastTime", deviation.LastSeen.ToString());
        _json.WriteStartArray("frames");
        foreach (var (first, last) in deviation.Frames.Ranges)
        {
            _json.WriteStartArray();
            _json.WriteNumberValue(first);
            _json.WriteNumberValue(last);
            _json.WriteEndArray();
        }

        _json.WriteEndArray();
        _json.WriteString("subject", finding.Subject);
        _json.WriteString("expected", finding.Expected);
        _json.WriteString("observed", finding.Observed);
        _json.WriteString("explanation", Messages.Format(finding.Message));
        _json.WriteString("message", finding.Message.Key);
        _json.WriteStartObject("args");
        foreach (var (name, value) in finding.Message.Arguments) _json.WriteString(name, value);
        _json.WriteEndObject();
        _json.WriteNumber("severity", finding.Severity);
        _json.WriteString("level", deviation.IsInformation ? "information" : "alarm");
        _json.WriteStartArray("severityReasons");
        foreach (var reason in finding.SeverityReasons) _json.WriteStringValue(reason);
        _json.WriteEndArray();
        if (finding.Score is { } score) _json.WriteNumber("score", score);
        else _json.WriteNull("score");
        _json.WriteString("scale", finding.Scale);
        _json.WriteStartArray("techniques");
        foreach (var technique in finding.Kind.Techniques) _json.WriteStringValue(technique);
        _json.WriteEndArray();
        _json.WriteString("attackVersion", DeviationCatalogue.AttackVersion);
        _json.WriteStartArray("autosarEvents");
        foreach (var mapped in _events.Of(finding)) _json.WriteNumberValue(mapped.Id);
        _json.WriteEndArray();
        _json.WriteString("protocol", protocols.Name(deviation.Protocol));
        _json.WriteNumber("count", deviation.Frames.Count);
        _json.WriteNumber("occurrences", deviation.Occurrences);
        if (deviation.FramesBefore.Count > 0)
        {
            _json.WriteStartArray("framesBefore");
            foreach (var frame in deviation.FramesBefore) _json.WriteStringValue(frame);
            _json.WriteEndArray();
        }

        _json.WriteString("whatToCheck", finding.Kind.WhatToCheck);
        _json.WriteNull("site");
        _json.WriteNull("zone");
        _json.WriteString("sensor", deviation.Sensor);
        _json.WriteString("baseline", deviation.Baseline);
        _json.WriteBoolean("exercise", false);
        End();
    }

    /// <summary>Writes an evaluation.</summary>
    public void WriteEvaluation(Evaluation evaluation)
    {
        Begin("evaluation");
        _json.WriteNumber("frames", evaluation.Frames);
        _json.WriteNumber("judged", evaluation.Judged);
        _json.WriteNumber("attackFrames", evaluation.AttackFrames);
        _json.WriteNumber("truePositives", evaluation.TruePositives);
        _json.WriteNumber("falsePositives", evaluation.FalsePositives);
        _json.WriteNumber("falseNegatives", evaluation.FalseNegatives);
        WriteOptional("precision", evaluation.Precision);
        WriteOptional("recall", evaluation.Recall);
        WriteOptional("f1", evaluation.F1);
        WriteOptional("rocAuc", evaluation.RocAuc);
        WriteOptional("falseAlarmsPerHour", evaluation.FalseAlarmsPerHour);
        WriteOptional("secondsToFirstDetection", evaluation.SecondsToFirstDetection);
        _json.WriteNumber("alerts", evaluation.Alerts);
        End();
    }

    private void Begin(string type)
    {
        _line.SetLength(0);
        _json.Reset(_line);
        _json.WriteStartObject();
        _json.WriteString("type", type);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _output.WriteLine(System.Text.Encoding.UTF8.GetString(_line.GetBuffer().AsSpan(0, (int)_line.Length)));
    }

    private void WriteAnomalies(ulong anomalies, IProtocol? protocol)
    {
        _json.WriteStartArray("anomalies");
        if (anomalies != 0 && protocol is not null)
        {
            foreach (var anomaly in protocol.Anomalies)
                if ((anomalies >> anomaly.Bit & 1) != 0) _json.WriteStringValue(anomaly.Name);
        }

        _json.WriteEndArray();
    }

    private void WritePoints(ReadOnlySpan<Observation> parts, ObservationBatch batch, NameMap names)
    {
        _json.WriteStartArray("points");
        foreach (ref readonly var part in parts)
        {
            foreach (var (point, value) in NamedValues.Of(part, batch, names))
            {
                _json.WriteStartObject();
                _json.WriteString("name", point.Name);
                WriteOptional("value", value is { } number && double.IsFinite(number) ? number : null);
                _json.WriteString("unit", point.EngineeringUnit);
                _json.WriteEndObject();
            }
        }

        _json.WriteEndArray();
    }

    private void WriteNetworkMembers(in Observation observation)
    {
        _json.WriteStartObject("network");
        _json.WriteString("transport", observation.Connection.Transport.ToString());
        _json.WriteNumber("service", observation.Connection.Conversation.Service);
        _json.WriteString("recognised", observation.Connection.Conversation.ProtocolName);
        _json.WriteString("sender", observation.Sender == Direction.ToServer ? "client" : "server");
        _json.WriteString("address", observation.Subject.Kind == AddressKind.None ? null : observation.Subject.ToString());
        _json.WriteString(
            "linkAddress", observation.LinkAddress.Kind == AddressKind.None ? null : observation.LinkAddress.ToString());
        _json.WriteEndObject();
    }

    private void WriteOptional(string name, double? value)
    {
        if (value is { } number) _json.WriteNumber(name, number);
        else _json.WriteNull(name);
    }

    private void WriteOptional(string name, long? value)
    {
        if (value is { } number) _json.WriteNumber(name, number);
        else _json.WriteNull(name);
    }
}
