namespace OtGuard.Collectors.Can.Uds;

/// <summary>Writes observations of diagnostic exchanges.</summary>
internal sealed class UdsWriter(byte protocol, ObservationBatch output)
{
    /// <summary>Observations written.</summary>
    public long Written { get; private set; }

    /// <summary>A request with its answer, or with none.</summary>
    public void Exchange(
        Connection connection,
        ReadOnlySpan<byte> request,
        Sighting requested,
        ReadOnlySpan<byte> response,
        Sighting responded,
        Outcome outcome,
        short unit,
        UdsAnomaly anomalies,
        Silence silence = Silence.None,
        uint addresses = 0)
    {
        var facts = UdsMessage.Read(request);
        var reason = -1;
        if (response.Length >= 3 && response[0] == UdsServices.NegativeResponse)
        {
            reason = response[2];
            if (!UdsRefusals.IsKnown(response[2])) anomalies |= UdsAnomaly.RefusalUnknown;
        }

        Written++;
        output.Reserve(request.Length + response.Length);
        output.Add(new Observation
        {
            Time = requested.Time,
            Connection = connection,
            Protocol = protocol,
            Operation = facts.Operation,
            Outcome = outcome,
            Code = facts.Code,
            SubCode = facts.SubCode,
            Unit = unit,
            Reason = reason,
            Target = facts.Target,
            Transaction = addresses,
            // Negative where the two frames were stamped by two clocks: then it is not known.
            LatencyNanoseconds = response.IsEmpty
                ? -1
                : Math.Max(-1, responded.Time.UnixNanoseconds - requested.Time.UnixNanoseconds),
            Silence = silence,
            Anomalies = (ulong)(anomalies | facts.Anomalies),
            RequestData = output.Store(request),
            ResponseData = response.IsEmpty ? default : output.Store(response),
            RequestFrame = requested.Frame,
            ResponseFrame = response.IsEmpty ? 0 : responded.Frame,
        });
    }

    /// <summary>A response nobody asked for.</summary>
    public void Unsolicited(
        Connection connection, ReadOnlySpan<byte> response, Sighting sighting, short unit, UdsAnomaly anomalies,
        uint addresses = 0)
    {
        var negative = response[0] == UdsServices.NegativeResponse;
        Written++;
        output.Reserve(response.Length);
        output.Add(new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = protocol,
            Operation = Operation.Unknown,
            Outcome = Outcome.Unsolicited,
            Sender = Direction.ToClient,
            Code = negative ? response.Length > 1 ? response[1] : (short)-1 : (short)(response[0] & ~UdsServices.ResponseBit),
            SubCode = -1,
            Unit = unit,
            Reason = negative && response.Length > 2 ? response[2] : -1,
            Transaction = addresses,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomalies,
            ResponseData = output.Store(response),
            ResponseFrame = sighting.Frame,
        });
    }

    /// <summary>Frames that break the transport's rules.</summary>
    public void Abuse(
        Connection connection, Direction sender, ReadOnlySpan<byte> payload, Sighting sighting, UdsAnomaly anomaly)
    {
        Written++;
        output.Reserve(payload.Length);
        var data = payload.IsEmpty ? default : output.Store(payload);
        output.Add(new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = protocol,
            Operation = Operation.Unknown,
            Outcome = Outcome.Undecodable,
            Sender = sender,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomaly,
            RequestData = sender == Direction.ToServer ? data : default,
            ResponseData = sender == Direction.ToClient ? data : default,
            RequestFrame = sender == Direction.ToServer ? sighting.Frame : 0,
            ResponseFrame = sender == Direction.ToClient ? sighting.Frame : 0,
        });
    }
}
