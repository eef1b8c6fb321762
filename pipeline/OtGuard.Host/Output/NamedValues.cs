using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>The values of an observation that a name map knows.</summary>
internal static class NamedValues
{
    /// <summary>
    /// The points whose registers or bits all lie in the observation, with their values in the engineering unit; of a node
    /// without a value, which the protocol words itself.
    /// </summary>
    public static IEnumerable<(NamedPoint Point, double? Value)> Of(Observation observation, ObservationBatch batch, NameMap names)
    {
        if (names.Points.Count == 0) return [];
        return observation.Operation == Operation.ReadWrite
            ?
            [
                .. Points(observation, observation.WriteTarget, observation.RequestValues, batch, names),
                .. Points(observation, observation.Target, observation.ResponseValues, batch, names),
            ]
            : Points(
                observation, observation.Target,
                observation.Operation == Operation.Write ? observation.RequestValues : observation.ResponseValues, batch, names);
    }

    private static List<(NamedPoint Point, double? Value)> Points(
        Observation observation, Target target, ValueSlice values, ObservationBatch batch, NameMap names)
    {
        List<(NamedPoint, double?)> found = [];
        var server = observation.Connection.Conversation.Server;
        for (var at = 0; at < target.Count; at++)
        {
            if (names.Find(server, observation.Unit, target.Space, target.Start + (uint)at) is not { } point) continue;
            if (point.Type == PointType.Variant) found.Add((point, null));
            else if (values.Encoding == ValueEncoding.Bits && at < values.Count)
                found.Add((point, point.Scaled(batch.Value(values, at))));
            else if (values.Encoding == ValueEncoding.UInt16BigEndian && at + point.Length <= values.Count)
                found.Add((point, point.Read(batch.Bytes(values)[(at * 2)..])));
        }

        return found;
    }
}
