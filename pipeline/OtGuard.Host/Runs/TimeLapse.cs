using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Training;

namespace OtGuard.Host.Runs;

/// <summary>
/// Says how much a learner knows as observations pass to it, at shares of the capture's time that grow: most is learned
/// at the beginning.
/// </summary>
internal sealed class TimeLapse(BaselineLearner learner, TimeSpan length, TextWriter output) : IObservationConsumer
{
    private static readonly double[] Shares = [1 / 60.0, 0.05, 0.1, 0.25, 0.5, 1];

    private long _start = long.MinValue;
    private int _shown;
    private int _before;

    public void Consume(ObservationBatch batch)
    {
        learner.Consume(batch);
        if (batch.Items.Length == 0) return;
        var time = batch.Items[^1].Time.UnixNanoseconds;
        if (_start == long.MinValue) _start = time;
        while (_shown < Shares.Length - 1 && time - _start >= length.Ticks * 100 * Shares[_shown]) Show();
    }

    /// <summary>Says what is known at the end.</summary>
    public void Finish()
    {
        while (_shown < Shares.Length) Show();
    }

    private void Show()
    {
        var minutes = (length * Shares[_shown++]).TotalMinutes;
        var known = learner.Known;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  after {minutes,4:0.#} minutes of its life: {known,5:N0} facts, {known - _before,5:N0} of them new"));
        _before = known;
    }
}
