using System.Globalization;
using System.Text;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>An observation as one line of text.</summary>
internal static class ObservationLine
{
    /// <summary>Values shown of one message; the rest is counted.</summary>
    private const int ValuesShown = 16;

    public static string Of(
        in Observation observation, ObservationBatch batch, ProtocolRegistry protocols, NameMap? names = null)
    {
        var connection = observation.Connection;
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{observation.Time} #{observation.Frame} {connection.Client} > {connection.Server} ");
        if (observation.Protocol == ProtocolRegistry.Network)
        {
            line.Append(observation.Operation);
            if (observation.Subject.Kind != AddressKind.None) line.Append(CultureInfo.InvariantCulture, $" {observation.Subject}");
            if (observation.LinkAddress.Kind != AddressKind.None)
                line.Append(CultureInfo.InvariantCulture, $" at {observation.LinkAddress}");
            return line.ToString();
        }

        var protocol = protocols[observation.Protocol];
        if (protocol.UnitText(observation.Unit) is { Length: > 0 } unit) line.Append(unit).Append(' ');
        line.Append(protocol.OperationText(observation.Code, observation.SubCode));
        Append(line, protocol.TargetText(observation.Target));
        if (observation.WriteTarget != Target.None) Append(line, protocol.TargetText(observation.WriteTarget));
        if (observation.Operation == Operation.Broadcast)
            line.Append(' ').Append(Convert.ToHexString(batch.Bytes(observation.RequestData)));
        AppendValues(line, " := ", observation.RequestValues, batch, protocol);
        AppendValues(line, " = ", observation.ResponseValues, batch, protocol);
        foreach (var (point, value) in NamedValues.Of(observation, batch, names ?? NameMap.Empty))
        {
            line.Append(CultureInfo.InvariantCulture, $" {{{point.Name}");
            if (value is { } number) line.Append(CultureInfo.InvariantCulture, $" {number:G7}");
            if (value is not null && point.EngineeringUnit.Length > 0) line.Append(' ').Append(point.EngineeringUnit);
            line.Append('}');
        }

        if (observation.Outcome != Outcome.Succeeded) line.Append(CultureInfo.InvariantCulture, $" [{observation.Outcome}]");
        if (observation.Reason != -1) line.Append(CultureInfo.InvariantCulture, $" {protocol.ReasonText(observation.Reason)}");
        foreach (var anomaly in protocol.Anomalies)
            if ((observation.Anomalies >> anomaly.Bit & 1) != 0) line.Append(CultureInfo.InvariantCulture, $" !{anomaly.Name}");
        if (observation.LatencyNanoseconds >= 0)
            line.Append(CultureInfo.InvariantCulture, $" ({Words.Duration(TimeSpan.FromTicks(observation.LatencyNanoseconds / 100))})");
        return line.ToString();
    }

    private static void Append(StringBuilder line, string text)
    {
        if (text.Length > 0) line.Append(' ').Append(text);
    }

    private static void AppendValues(
        StringBuilder line, string sign, ValueSlice values, ObservationBatch batch, IProtocol protocol)
    {
        if (values.Encoding == ValueEncoding.Variant)
        {
            line.Append(sign).Append(protocol.ValuesText(values, batch));
            return;
        }

        if (values.Encoding is not (ValueEncoding.Bits or ValueEncoding.UInt16BigEndian) || values.Count == 0) return;
        line.Append(sign);
        for (var i = 0; i < Math.Min((int)values.Count, ValuesShown); i++)
        {
            if (i > 0) line.Append(' ');
            line.Append(batch.Value(values, i));
        }

        if (values.Count > ValuesShown)
            line.Append(CultureInfo.InvariantCulture, $" … {values.Count - ValuesShown} more");
    }
}
