using OtGuard.Collectors;

namespace OtGuard.Models.Signals;

/// <summary>
/// The latest value of each signal that a baseline knows of, as observations show them: what trends are drawn from.
/// </summary>
/// <remarks>Not thread-safe. Bounded as <see cref="MaximumSignals"/> says.</remarks>
public sealed class SignalSampler : IObservationConsumer
{
    /// <summary>Signals followed at most.</summary>
    public const int MaximumSignals = SignalReadings.MaximumSignals;

    private readonly SignalReadings _readings;
    private readonly List<(double Value, CaptureTime Time, bool IsNew)> _latest = [];

    /// <summary>Creates a sampler of the signals that a baseline's vocabulary and names tell.</summary>
    public SignalSampler(ProtocolRegistry protocols, Baseline baseline) =>
        _readings = new SignalReadings(protocols, baseline);

    /// <summary>Observations and signals left out for want of room.</summary>
    public long Forgotten => _readings.Forgotten;

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (ref readonly var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network
                || _readings.Read(in observation, batch) == 0) continue;
            while (_latest.Count < _readings.Definitions.Count) _latest.Add(default);
            var signals = _readings.Signals;
            var values = _readings.Values;
            for (var i = 0; i < signals.Length; i++) _latest[signals[i]] = (values[i], observation.Time, true);
        }
    }

    /// <summary>
    /// Shows each signal that was seen since it was last taken, with its latest value and when that was.
    /// </summary>
    public void Take(Action<SignalDefinition, double, CaptureTime> show)
    {
        ArgumentNullException.ThrowIfNull(show);
        for (var i = 0; i < _latest.Count; i++)
        {
            var (value, time, isNew) = _latest[i];
            if (!isNew) continue;
            _latest[i] = (value, time, false);
            show(_readings.Definitions[i], value, time);
        }
    }
}
